"""Orders at no end that nothing and nobody moves, of whatever day they are."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.close_account import Scope
from crossdock.ops.loss.evidence import Evidence
from crossdock.ops.loss.gaps import lost
from crossdock.ops.loss.place import Place
from crossdock.ops.loss.standing import at_its_end, with_a_warehouse
from crossdock.ops.reconciliation.difference import Difference, same_quantities
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.erp import CREATE_SALES_ORDER, SEND_ORDER_RESPONSE
from crossdock.processes.order_to_cash.order_status import STANDS, OrderStatus

SQL = load_queries("crossdock.ops", "loss.sql")
CONFIRMED_SINCE = timedelta(days=100)
"""Confirmed orders that are to be shipped are looked for so far back, the others for ever."""
ON_OUR_SIDE = frozenset(
    {OrderStatus.NEW, OrderStatus.ACCEPTED, OrderStatus.DRAFTED, OrderStatus.CANCELLING}
)
"""Statuses out of which only an effect of ours leads."""
A_PERSONS = frozenset({OrderStatus.HELD, OrderStatus.MISMATCHED, OrderStatus.BLOCKED})


def read_unmoved(tx: Transaction, scope: Scope, works: Sequence[str] | None = None) -> list[str]:
    """Work keys of orders at no end about which nothing is open here; `works`: of these alone."""
    since = min((scope.bounds(a)[0] for a in scope.connections), default=None)
    if since is None:
        return []
    rows = tx.rows(
        SQL.unmoved, company_id=scope.company_id, since=since - CONFIRMED_SINCE, works=works
    )
    return [row.work_key for row in rows]


def adrift(orders: Iterable[LedgerOrder], evidence: Evidence, only: str) -> Iterator[Difference]:
    """Those of these orders that nothing is open about, and that no warehouse has to move.

    `only`: the one connection that is told of; empty for all.
    """
    for order in sorted({o.work_key: o for o in orders}.values(), key=lambda o: o.work_key):
        if order.work_key in evidence.open_works:
            continue
        place = evidence.gaps.get(order.work_key)
        for connection, what in _stuck(order, evidence):
            if not only or connection == only:
                found = place or _place(order, evidence)
                yield lost(
                    found, connection, order.work_key, order.status.value, what, key=order.label
                )


def _place(order: LedgerOrder, evidence: Evidence) -> Place:
    if order.status in A_PERSONS:
        return Place.HOLD_GONE
    if order.status is OrderStatus.ACCEPTED:
        made = evidence.effect(order.erp, order.work_key, CREATE_SALES_ORDER)
        return Place.OUTCOME_MISSING if made == "done" else Place.EFFECT_MISSING
    return Place.EFFECT_MISSING


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
    answered = evidence.effect(order.connection, order.work_key, SEND_ORDER_RESPONSE)
    if order.status in STANDS and answered is None:
        found.append((order.connection, "no answer to its channel"))
    at = order.at_channel
    if not order.refused_cancellation and not same_quantities(at.shipped, at.told):
        found.append((order.connection, "its channel was not told of a shipment"))
    if not found and not at_its_end(order) and not with_a_warehouse(order):
        found.append((order.connection, "neither at its end nor on the way to it"))
    return found
