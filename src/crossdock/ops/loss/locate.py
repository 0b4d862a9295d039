"""What two sides tell differently → the place where it was lost. Pure.

The first cause is told: what our own tables contradict comes before what a sweep did not bring, and
both before what became of it outside.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from crossdock.ops.loss.evidence import Evidence
from crossdock.ops.loss.place import PLACES, Place
from crossdock.ops.reconciliation.comparison import Pair
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ports.erp import (
    CREATE_SALES_ORDER,
    INVOICE_SALES_ORDER,
    SEND_ORDER_RESPONSE,
    SEND_SHIPMENT,
    SHIP_SALES_ORDER,
)
from crossdock.ports.listing import ListedKind
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER

MAKERS = {
    (SEND_ORDER_RESPONSE, ListedKind.SHIPMENT): SEND_SHIPMENT,
    (CREATE_SALES_ORDER, ListedKind.ORDER): CREATE_SALES_ORDER,
    (CREATE_SALES_ORDER, ListedKind.SHIPMENT): SHIP_SALES_ORDER,
    (CREATE_SALES_ORDER, ListedKind.INVOICE): INVOICE_SALES_ORDER,
    (SEND_FULFILMENT_ORDER, ListedKind.ORDER): SEND_FULFILMENT_ORDER,
}
"""Role of a connection and kind of document → the operation of ours that makes it there."""


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


def _made_or_gone(role: str, pair: Pair, work_key: str, evidence: Evidence) -> Place:
    operation = MAKERS.get((role, ListedKind(pair.kind)))
    if operation is None:
        return Place.GONE_OUTSIDE
    state = evidence.effect(pair.connection, work_key, operation, pair.key)
    if pair.theirs and state == "done":
        return Place.OUTCOME_MISSING
    return Place.EFFECT_MISSING if state is None else Place.GONE_OUTSIDE


def _remedy(difference: Difference, place: Place, work_key: str) -> str:
    """What the comparison advises, unless the place knows the cause."""
    if place in (Place.CHANGED_OUTSIDE, Place.GONE_OUTSIDE, Place.UNKNOWN_OUTSIDE):
        return difference.remedy
    return PLACES[place].advice(difference.connection, work_key)
