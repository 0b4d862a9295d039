"""Order bodies that Shopify published: each is read and adds up, or is refused by field."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from crossdock.connectors.shopify.identity import identify_order
from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import Arrival, MessageIdentity
from tests.contract.shopify.documents import EVIDENCE, evidence, sum_of

REFUSED = {
    "order_007.json": "currency",  # asked for with fields=id,line_items,name,total_price
    "orders.json": "line_items",  # an old fixture without lines
}
DIFFERS = {"order.json"}  # an old fixture whose total is not the sum of its lines


def samples() -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern in ("rest_2026-07/order_*.json", "pyfixtures/order*.json"):
        for path in sorted(EVIDENCE.glob(f"samples/{pattern}")):
            content = json.loads(path.read_bytes())
            reply = content.get("response", content)
            orders = reply.get("orders") or ([reply["order"]] if "order" in reply else [])
            for order in orders:
                yield path.name, order


SAMPLES = list(samples())


def test_the_evidence_is_read():
    evidence("samples")
    assert len(SAMPLES) >= 20


@pytest.mark.parametrize(("name", "order"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_each_is_read_or_refused_by_field(name: str, order: dict[str, Any]):
    body = json.dumps(order).encode()
    if name in REFUSED:
        with pytest.raises(Unreadable) as refused:
            to_sales_order(body, is_node=False)
        assert refused.value.field == REFUSED[name]
        return
    document = to_sales_order(body, is_node=False)
    if name not in DIFFERS:
        assert sum_of(document) == document.total.amount


def identity(order: dict[str, Any]) -> MessageIdentity:
    found = identify_order(Arrival("orders/updated", {}, json.dumps(order).encode()), "shop")
    assert isinstance(found, MessageIdentity)
    return found


def test_one_version_with_two_totals_is_two_messages():
    """Two published bodies share id and updated_at and differ in their totals."""
    evidence("samples")
    named = [order for _, order in SAMPLES if order.get("id") == 450789469]
    alike = [order for order in named if order.get("updated_at") == "2008-01-10T11:00:00-05:00"]
    totals = {order["total_price"]: identity(order) for order in alike}
    assert len(totals) == 2
    one, other = totals.values()
    assert one.version == other.version
    assert one.work_key == other.work_key
    assert one.message_key != other.message_key
