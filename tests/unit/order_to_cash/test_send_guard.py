"""Whoever sends to a warehouse passes one door, which is shut for a cancelled order."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crossdock.domain.fulfilment import FulfilmentLine
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.money import Money
from crossdock.domain.parties import Party
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity
from crossdock.domain.sales_order import OrderLine, SalesOrder
from crossdock.engine.use_case import NotAllowed
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import ENDS_UNSHIPPED, OrderStatus

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PIECES = Quantity(amount=Decimal(2), unit="EA")
GOODS = FulfilmentLine(line_id="1", sku="A-1", quantity=PIECES)
FULFILMENT = Fulfilment(fulfilment_id="f-1", warehouse="wms", lines=(GOODS,), release_at=NOW)


def order(**facts: object) -> SalesOrderState:
    sku = Identifier(scheme=IdentifierScheme.SELLER_SKU, value="A-1")
    line = OrderLine(
        line_id="1", product=ProductReference(identifiers=(sku,)), quantity=PIECES,
        unit_price=Decimal(10),
    )  # fmt: skip
    trade = SalesOrder(
        reference="1", reference_is_buyers=False, placed_at=NOW, currency="EUR", lines=(line,),
        prices_include_tax=False, buyer=Party(name="Anna"),
        total=Money(amount=Decimal(20), currency="EUR"),
    )  # fmt: skip
    state = SalesOrderState(
        status=OrderStatus.CONFIRMED, order=trade, connection="shop", erp="erp", document_id="d"
    )
    return state.model_copy(update=facts)


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_that_nobody_cancelled_is_sent(status: OrderStatus) -> None:
    state = order(status=status)
    if status in ENDS_UNSHIPPED:
        with pytest.raises(NotAllowed, match="f-1"):
            effects.send(state, FULFILMENT, "shop:order:1", NOW)
    else:
        assert effects.send(state, FULFILMENT, "shop:order:1", NOW).connection == "wms"


@pytest.mark.parametrize("fact", [{"cancelled_at": NOW}, {"erp_cancelled": True}])
def test_either_asker_shuts_the_door(fact: dict[str, object]) -> None:
    with pytest.raises(NotAllowed):
        effects.send(order(**fact), FULFILMENT, "shop:order:1", NOW)
