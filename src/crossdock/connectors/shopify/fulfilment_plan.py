"""Which fulfilment orders a shipment or a cancelled remainder takes its pieces from. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossdock.connectors.shopify.fulfilment_state import (
    FulfilmentOrder,
    FulfilmentState,
    Pieces,
)
from crossdock.ports.errors import Rejected

SCOPES_REMEDY = (
    "look at the order in Shopify; goods at locations of other apps are only seen with the scope"
    " write_third_party_fulfillment_orders"
)


@dataclass(frozen=True, slots=True)
class Take:
    """So many pieces of a line of a fulfilment order."""

    fulfilment_order_id: str
    fulfilment_line_id: str
    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LocationPlan:
    """What is taken at one location: one fulfilment cannot span two."""

    location_id: str
    location: str
    takes: tuple[Take, ...]

    def by_fulfilment_order(self) -> list[dict[str, Any]]:
        """`lineItemsByFulfillmentOrder` of a FulfillmentInput."""
        lines: dict[str, list[dict[str, Any]]] = {}
        for take in self.takes:
            entry = {"id": take.fulfilment_line_id, "quantity": take.quantity}
            lines.setdefault(take.fulfilment_order_id, []).append(entry)
        return [
            {"fulfillmentOrderId": order_id, "fulfillmentOrderLineItems": entries}
            for order_id, entries in lines.items()
        ]


def wanted_pieces(lines: Iterable[Mapping[str, Any]]) -> Pieces:
    """A request's lines as pieces by order line."""
    return Counter({line["line_id"]: int(line["quantity"]) for line in lines})


def plan_shipment(
    state: FulfilmentState, wanted: Pieces, names: Mapping[str, str]
) -> list[LocationPlan]:
    """Exactly the wanted pieces, from one location where one has them all.

    Raises Rejected naming the first line of which Shopify lets us fulfil fewer; `names` are SKUs.
    """
    fulfillable = [order for order in state.orders if order.fulfillable]
    _refuse_missing(state, wanted, state.remaining(fulfillable=True), names)
    return _plans(fulfillable, wanted)


def plan_remainder(
    state: FulfilmentState, wanted: Pieces, names: Mapping[str, str]
) -> list[LocationPlan]:
    """Exactly the wanted pieces, held or not: nothing is shipped.

    Raises Rejected, also when nothing at all would stand: such an order is to be cancelled.
    """
    remaining = state.remaining(fulfillable=True) + state.remaining(fulfillable=False)
    _refuse_missing(state, wanted, remaining, names)
    if wanted == remaining and not state.fulfilments:
        raise Rejected(
            f"nothing of {state.name} was shipped and nothing would be left of it",
            field="lines",
            remedy="cancel the order instead",
            code="nothing_left",
        )
    return _plans(state.orders, wanted)


def _plans(orders: Sequence[FulfilmentOrder], wanted: Pieces) -> list[LocationPlan]:
    by_location: dict[str, list[FulfilmentOrder]] = {}
    for order in orders:
        by_location.setdefault(order.location_id, []).append(order)
    alone = (group for group in by_location.values() if wanted <= _pieces(group))
    groups = [next(alone, [])]
    if not groups[0]:
        groups = sorted(by_location.values(), key=lambda group: -(_pieces(group) & wanted).total())
    left = wanted.copy()
    plans = [_take(group, left) for group in groups]
    return [plan for plan in plans if plan.takes]


def _pieces(orders: Iterable[FulfilmentOrder]) -> Pieces:
    pieces: Pieces = Counter()
    for order in orders:
        for line in order.lines:
            pieces[line.line_id] += line.remaining
    return pieces


def _take(orders: Sequence[FulfilmentOrder], left: Pieces) -> LocationPlan:
    """What one location has of `left`, which is lowered by it."""
    takes = []
    for order in orders:
        for line in order.lines:
            quantity = min(line.remaining, left[line.line_id])
            if quantity > 0:
                left[line.line_id] -= quantity
                takes.append(
                    Take(order.fulfilment_order_id, line.fulfilment_line_id, line.line_id, quantity)
                )
    return LocationPlan(orders[0].location_id, orders[0].location, tuple(takes))


def _refuse_missing(
    state: FulfilmentState, wanted: Pieces, remaining: Pieces, names: Mapping[str, str]
) -> None:
    if state.cancelled_at:
        raise Rejected(
            f"{state.name} was cancelled in Shopify at {state.cancelled_at}, which is final there",
            field="order_id",
            remedy="agree with the customer; a new order must be placed for what was shipped",
            code="order_cancelled",
        )
    for line_id, quantity in wanted.items():
        if remaining[line_id] < quantity:
            raise _too_many(state, line_id, names.get(line_id, ""), quantity, remaining[line_id])


def _too_many(
    state: FulfilmentState, line_id: str, sku: str, quantity: int, remaining: int
) -> Rejected:
    """Why Shopify has fewer pieces of a line left than are to be fulfilled."""
    number = line_id.rpartition("/")[2]
    reason = f"line {number} ({sku}) of {state.name}: {quantity} wanted, {remaining} can be taken"
    blocked = [
        f"{pieces} at {order.location} ({order.status.lower()})"
        for order in state.orders
        if not order.fulfillable and (pieces := _pieces([order])[line_id])
    ]
    if blocked:
        remedy = "release the hold or move the fulfilment order in Shopify, then retry"
        code = "on_hold" if _held(state, line_id) else "not_fulfillable"
        return Rejected(f"{reason}; {', '.join(blocked)}", field=number, remedy=remedy, code=code)
    done = [f"{f.pieces[line_id]} by {f.name}" for f in state.fulfilments if f.pieces[line_id]]
    if done:
        remedy = "compare the shipments of the order in Shopify with ours; then release as done"
        reason += f"; already fulfilled: {', '.join(done)}"
        return Rejected(reason, field=number, remedy=remedy, code="already_fulfilled")
    return Rejected(reason, field=number, remedy=SCOPES_REMEDY, code="nothing_to_fulfil")


def _held(state: FulfilmentState, line_id: str) -> bool:
    return any(o.status == "ON_HOLD" and _pieces([o])[line_id] for o in state.orders)
