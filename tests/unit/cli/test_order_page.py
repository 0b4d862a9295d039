"""The lines of an order's page add up to its total, whatever the prices contain."""

from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from crossdock.cli.order_page import fulfilment_parts, order_lines
from crossdock.domain.fulfilment import (
    FulfilmentLine,
    Parcel,
    WarehouseEvent,
    WarehouseEventKind,
    WarehouseLine,
)
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.money import Money
from crossdock.domain.parties import Party
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity
from crossdock.domain.sales_order import Charge, ChargeKind, OrderLine, SalesOrder, Tax
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment, Progress
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus

SKU = Identifier(scheme=IdentifierScheme.SELLER_SKU, value="A-1")
PRODUCT = ProductReference(identifiers=(SKU,), description="Apple")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def an_order(*, gross: bool, total: str) -> SalesOrder:
    tax = Tax(title="VAT", rate=Decimal("0.2"), amount=Decimal("3.60"))
    return SalesOrder(
        reference="1", reference_is_buyers=False, placed_at=NOW, currency="EUR",
        prices_include_tax=gross, buyer=Party(name="Anna"),
        lines=(
            OrderLine(
                line_id="1", product=PRODUCT,
                quantity=Quantity(amount=Decimal(2), unit="EA"), unit_price=Decimal("10.00"),
                allowance=Decimal("2.00"), taxes=(tax,),
            ),
        ),
        charges=(Charge(charge_id="s", kind=ChargeKind.SHIPPING, amount=Decimal("4.90")),),
        total=Money(amount=Decimal(total), currency="EUR"),
    )  # fmt: skip


def printed(*parts: object) -> str:
    console = Console(width=100, record=True, file=StringIO())
    for part in parts:
        console.print(part)
    return console.export_text()


@pytest.mark.parametrize(
    ("gross", "total", "amounts", "heading"),
    [
        (False, "26.50", ["18.00", "4.90", "3.60", "26.50"], "Before tax"),
        (False, "26.48", ["18.00", "4.90", "3.60", "-0.02", "26.48"], "Before tax"),
        (True, "22.90", ["18.00", "4.90", "it", "22.90"], "Incl. tax"),
    ],
)
def test_the_last_row_is_the_sum(gross: bool, total: str, amounts: list[str], heading: str) -> None:
    text = printed(order_lines(an_order(gross=gross, total=total)))
    shown = [row.split() for row in text.splitlines()]
    assert heading in text
    assert "−2.00" in text
    ends = [next((w for w in reversed(r) if w != "EUR"), "") for r in shown]
    assert [e for e in ends if e in amounts] == amounts


def test_what_was_shipped_is_shown() -> None:
    quantity = Quantity(amount=Decimal(1), unit="EA")
    shipped = WarehouseEvent(
        event_id="e1", kind=WarehouseEventKind.SHIPPED, fulfilment_id="F-1", order_key="k",
        occurred_at=NOW, shipment_id="S-1",
        lines=(WarehouseLine(line_id="1", sku="A-1", quantity=quantity),),
        parcels=(Parcel(parcel_id="p", carrier="DHL", tracking_number="00340"),),
    )  # fmt: skip
    goods = FulfilmentLine(line_id="1", sku="A-1", quantity=Quantity(amount=Decimal(2), unit="EA"))
    fulfilment = Fulfilment(
        fulfilment_id="F-1", warehouse="hall", lines=(goods,), release_at=NOW, sent=True
    ).with_fact(shipped)
    progress = Progress(fulfilments=(fulfilment,), given_up={"1": Decimal(1)}, invoices=("INV/7",))
    state = SalesOrderState(
        status=OrderStatus.PARTLY_SHIPPED, order=an_order(gross=False, total="26.50"),
        connection="shop", erp="odoo", progress=progress,
    )  # fmt: skip
    text = printed(*fulfilment_parts(state))
    for words in ("F-1", "hall", "partly shipped", "A-1 × 2", "DHL 00340", "A-1 × 1", "INV/7"):
        assert words in text
    assert "will not be shipped: A-1 × 1" in text
