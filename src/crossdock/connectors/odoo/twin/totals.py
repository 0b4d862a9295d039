"""Order totals as Odoo 19 computes them, held equal to totals recorded from a real one.

Taxes are percentages, in the price or on top of it. `round_globally` (the default of a company)
rounds each tax over the whole order, `round_per_line` each tax of each line.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

TIE_PLACES = Decimal("1e-9")
"""Odoo computes in binary and takes what is this near to half a cent for half a cent."""


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


def line_total(line: TaxedLine, cent: Decimal, *, per_line: bool = False) -> LineTotal:
    """The two totals of one line; `cent` is the currency's smallest coin."""
    raw = _raw(line, cent, per_line=per_line)
    subtotal = rounded(raw.excluded, cent)
    return LineTotal(subtotal, subtotal + sum(rounded(tax, cent) for _, tax in raw.taxes))


def order_total(lines: Sequence[TaxedLine], cent: Decimal, *, per_line: bool = False) -> OrderTotal:
    """The totals of an order."""
    raws = [_raw(line, cent, per_line=per_line) for line in lines]
    per_tax: defaultdict[TaxRate, Decimal] = defaultdict(Decimal)
    for raw in raws:
        for rate, amount in raw.taxes:
            per_tax[rate] += amount
    tax = sum((rounded(amount, cent) for amount in per_tax.values()), Decimal(0))
    excluded = sum((raw.excluded for raw in raws), Decimal(0))
    if any(not rate.included for rate in per_tax):
        return OrderTotal(rounded(excluded, cent), tax)
    included = excluded + sum(per_tax.values(), Decimal(0))
    return OrderTotal(rounded(included, cent) - tax, tax)


def _raw(line: TaxedLine, cent: Decimal, *, per_line: bool) -> _Raw:
    base = line.quantity * line.price * (1 - line.discount / 100)
    if per_line:
        base = rounded(base, cent)
    within = [tax for tax in line.taxes if tax.included]
    parts = list(_included(base, within))
    if per_line:
        parts = [(tax, rounded(amount, cent)) for tax, amount in parts]
    excluded = base - sum((amount for _, amount in parts), Decimal(0))
    for tax in line.taxes:
        if not tax.included:
            amount = excluded * tax.percent / 100
            parts.append((tax, rounded(amount, cent) if per_line else amount))
    return _Raw(excluded, tuple(parts))


def _included(base: Decimal, taxes: Sequence[TaxRate]) -> Iterable[tuple[TaxRate, Decimal]]:
    whole = 1 + sum((tax.percent for tax in taxes), Decimal(0)) / 100
    for tax in taxes:
        yield tax, base / whole * tax.percent / 100


def rounded(amount: Decimal, cent: Decimal) -> Decimal:
    """Half away from zero, a near half included."""
    near = amount.quantize(TIE_PLACES, rounding=ROUND_HALF_UP)
    return near.quantize(cent, rounding=ROUND_HALF_UP)
