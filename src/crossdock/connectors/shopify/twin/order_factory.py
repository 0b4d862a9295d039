"""Orders as shops have them, one after the other from a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count

from crossdock.connectors.shopify.twin.catalogue import Catalogue, Item, Person
from crossdock.connectors.shopify.twin.order_state import (
    ZERO,
    AddressState,
    CustomerState,
    LineState,
    OrderState,
    ShippingState,
    TaxState,
)

TAX_RATES = {"DE": "0.19", "FR": "0.2", "GB": "0.2", "ES": "0.21", "US": "0.0825", "CA": "0.14975",
             "NL": "0.21", "JP": "0.1"}  # fmt: skip
ID_START = 5_600_000_000_001
IDS_PER_SEED = 1_000_000
"""Shops of different seeds share no ids: their orders can meet in one ERP."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """How often what occurs, as fractions of all orders."""

    po_number: float = 0.15
    guest: float = 0.1
    discount: float = 0.3
    taxes_included: float = 0.5
    free_shipping: float = 0.2
    tip: float = 0.04
    gift_card: float = 0.03
    custom_line: float = 0.04
    duties: float = 0.04
    fees: float = 0.03
    cash_rounding: float = 0.02
    test: float = 0.0
    currencies: tuple[str, ...] = ("EUR",) * 18 + ("JPY", "KWD")
    lines_max: int = 6


PLAIN = Mixture(
    guest=0, tip=0, gift_card=0, custom_line=0, duties=0, fees=0, cash_rounding=0,
    currencies=("EUR",),
)  # fmt: skip
"""Goods of the catalogue for known customers: what an ERP can book without a question."""


@dataclass(slots=True)
class OrderFactory:
    """Makes orders; the same seed, catalogue and calls give the same orders."""

    catalogue: Catalogue
    seed: int = 1
    mixture: Mixture = field(default_factory=Mixture)
    tax_rates: dict[str, str] = field(default_factory=lambda: dict(TAX_RATES))
    """By country code; 0.19 is 19 %."""
    _random: random.Random = field(init=False)
    _ids: Iterator[int] = field(init=False)
    _numbers: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        self._ids = count(ID_START + (self.seed - 1) * IDS_PER_SEED)
        self._numbers = count(1001)

    def order(self, now: datetime, *, lines: int | None = None) -> OrderState:
        """A new order placed at `now`; `lines` fixes how many lines of goods it has."""
        draw, mix = self._random, self.mixture
        index = draw.randrange(len(self.catalogue.people))
        person = self.catalogue.people[index]
        order = self._frame(now, index, person)
        wanted = lines or draw.randint(1, mix.lines_max)
        order.lines = [self._goods(order) for _ in range(wanted)]
        self._rarities(order)
        if draw.random() < mix.discount:
            self._discount(order)
        self._ship(order)
        self._tax(order, Decimal(self.tax_rates.get(person.country_code, "0.2")))
        self._extras(order)
        return order

    def extra_line(self, order: OrderState) -> LineState:
        """A line that an edit adds to an order."""
        line = self._goods(order)
        rate = max((tax.rate for old in order.lines for tax in old.taxes), default=ZERO)
        if rate:
            line.taxes = [self._tax_on(order, line.price * line.quantity, "VAT", rate)]
        return line

    def _chance(self, rate: float) -> bool:
        return self._random.random() < rate

    def _frame(self, now: datetime, index: int, person: Person) -> OrderState:
        mix = self.mixture
        address = _address(person, phone=f"+49 30 {1000000 + index * 137}")
        guest = self._chance(mix.guest)
        customer = CustomerState(
            7_000_000_000_001 + index, person.first_name, person.last_name, person.email, None
        )
        at = now.replace(microsecond=0)
        return OrderState(
            order_id=next(self._ids),
            number=next(self._numbers),
            created_at=at,
            updated_at=at,
            currency=self._random.choice(mix.currencies),
            taxes_included=self._chance(mix.taxes_included),
            lines=[],
            shipping=[],
            customer=None if guest else customer,
            billing=address,
            ship_to=address,
            email=person.email,
            po_number=f"PO-{self._random.randint(10000, 99999)}-{index}"
            if person.company and self._chance(mix.po_number * 2.5)
            else None,
            note="Please ring twice.\nSecond floor." if self._chance(0.1) else None,
            test=self._chance(mix.test),
        )

    def _goods(self, order: OrderState) -> LineState:
        item = self._random.choice(self.catalogue.items)
        quantity = self._random.choice((1, 1, 1, 2, 2, 3, 5, 12))
        return _line(next(self._ids), item, order.rounded(item.price), quantity)

    def _rarities(self, order: OrderState) -> None:
        if self._chance(self.mixture.gift_card):
            order.lines.append(
                LineState(next(self._ids), "Gift card", Decimal(50), 1, 1, gift_card=True,
                          requires_shipping=False, product_id=8_100_000_000_001,
                          variant_id=45_000_000_000_001)
            )  # fmt: skip
        if self._chance(self.mixture.custom_line):
            price = order.rounded(Decimal("19.99"))
            order.lines.append(LineState(next(self._ids), "Cutting to size", price, 1, 1))

    def _discount(self, order: OrderState) -> None:
        order.discount_code = "TENOFF"
        for line in order.lines:
            if not line.gift_card:
                line.discount = order.rounded(line.price * line.quantity / 10)

    def _ship(self, order: OrderState) -> None:
        price = order.rounded(Decimal("4.90"))
        free = self._chance(self.mixture.free_shipping)
        order.shipping = [
            ShippingState(next(self._ids), "Standard", price, price if free else ZERO)
        ]

    def _tax(self, order: OrderState, rate: Decimal) -> None:
        for line in order.lines:
            if not line.gift_card:
                base = line.price * line.quantity - line.discount
                line.taxes = [self._tax_on(order, base, "VAT", rate)]
        for shipping in order.shipping:
            if shipping.discounted:
                shipping.taxes = [self._tax_on(order, shipping.discounted, "VAT", rate)]

    def _tax_on(self, order: OrderState, base: Decimal, title: str, rate: Decimal) -> TaxState:
        amount = base * rate / (1 + rate) if order.taxes_included else base * rate
        return TaxState(title, rate, order.rounded(amount))

    def _extras(self, order: OrderState) -> None:
        mix = self.mixture
        if self._chance(mix.tip):
            tip = order.rounded(Decimal("3.5"))
            order.lines.append(
                LineState(next(self._ids), "Tip", tip, 1, 1, requires_shipping=False, is_tip=True)
            )
        if self._chance(mix.duties) and not order.taxes_included:
            line = order.lines[0]
            line.duty = order.rounded(line.price * line.quantity * Decimal("0.035"))
            line.duty_taxes = [TaxState("Import VAT", Decimal("0.2"), order.rounded(line.duty / 5))]
        if self._chance(mix.fees):
            order.fees = order.rounded(Decimal("2.25"))
        if self._chance(mix.cash_rounding):
            order.cash_rounding = order.rounded(Decimal("-0.02"))


def _line(line_id: int, item: Item, price: Decimal, quantity: int) -> LineState:
    return LineState(
        line_id, item.title, price, quantity, quantity, sku=item.sku,
        variant_title=item.variant_title, product_id=item.product_id,
        variant_id=item.variant_id, grams=item.grams,
    )  # fmt: skip


def _address(person: Person, phone: str) -> AddressState:
    return AddressState(
        person.first_name, person.last_name, person.company or None, person.address1, None,
        person.city, person.zip, person.province or None, person.province_code or None,
        person.country, person.country_code, phone,
    )  # fmt: skip
