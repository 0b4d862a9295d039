"""What two sides tell differently → the place where it was lost. Pure.

The first cause is told: what our own tables contradict comes before what a sweep did not bring, and
both before what became of it outside.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from crossdock.ops.loss.evidence import Evidence
from crossdock.ops.loss.gaps import lost
from crossdock.ops.loss.place import PLACES, Place
from crossdock.ops.reconciliation.comparison import Pair
from crossdock.ops.reconciliation.difference import Difference, same_quantities
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.erp import (
    CREATE_SALES_ORDER,
    INVOICE_SALES_ORDER,
    SEND_ORDER_RESPONSE,
    SEND_SHIPMENT,
    SHIP_SALES_ORDER,
)
from crossdock.ports.listing import ListedKind
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER
from crossdock.processes.order_to_cash.order_status import STANDS, OrderStatus

MAKERS = {
    (SEND_ORDER_RESPONSE, ListedKind.SHIPMENT): SEND_SHIPMENT,
    (CREATE_SALES_ORDER, ListedKind.ORDER): CREATE_SALES_ORDER,
    (CREATE_SALES_ORDER, ListedKind.SHIPMENT): SHIP_SALES_ORDER,
    (CREATE_SALES_ORDER, ListedKind.INVOICE): INVOICE_SALES_ORDER,
    (SEND_FULFILMENT_ORDER, ListedKind.ORDER): SEND_FULFILMENT_ORDER,
}
"""Role of a connection and kind of document → the operation of ours that makes it there."""
ON_OUR_SIDE = frozenset(
    {OrderStatus.NEW, OrderStatus.ACCEPTED, OrderStatus.DRAFTED, OrderStatus.CANCELLING}
)
"""Statuses out of which only an effect of ours leads."""
A_PERSONS = frozenset({OrderStatus.HELD, OrderStatus.MISMATCHED, OrderStatus.BLOCKED})


def located(pairs: Iterable[Pair], evidence: Evidence) -> Iterator[Difference]:
    """Every difference at rest, with its place."""
    for pair in pairs:
        for difference in pair.differences:
            place = place_of(pair, difference, evidence)
            yield replace(
                difference, place=place.value, work_key=evidence.work_key(pair),
                remedy=_remedy(difference, place, evidence.work_key(pair)),
            )  # fmt: skip


def place_of(pair: Pair, difference: Difference, evidence: Evidence) -> Place:
    """Where a document was lost that differs so."""
    work_key = evidence.work_key(pair)
    if work_key in evidence.gaps:
        return evidence.gaps[work_key]
    role = evidence.roles.get(pair.connection, SEND_ORDER_RESPONSE)
    never_came = evidence.unreceived.get(pair.connection, Place.PASSED_OVER)
    if pair.order is None:
        if role != SEND_ORDER_RESPONSE:
            return Place.UNKNOWN_OUTSIDE
        return Place.UNDECIDED if work_key in evidence.have_messages else never_came
    if difference.kind == "missing_there":
        return _made_or_gone(role, pair, work_key, evidence)
    if role == SEND_FULFILMENT_ORDER and pair.kind == ListedKind.SHIPMENT:
        return never_came
    if role == CREATE_SALES_ORDER and pair.kind == ListedKind.ORDER and not pair.ours:
        return _made_or_gone(role, pair, work_key, evidence)
    return Place.CHANGED_OUTSIDE


def adrift(pairs: Iterable[Pair], evidence: Evidence) -> Iterator[Difference]:
    """Orders that wait for a step of ours, or for a person, that nothing and nobody will take."""
    orders = {pair.order.work_key: pair.order for pair in pairs if pair.order}
    for work_key, order in sorted(orders.items()):
        if work_key in evidence.open_works:
            continue
        place = evidence.gaps.get(work_key)
        for connection, what in _stuck(order, evidence):
            found = place or (
                Place.HOLD_GONE if order.status in A_PERSONS else Place.EFFECT_MISSING
            )
            yield lost(found, connection, work_key, order.status.value, what, key=order.label)


def _stuck(order: LedgerOrder, evidence: Evidence) -> Sequence[tuple[str, str]]:
    """Connection, and what should be on its way there."""
    if order.status in A_PERSONS:
        return [(order.connection, "no question to a person")]
    if order.status in ON_OUR_SIDE:
        return [(order.erp or order.connection, "no effect on the way")]
    found = [
        (f.warehouse, f"{f.fulfilment_id} not on the way")
        for f in order.fulfilments
        if not f.sent and not f.will_not_ship
    ]
    answered = (order.work_key, SEND_ORDER_RESPONSE) in evidence.effects
    if order.status in STANDS and not answered:
        found.append((order.connection, "no answer to its channel"))
    at = order.at_channel
    if not order.refused_cancellation and not same_quantities(at.shipped, at.told):
        found.append((order.connection, "its channel was not told of a shipment"))
    return found


def _made_or_gone(role: str, pair: Pair, work_key: str, evidence: Evidence) -> Place:
    operation = MAKERS.get((role, ListedKind(pair.kind)))
    if operation is None:
        return Place.GONE_OUTSIDE
    state = evidence.effects.get((work_key, operation))
    if pair.theirs and state == "done":
        return Place.OUTCOME_MISSING
    return Place.EFFECT_MISSING if state is None else Place.GONE_OUTSIDE


def _remedy(difference: Difference, place: Place, work_key: str) -> str:
    """What the comparison advises, unless the place knows the cause."""
    if place in (Place.CHANGED_OUTSIDE, Place.GONE_OUTSIDE, Place.UNKNOWN_OUTSIDE):
        return difference.remedy
    return PLACES[place].advice(difference.connection, work_key)
