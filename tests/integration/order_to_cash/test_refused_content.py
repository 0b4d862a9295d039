"""What a connector cannot express is a question with its own words, not a fault of ours."""

from collections.abc import Mapping
from typing import Any

import pytest

from crossdock.domain.model import CanonicalModel
from crossdock.ports.errors import Rejected
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import PaperErp, order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

PREPARE = PaperErp.prepare


def all_in_lots(
    erp: PaperErp, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
) -> bytes:
    if operation == "ship_sales_order" and not resolved["lines"][0]["lots"]:
        raise Rejected("4 shipped, 0 of it in lots", field="quantity", remedy="name the lots")
    return PREPARE(erp, operation, document, resolved)


def test_a_shipment_that_cannot_be_booked_as_it_was_reported(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PaperErp, "prepare", all_in_lots)
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    (hold,) = house.rows("SELECT kind, code, field, reason, fix, owner FROM hold")
    assert (hold.kind, hold.code, hold.field, hold.owner) == (
        "held", "refused", "quantity", "warehouse",
    )  # fmt: skip
    assert hold.reason == "4 shipped, 0 of it in lots"
    assert hold.fix.startswith("name the lots; then `crossdock holds release ID`")
    check_at_rest(house)
    monkeypatch.undo()
    house.release()
    house.settle()
    assert (house.held(), house.status()) == ([], "invoiced")
    check_at_rest(house)
