"""How an order is shipped in the twin: which pieces are open where, and what closes them.

Fulfilment orders are made when they are first looked at, and follow edits and refunds of the order.
"""

from collections.abc import Mapping
from datetime import datetime

from crossdock.connectors.shopify.twin.fulfilment_records import (
    MAIN,
    FulfilmentOrderState,
    FulfilmentState,
    LocationState,
    OpenLineState,
    RefundState,
)
from crossdock.connectors.shopify.twin.order_state import LineState, OrderState


class NotFulfillable(ValueError):
    """The pieces cannot be fulfilled or taken off; the text is what Shopify says."""


def fulfilment_orders(order: OrderState) -> list[FulfilmentOrderState]:
    """Brought up to date with the order's lines."""
    for line in order.lines:
        if not line.is_tip:
            _follow(order, line)
    return order.fulfilment_orders


def fulfilled(order: OrderState, line_id: int) -> int:
    """Pieces of a line in fulfilments that stand."""
    return sum(f.pieces.get(line_id, 0) for f in order.fulfilments if f.status == "SUCCESS")


def display_status(order: OrderState) -> str:
    """`displayFulfillmentStatus`"""
    waiting = [o for o in fulfilment_orders(order) if o.remaining]
    if any(f.status == "SUCCESS" for f in order.fulfilments):
        return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"
    return "ON_HOLD" if waiting and all(o.held for o in waiting) else "UNFULFILLED"


def _follow(order: OrderState, line: LineState) -> None:
    standing = 0 if order.cancelled_at else line.current_quantity
    wanted = max(0, standing - fulfilled(order, line.line_id))
    rows = [row for o in order.fulfilment_orders for row in o.lines if row.line_id == line.line_id]
    change = wanted - sum(row.remaining for row in rows)
    if change > 0:
        _open_line(order, line.line_id, MAIN).remaining += change
    for row in reversed(rows):
        less = min(row.remaining, max(0, -change))
        row.remaining -= less
        change += less


def _open_line(order: OrderState, line_id: int, location: LocationState) -> OpenLineState:
    """The row of a line at a location, made when it is missing."""
    there = [o for o in order.fulfilment_orders if o.location == location and not o.held]
    if not there:
        there = [FulfilmentOrderState(order.next_id(), location)]
        order.fulfilment_orders += there
    row = next((row for row in there[0].lines if row.line_id == line_id), None)
    if row is None:
        row = OpenLineState(order.next_id(), line_id, 0)
        there[0].lines.append(row)
    return row


def move(order: OrderState, line_id: int, units: int, location: LocationState) -> None:
    """Let units of a line be shipped from elsewhere. Raises NotFulfillable."""
    rows = [
        row
        for o in fulfilment_orders(order)
        for row in o.lines
        if row.line_id == line_id and o.location != location
    ]
    for row in rows:
        moved = min(row.remaining, units)
        row.remaining -= moved
        units -= moved
        if moved:
            _open_line(order, line_id, location).remaining += moved
    if units:
        raise NotFulfillable(f"line {line_id} has {units} units too few to move")


def hold(order: OrderState, *, held: bool) -> None:
    """Hold everything that is open, or release it."""
    for fulfilment_order in fulfilment_orders(order):
        fulfilment_order.held = held


def fulfil(
    order: OrderState, takes: Mapping[int, int], now: datetime, **tracking: object
) -> FulfilmentState:
    """A fulfilment of pieces by open line id. Raises NotFulfillable; then nothing has changed."""
    orders = fulfilment_orders(order)
    touched = [o for o in orders if any(row.open_line_id in takes for row in o.lines)]
    rows = {row.open_line_id: row for o in touched for row in o.lines}
    if not takes or set(takes) - set(rows):
        raise NotFulfillable("Fulfillment order line item does not exist.")
    if len({o.location for o in touched}) > 1:
        raise NotFulfillable("All fulfillment orders must be assigned to the same location.")
    for o in touched:
        if "CREATE_FULFILLMENT" not in o.actions:
            status = o.status.lower()
            raise NotFulfillable(
                f"Fulfillment order {o.fulfilment_order_id} has an unfulfillable status= {status}."
            )
    for open_line_id, quantity in takes.items():
        if not 0 < quantity <= rows[open_line_id].remaining:
            raise NotFulfillable("Invalid fulfillment order line item quantity requested.")
    pieces: dict[int, int] = {}
    for open_line_id, quantity in takes.items():
        row = rows[open_line_id]
        row.remaining -= quantity
        pieces[row.line_id] = pieces.get(row.line_id, 0) + quantity
    for o in touched:
        o.started = True
    name = f"{order.name}-F{len(order.fulfilments) + 1}"
    made = FulfilmentState(
        order.next_id(), name, touched[0].location, pieces, now, **tracking  # type: ignore[arg-type]
    )  # fmt: skip
    order.fulfilments.append(made)
    return made


def take_off(
    order: OrderState, pieces: Mapping[tuple[int, int], int], note: str, now: datetime
) -> RefundState:
    """Pieces by (line id, location id) that will not be shipped. Raises NotFulfillable."""
    rows = {
        (row.line_id, o.location.location_id): row
        for o in fulfilment_orders(order)
        for row in o.lines
        if row.remaining
    }
    for place, quantity in pieces.items():
        if place not in rows or not 0 < quantity <= rows[place].remaining:
            raise NotFulfillable("Quantity cannot refund more items than were purchased")
    by_line: dict[int, int] = {}
    for place, quantity in pieces.items():
        rows[place].remaining -= quantity
        by_line[place[0]] = by_line.get(place[0], 0) + quantity
    for line in order.lines:
        line.current_quantity -= by_line.get(line.line_id, 0)
    made = RefundState(order.next_id(), note, by_line, now)
    order.refunds.append(made)
    return made
