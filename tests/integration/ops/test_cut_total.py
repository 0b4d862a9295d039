"""What our books expect a shop to ask for an order that was closed short is what it asks for."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from crossdock.connectors.shopify.connector import ShopifyConnector
from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.connectors.shopify.twin import ShopTwin
from crossdock.connectors.shopify.twin.order_factory import Mixture
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.ops.reconciliation.channel_documents import expect_at_channel
from crossdock.ops.reconciliation.expected import Expected
from crossdock.ops.reconciliation.judge import judge
from crossdock.ops.reconciliation.ledger_order import ledger_order
from crossdock.ports.effect import Observed
from crossdock.ports.erp import CANCEL_REMAINDER, SEND_SHIPMENT
from crossdock.ports.listing import ListedKind
from crossdock.processes.order_to_cash.fulfilment.progress import Progress
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus
from tests.contract.shopify.conftest import NOW, clock, shop, twin
from tests.contract.shopify.documents import rest_bytes
from tests.contract.shopify.shipping import effect, remainder, shipment

__all__ = ["clock", "shop", "twin"]


def expected_after(order: OrderState) -> Expected:
    """As our books have it: one piece of the first line was given up."""
    taken = to_sales_order(rest_bytes(order), is_node=False)
    lines = [line.line_id for line in taken.lines]
    progress = Progress(
        warehouses="wms", goods={n: n for n in lines}, given_up={lines[0]: Decimal(1)}
    )
    state = SalesOrderState(
        status=OrderStatus.SHIPPED, order=taken, connection="shop_eu", erp="erp", progress=progress
    )
    ours = ledger_order("shop:order:1", "shipped", NOW, state)
    return next(iter(expect_at_channel(ours, "shop_eu")))


def short(shop: ShopifyConnector, orders: list[OrderState]) -> Iterator[Expected]:
    """Ship all but one piece, and give that up."""
    for order in orders:
        if order.lines[0].quantity > 1 and all(line.sku for line in order.lines):
            yield expected_after(order)
            left = {n: line.quantity - (n == 0) for n, line in enumerate(order.lines)}
            key = str(order.order_id)
            for operation, document in (
                (SEND_SHIPMENT, shipment(order, left)),
                (CANCEL_REMAINDER, remainder(order, {0: 1})),
            ):
                sent = effect(shop, operation, document, key=f"{key}:{operation}")
                assert isinstance(shop.deliver([sent])[0], Observed)


@pytest.mark.parametrize("discount", [0.0, 0.6])
def test_closed_short_with_discounts_taxes_and_duties(
    twin: ShopTwin, shop: ShopifyConnector, discount: float
) -> None:
    with twin.lock:
        twin.shop.mixture = twin.shop.factory.mixture = Mixture(discount=discount, duties=0.2)
        orders = twin.shop.place(60, NOW)
    expected = {one.key: one for one in short(shop, orders)}
    listed = {
        one.key: one
        for one in shop.list_documents(ListedKind.ORDER, NOW, NOW + timedelta(hours=1))
        if one.key in expected
    }
    assert len(expected) == len(listed) > 15
    apart = [d for k in expected for d in judge("shop_eu", expected[k], [listed[k]])]
    assert apart == []
