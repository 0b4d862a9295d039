"""Losses inside our own tables, planted in a transaction that is never committed.

One for each way in which our tables can contradict each other, at every connection, some of earlier
days: the readings that a close uses must find each of them.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from crossdock.engine.store import Store, Transaction, load_queries
from crossdock.ops.close_account import Scope, read_open, read_unaccounted
from crossdock.ops.loss.canary import canary_key, dead
from crossdock.ops.loss.gaps import read_gaps
from crossdock.ops.loss.place import Place
from crossdock.ops.loss.unmoved import read_unmoved
from crossdock.ops.reconciliation.difference import Difference

SQL = load_queries("crossdock.ops", "loss.sql")
CONTRADICTIONS = {
    "undecided": Place.UNDECIDED,
    "document_old": Place.DOCUMENT_OLD,
    "document_missing": Place.DOCUMENT_MISSING,
    "step": Place.DOCUMENT_OLD,
    "effect_missing": Place.EFFECT_MISSING,
    "effect_unmade": Place.EFFECT_UNMADE,
    "outcome_missing": Place.OUTCOME_MISSING,
}
"""By the end of its work key: the place where the reading of gaps must find it."""
ARRIVAL, OWNERLESS, UNMOVED = "arrival", "hold_gone", "unmoved"
PLANTED = frozenset({*CONTRADICTIONS, ARRIVAL, OWNERLESS, UNMOVED})


class Undo(Exception):
    """Ends the transaction of what was planted."""


def dead_inside(store: Store, scope: Scope, now: datetime) -> Iterator[Difference]:
    """Connections of which a planted loss is not found by the readings that a close uses."""
    key = canary_key("", scope.day)
    found: set[tuple[int, str]] = set()
    with suppress(Undo), store.transaction() as tx:
        _plant(tx, scope, key)
        found = set(_found(tx, scope, key, now))
        raise Undo
    for attached in scope.connections:
        number, name = attached.connection.connection_id, attached.connection.name
        missed = sorted(one for one in PLANTED if (number, one) not in found)
        if missed:
            yield dead(name, f"planted in our own tables and not found: {', '.join(missed)}")


def _plant(tx: Transaction, scope: Scope, key: str) -> None:
    planted = {
        "company_id": scope.company_id, "message_key": key,
        "connections": scope.columns["connections"], "sinces": scope.columns["sinces"],
    }  # fmt: skip
    tx.run(SQL.unlogged_arrival, **planted)
    tx.run(SQL.contradictions, **planted)


def _found(tx: Transaction, scope: Scope, key: str, now: datetime) -> Iterator[tuple[int, str]]:
    """Connection and what of it was found, each in its place."""
    numbers = {a.connection.name: a.connection.connection_id for a in scope.connections}
    works = [f"{key}:{n}:{one}" for n in numbers.values() for one in PLANTED]
    for row in read_unaccounted(tx, scope, [key]):
        yield row.connection_id, ARRIVAL
    for row in read_gaps(tx, scope, works):
        one = row.work_key.rpartition(":")[2]
        if CONTRADICTIONS.get(one) == row.place:
            yield row.connection_id, one
    for item in read_open(tx, scope, now, works):
        if item.owner is None:
            yield numbers[item.connection], OWNERLESS
    for work_key in read_unmoved(tx, scope, works):
        yield int(work_key.split(":")[1]), UNMOVED
