"""What merchants and customers do to an order after it was placed."""

from datetime import datetime
from decimal import Decimal

from crossdock.connectors.shopify.twin import fulfilment
from crossdock.connectors.shopify.twin.fulfilment_records import LOCATIONS
from crossdock.connectors.shopify.twin.order_state import ZERO, LineState, OrderState
from crossdock.connectors.shopify.twin.shop_state import ShopState

CANCEL_REASONS = ("customer", "declined", "fraud", "inventory", "other", "staff")


class NoSuchChange(ValueError):
    """The change cannot be made to this order."""


def remove_units(shop: ShopState, order: OrderState, now: datetime, index: int, units: int) -> None:
    """Remove or refund units of a line. Raises NoSuchChange."""
    line = order.lines[index] if 0 <= index < len(order.lines) else None
    if line is None or units > line.current_quantity:
        raise NoSuchChange(f"{order.name} has no {units} units on line {index}")
    line.current_quantity -= units
    shop.stock.take(line, -units)
    shop.changed(order, now)


def add_line(shop: ShopState, order: OrderState, now: datetime) -> None:
    """Add goods by an order edit."""
    order.lines.append(shop.factory.extra_line(order))
    shop.stock.take(order.lines[-1], order.lines[-1].current_quantity)
    shop.changed(order, now)


def refund_shipping(shop: ShopState, order: OrderState, now: datetime, amount: Decimal) -> None:
    """Give back part of the first shipping line. Raises NoSuchChange."""
    if not order.shipping or amount > order.shipping[0].current:
        raise NoSuchChange(f"{order.name} has no {amount} of shipping to refund")
    order.shipping[0].refunded += amount
    shop.changed(order, now)


def remove_shipping(shop: ShopState, order: OrderState, now: datetime) -> None:
    """Take the first shipping line off."""
    for line in order.shipping[:1]:
        line.removed = True
    shop.changed(order, now)


def write_note(shop: ShopState, order: OrderState, now: datetime, note: str) -> None:
    """Change the note, which changes nothing of the trade."""
    order.note = note
    shop.changed(order, now)


def cancel(
    shop: ShopState, order: OrderState, now: datetime, reason: str, *, restock: bool = True
) -> None:
    """Cancel the order; with `restock` its lines are refunded to nothing. Raises NoSuchChange."""
    if order.cancelled_at is not None or reason not in CANCEL_REASONS:
        raise NoSuchChange(f"{order.name} cannot be cancelled for {reason!r}")
    if any(f.status == "SUCCESS" for f in order.fulfilments):
        raise NoSuchChange(f"{order.name} has been shipped")
    order.cancelled_at = max(order.updated_at, now.replace(microsecond=0))
    order.cancel_reason = reason
    if restock:
        shop.stock.give_back(order)
        for line in order.lines:
            line.current_quantity = 0
        for shipping in order.shipping:
            shipping.refunded = shipping.discounted
    shop.changed(order, now, "ORDERS_CANCELLED")
    shop.on_event("ORDERS_UPDATED", order)


def delete(shop: ShopState, order: OrderState) -> None:
    """Delete the order; the app has no subscription to orders/delete."""
    del shop.orders[order.order_id]


def raise_quantity(shop: ShopState, order: OrderState, now: datetime) -> None:
    """One more of the first line, by an order edit; its taxes grow with what it comes to."""
    line = order.lines[0]
    before = line.price * line.quantity - line.discount
    line.quantity += 1
    line.current_quantity += 1
    shop.stock.take(line, 1)
    for tax in line.taxes:
        tax.amount = order.rounded(tax.amount * (before + line.price) / before if before else ZERO)
    shop.changed(order, now)


def fulfil_by_hand(
    shop: ShopState, order: OrderState, now: datetime, index: int, units: int, number: str = ""
) -> None:
    """The merchant's staff fulfil units of a line in the admin. Raises NoSuchChange."""
    line_id = _line(order, index).line_id
    rows = [
        row
        for o in fulfilment.fulfilment_orders(order)
        for row in o.lines
        if row.line_id == line_id and row.remaining >= units
    ]
    try:
        takes = {rows[0].open_line_id: units} if rows else {}
        fulfilment.fulfil(order, takes, now, numbers=[number] if number else [])
    except fulfilment.NotFulfillable as error:
        raise NoSuchChange(f"{order.name}: {error}") from error
    shop.changed(order, now)


def move_units(
    shop: ShopState, order: OrderState, now: datetime, index: int, units: int, location_id: int
) -> None:
    """Let units of a line be shipped from another location. Raises NoSuchChange."""
    try:
        fulfilment.move(order, _line(order, index).line_id, units, LOCATIONS[location_id])
    except (fulfilment.NotFulfillable, KeyError) as error:
        raise NoSuchChange(f"{order.name}: {error}") from error
    shop.changed(order, now)


def hold(shop: ShopState, order: OrderState, now: datetime, *, held: bool = True) -> None:
    """Hold everything of the order that is open, or release it."""
    fulfilment.hold(order, held=held)
    shop.changed(order, now)


def _line(order: OrderState, index: int) -> LineState:
    if not 0 <= index < len(order.lines):
        raise NoSuchChange(f"{order.name} has no line {index}")
    return order.lines[index]
