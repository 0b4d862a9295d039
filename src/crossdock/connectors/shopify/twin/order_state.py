"""An order as the twin keeps it: amounts in the shop's currency, both shapes come from it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crossdock.connectors.shopify.twin.fulfilment_records import (
    FulfilmentOrderState,
    FulfilmentState,
    RefundState,
)

ZERO = Decimal(0)
IDS_PER_ORDER = 1_000_000
DECIMALS = {"JPY": 0, "KWD": 3}


@dataclass(slots=True)
class TaxState:
    """A tax as computed when the line was ordered."""

    title: str
    rate: Decimal
    amount: Decimal


@dataclass(slots=True)
class LineState:
    """One line item; `current_quantity` is what edits and refunds left of `quantity`."""

    line_id: int
    title: str
    price: Decimal
    quantity: int
    current_quantity: int
    sku: str = ""
    variant_title: str = ""
    product_id: int | None = None
    variant_id: int | None = None
    discount: Decimal = ZERO
    taxes: list[TaxState] = field(default_factory=list)
    duty: Decimal = ZERO
    duty_taxes: list[TaxState] = field(default_factory=list)
    grams: int = 0
    gift_card: bool = False
    requires_shipping: bool = True
    is_tip: bool = False

    @property
    def name(self) -> str:
        return f"{self.title} - {self.variant_title}" if self.variant_title else self.title


@dataclass(slots=True)
class ShippingState:
    """One shipping line; `refunded` was taken off its discounted price later."""

    line_id: int
    title: str
    price: Decimal
    discount: Decimal = ZERO
    refunded: Decimal = ZERO
    taxes: list[TaxState] = field(default_factory=list)
    removed: bool = False

    @property
    def discounted(self) -> Decimal:
        return self.price - self.discount

    @property
    def current(self) -> Decimal:
        return ZERO if self.removed else self.discounted - self.refunded


@dataclass(slots=True)
class AddressState:
    """A mailing address."""

    first_name: str
    last_name: str
    company: str | None
    address1: str
    address2: str | None
    city: str
    zip: str
    province: str | None
    province_code: str | None
    country: str
    country_code: str
    phone: str | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True)
class CustomerState:
    """A customer account."""

    customer_id: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None


@dataclass(slots=True)
class OrderState:
    """One order."""

    order_id: int
    number: int
    created_at: datetime
    updated_at: datetime
    currency: str
    taxes_included: bool
    lines: list[LineState]
    shipping: list[ShippingState]
    customer: CustomerState | None = None
    billing: AddressState | None = None
    ship_to: AddressState | None = None
    email: str | None = None
    phone: str | None = None
    po_number: str | None = None
    note: str | None = None
    discount_code: str | None = None
    fees: Decimal = ZERO
    cash_rounding: Decimal = ZERO
    test: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    tags: list[str] = field(default_factory=list)
    metafields: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    staff_note: str | None = None
    fulfilment_orders: list[FulfilmentOrderState] = field(default_factory=list)
    """As last looked at: `fulfilment.fulfilment_orders` brings them up to date."""
    fulfilments: list[FulfilmentState] = field(default_factory=list)
    refunds: list[RefundState] = field(default_factory=list)
    ids_given: int = 0

    @property
    def name(self) -> str:
        return f"#{self.number}"

    def next_id(self) -> int:
        """An id for a record that belongs to the order, from which the order's can be told."""
        self.ids_given += 1
        return self.order_id * IDS_PER_ORDER + self.ids_given

    @property
    def decimals(self) -> int:
        return DECIMALS.get(self.currency, 2)

    def rounded(self, amount: Decimal) -> Decimal:
        """Half up to the currency's smallest coin."""
        return amount.quantize(Decimal(1).scaleb(-self.decimals), rounding=ROUND_HALF_UP)

    def share(self, amount: Decimal, line: LineState) -> Decimal:
        """What is left of an amount that was computed for the whole line."""
        if line.current_quantity == line.quantity:
            return amount
        return self.rounded(amount * line.current_quantity / line.quantity)
