"""SalesOrder: what a customer ordered, on whatever channel (X12 850, EDIFACT ORDERS, a shop)."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crossdock.domain.identifiers import Identifier
from crossdock.domain.model import CanonicalModel
from crossdock.domain.money import Amount, CurrencyCode, Money
from crossdock.domain.parties import Party
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity

Rate = Annotated[Decimal, Field(ge=0, le=10, max_digits=12, decimal_places=8)]


class Tax(CanonicalModel):
    """One tax as the channel computed it: rate 0.06 is 6 %, amount in the order's currency."""

    title: Annotated[str, Field(max_length=255)]
    rate: Rate
    amount: Amount


class OrderLine(CanonicalModel):
    """One ordered product."""

    line_id: Annotated[str, Field(min_length=1, max_length=64)]
    product: ProductReference
    quantity: Quantity
    unit_price: Amount
    """Per unit of `quantity`, before allowances, tax included when the order says so."""
    allowance: Amount = Decimal(0)
    """Taken off the whole line, as a positive amount."""
    taxes: tuple[Tax, ...] = ()

    @property
    def net(self) -> Decimal:
        return self.quantity.amount * self.unit_price - self.allowance


class ChargeKind(StrEnum):
    """What a charge is for; it decides which service product it is booked on."""

    SHIPPING = "shipping"
    TIP = "tip"
    DUTY = "duty"
    FEE = "fee"
    ROUNDING = "rounding"


class Charge(CanonicalModel):
    """An amount on the order that is no product: shipping, a duty, cash rounding."""

    charge_id: Annotated[str, Field(min_length=1, max_length=64)]
    kind: ChargeKind
    title: Annotated[str, Field(max_length=255)] = ""
    amount: Amount
    allowance: Amount = Decimal(0)
    taxes: tuple[Tax, ...] = ()


TaxedItem = OrderLine | Charge


class SalesOrder(CanonicalModel):
    """A customer's order as placed: parties, lines, charges and the channel's own total."""

    document_type: Literal["SalesOrder"] = "SalesOrder"
    reference: Annotated[str, Field(min_length=1, max_length=255)]
    """The number that identifies the order to its sender: PO number, or the channel's order id."""
    reference_is_buyers: bool
    """True for the customer's own order number (found again on any channel of that customer)."""
    name: Annotated[str, Field(max_length=255)] = ""
    """What people call it (#1001)."""
    identifiers: tuple[Identifier, ...] = ()
    placed_at: AwareDatetime
    currency: CurrencyCode
    prices_include_tax: bool
    buyer: Party
    ship_to: Party | None = None
    bill_to: Party | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=10_000)]
    charges: tuple[Charge, ...] = ()
    total: Money
    """The channel's grand total, tax included."""
    test: bool = False
    cancelled_at: AwareDatetime | None = None
    cancel_reason: Annotated[str, Field(max_length=255)] = ""
    note: Annotated[str, Field(max_length=5000)] = ""

    @property
    def items(self) -> tuple[TaxedItem, ...]:
        """Lines and charges: everything that has an amount and taxes."""
        return (*self.lines, *self.charges)

    def content(self) -> dict[str, object]:
        """What the trade is about: two orders with equal content are the same order twice.

        The instant of cancellation and the free note are left out: they say nothing about goods
        or money. Amounts are normalised, so 10.0 and 10.00 are equal.
        """
        content = self.model_dump(mode="python", exclude={"note", "cancelled_at", "cancel_reason"})
        return {**content, "cancelled": self.cancelled_at is not None}
