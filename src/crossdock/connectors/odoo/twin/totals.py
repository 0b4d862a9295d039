"""Order totals as Odoo 19 computes them, held equal to 200 totals recorded from a real one.

Taxes are percentages, in the price or on top of it; each tax is rounded over the whole order
(`round_globally`, the default of a company).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

TIE_PLACES = Decimal("1e-9")
"""Odoo computes in binary and takes what is this near to half a cent for half a cent."""
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A percentage: 15 is 15 %."""

    tax_id: int
    percent: Decimal
    included: bool


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """What the totals of a line are made of."""

    quantity: Decimal
    price: Decimal
    discount: Decimal
    taxes: tuple[TaxRate, ...]


@dataclass(frozen=True, slots=True)
class LineTotal:
    """`price_subtotal` and `price_total` of a line."""

    subtotal: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class OrderTotal:
    """`amount_untaxed`, `amount_tax` and `amount_total` of an order."""

    untaxed: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.untaxed + self.tax


@dataclass(frozen=True, slots=True)
class _Raw:
    """A line before rounding."""

    excluded: Decimal
    taxes: tuple[tuple[TaxRate, Decimal], ...]


def line_total(line: TaxedLine, cent: Decimal) -> LineTotal:
    """The two totals of one line; `cent` is the currency's smallest coin."""
    raw = _raw(line)
    subtotal = rounded(raw.excluded, cent)
    return LineTotal(subtotal, subtotal + sum(rounded(tax, cent) for _, tax in raw.taxes))


def order_total(lines: Sequence[TaxedLine], cent: Decimal) -> OrderTotal:
    """The totals of an order."""
    raws = [_raw(line) for line in lines]
    per_tax: defaultdict[TaxRate, Decimal] = defaultdict(Decimal)
    for raw in raws:
        for rate, amount in raw.taxes:
            per_tax[rate] += amount
    tax = sum((rounded(amount, cent) for amount in per_tax.values()), NOTHING)
    excluded = sum((raw.excluded for raw in raws), NOTHING)
    if any(not rate.included for rate in per_tax):
        return OrderTotal(rounded(excluded, cent), tax)
    included = excluded + sum(per_tax.values(), NOTHING)
    return OrderTotal(rounded(included, cent) - tax, tax)


def _raw(line: TaxedLine) -> _Raw:
    base = line.quantity * line.price * (1 - line.discount / 100)
    parts = list(_included(base, [tax for tax in line.taxes if tax.included]))
    excluded = base - sum((amount for _, amount in parts), NOTHING)
    parts += [(tax, excluded * tax.percent / 100) for tax in line.taxes if not tax.included]
    return _Raw(excluded, tuple(parts))


def _included(base: Decimal, taxes: Sequence[TaxRate]) -> Iterable[tuple[TaxRate, Decimal]]:
    whole = 1 + sum((tax.percent for tax in taxes), NOTHING) / 100
    for tax in taxes:
        yield tax, base / whole * tax.percent / 100


def rounded(amount: Decimal, cent: Decimal) -> Decimal:
    """Half away from zero, a near half included."""
    near = amount.quantize(TIE_PLACES, rounding=ROUND_HALF_UP)
    return near.quantize(cent, rounding=ROUND_HALF_UP)
