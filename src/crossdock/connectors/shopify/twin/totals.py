"""An order's totals, at first and as they stand after edits, refunds and removals."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from crossdock.connectors.shopify.twin.order_state import (
    ZERO,
    LineState,
    OrderState,
    ShippingState,
    TaxState,
)


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts in shop currency."""

    line_items: Decimal
    discounts: Decimal
    subtotal: Decimal
    shipping: Decimal
    tax: Decimal
    duties: Decimal
    tips: Decimal
    total: Decimal


def ordered(order: OrderState) -> Totals:
    """As it was before anything was refunded."""
    lines = [(line, 1, 1) for line in order.lines]
    return _totals(order, lines, [(s, s.discounted) for s in order.shipping if not s.removed])


def current(order: OrderState) -> Totals:
    """As it stands."""
    lines = [(line, line.current_quantity, line.quantity) for line in order.lines]
    shipping = [(s, s.current) for s in order.shipping if not s.removed]
    return _totals(order, lines, shipping)


def _totals(
    order: OrderState,
    lines: list[tuple[LineState, int, int]],
    shipping: list[tuple[ShippingState, Decimal]],
) -> Totals:
    def share(amount: Decimal, part: int, whole: int) -> Decimal:
        return amount if part == whole else order.rounded(amount * part / whole)

    def taxes(states: Iterable[TaxState], part: int, whole: int) -> Decimal:
        return sum((share(tax.amount, part, whole) for tax in states), ZERO)

    gross = net = discounts = tips = tax = duties = duty_tax = ZERO
    for line, part, whole in lines:
        amount = line.price * (line.quantity if part == whole else part)
        discount = share(line.discount, part, whole)
        tax += taxes(line.taxes, part, whole)
        duty_tax += taxes(line.duty_taxes, part, whole)
        duties += share(line.duty, part, whole)
        discounts += discount
        if line.is_tip:
            tips += amount
        else:
            gross += amount
            net += amount - discount
    freight = sum((amount for _, amount in shipping), ZERO)
    tax += sum((_shipping_tax(order, line, amount) for line, amount in shipping), ZERO)
    discounts += sum((line.discount for line, _ in shipping), ZERO)
    on_top = ZERO if order.taxes_included else tax + duty_tax
    total = net + tips + freight + duties + order.fees + on_top
    return Totals(gross, discounts, net, freight, tax + duty_tax, duties, tips, total)


def _shipping_tax(order: OrderState, line: ShippingState, amount: Decimal) -> Decimal:
    if amount == line.discounted:
        return sum((tax.amount for tax in line.taxes), ZERO)
    return sum((order.rounded(tax.amount * amount / line.discounted) for tax in line.taxes), ZERO)


def to_pay(order: OrderState) -> Decimal:
    """What the customer was to pay: as it stands, or as it was when nothing is left of it."""
    left = any(line.current_quantity for line in order.lines)
    return (current(order) if left else ordered(order)).total + order.cash_rounding
