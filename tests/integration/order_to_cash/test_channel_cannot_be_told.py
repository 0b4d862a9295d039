"""What a channel cannot express keeps nobody else from learning what left."""

from collections.abc import Mapping
from typing import Any

import pytest

from crossdock.domain.model import CanonicalModel
from crossdock.ports.errors import Rejected
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import PaperShop, order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

PREPARE = PaperShop.prepare


def whole_pieces(
    shop: PaperShop, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
) -> bytes:
    if operation == "send_shipment":
        raise Rejected("0.5 pieces", field="quantity", remedy="tell it by hand", code="fraction")
    return PREPARE(shop, operation, document, resolved)


@pytest.fixture
def shipped(house: PaperHouse, monkeypatch: pytest.MonkeyPatch) -> PaperHouse:
    monkeypatch.setattr(PaperShop, "prepare", whole_pieces)
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    return house


def test_the_erp_books_it_and_only_the_channels_effect_is_asked_about(shipped: PaperHouse) -> None:
    assert shipped.status() == "invoiced"
    (hold,) = shipped.rows("SELECT kind, code, field, reason, fix FROM hold")
    assert (hold.kind, hold.code, hold.field) == ("held", "fraction", "quantity")
    assert hold.reason == "send_shipment was refused: 0.5 pieces"
    assert hold.fix == "tell it by hand; then `crossdock holds release ID`"
    effects = shipped.rows("SELECT state, attempts FROM effect WHERE operation = 'send_shipment'")
    assert [(e.state, e.attempts) for e in effects] == [("rejected", 0)]
    assert shipped.shop.told == []
    check_at_rest(shipped)


def test_released_it_is_tried_again_and_asked_about_again_while_it_cannot_be_said(
    shipped: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped.release()
    shipped.settle()
    assert shipped.held() == ["fraction"]
    monkeypatch.undo()
    shipped.release()
    shipped.settle()
    assert shipped.held() == []
    assert [operation for operation, _ in shipped.shop.told] == ["send_shipment"]
    check_at_rest(shipped)
