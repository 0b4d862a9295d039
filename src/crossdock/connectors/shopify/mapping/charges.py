"""Amounts on an order that are no goods: shipping, duties, fees, cash rounding."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from crossdock.connectors.shopify.mapping.amounts import ShopCurrency
from crossdock.connectors.shopify.mapping.lines import RemainingLine
from crossdock.connectors.shopify.mapping.reading import Reader, unreadable
from crossdock.domain.sales_order import Charge, ChargeKind, Tax

ZERO = Decimal(0)


def charges_of(
    order: Reader, lines: Sequence[RemainingLine], shop: ShopCurrency, *, as_ordered: bool
) -> Iterator[Charge]:
    """The order's charges without tips, in the order they are listed here.

    `as_ordered`: as they were before the order was cancelled and refunded.
    """
    stage = "original" if as_ordered else "current"
    _refuse_unread_shipping(order)
    yield from (
        _shipping(line, index, shop, as_ordered=as_ordered)
        for index, line in enumerate(order.items("shipping_lines"))
        if not line.flag("is_removed")
    )
    yield from _duties(order, lines, shop, stage)
    fees = shop.from_set(order, f"{stage}_total_additional_fees_set")
    if fees:
        yield Charge(charge_id="fees", kind=ChargeKind.FEE, title="Additional fees", amount=fees)
    rounding = cash_rounding(order, shop)
    if rounding:
        yield Charge(
            charge_id="rounding", kind=ChargeKind.ROUNDING, title="Cash rounding", amount=rounding
        )


def _refuse_unread_shipping(order: Reader) -> None:
    if order.flag("more_shipping_lines"):
        unreadable("shipping_lines", "are more than were read", "book the order by hand")


def cash_rounding(order: Reader, shop: ShopCurrency) -> Decimal:
    """What paying in coins added to the order's total (negative: took off)."""
    return shop.from_set(order, "total_cash_rounding_payment_adjustment_set") or ZERO


def _shipping(line: Reader, index: int, shop: ShopCurrency, *, as_ordered: bool) -> Charge:
    """The price before discounts, and as allowance what discounts and refunds took off it."""
    price = shop.required(line, "price")
    discounted = price - shop.discounts(line)
    current = None if as_ordered else shop.from_set(line, "current_discounted_price_set")
    if current is None:
        current = discounted
    refunded = bool(discounted) and current != discounted
    return Charge(
        charge_id=f"shipping:{line.identifier('id') or index}",
        kind=ChargeKind.SHIPPING,
        title=line.text("title"),
        amount=price,
        allowance=price - current,
        taxes=shop.taxes(line, current, discounted) if refunded else shop.taxes(line, 1, 1),
    )


def _duties(
    order: Reader, lines: Sequence[RemainingLine], shop: ShopCurrency, stage: str
) -> Iterator[Charge]:
    """One charge for all duties that come on top of the prices, with the taxes on them."""
    amount = shop.from_set(order, f"{stage}_total_duties_set")
    if not amount or order.flag("duties_included"):
        return
    taxes: list[Tax] = []
    for line in lines:
        for duty in line.item.items("duties"):
            taxes.extend(shop.taxes(duty, line.remaining, line.ordered))
    yield Charge(
        charge_id="duties",
        kind=ChargeKind.DUTY,
        title="Import duties",
        amount=amount,
        taxes=tuple(taxes),
    )
