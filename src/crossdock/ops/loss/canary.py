"""The meter's proof of life: losses of its own making, in every close, that it must find.

One document that our books cannot know is put into the list of every connection that lists, and one
arrival without a message is written for every connection, in a transaction that is never committed.
A close that does not find and locate each of them has proven nothing, and signs nothing.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from crossdock.engine.store import Store, Transaction, load_queries
from crossdock.ops.close_account import Scope, read_unaccounted
from crossdock.ops.loss.evidence import Evidence
from crossdock.ops.loss.locate import place_of
from crossdock.ops.loss.place import Place
from crossdock.ops.reconciliation.comparison import Comparison, Pair
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ports.listing import Listed, Lists

SQL = load_queries("crossdock.ops", "loss.sql")
DEAD = "meter_dead"
NEVER_CAME = frozenset(
    {
        Place.STREAM_MISSING, Place.CURSOR_AHEAD, Place.SWEEP_BEHIND, Place.REFUSED_AT_DOOR,
        Place.PASSED_OVER, Place.UNKNOWN_OUTSIDE,
    }
)  # fmt: skip
"""Where a document must be located that our books never knew."""


class Undo(Exception):
    """Ends the transaction of the unlogged arrival."""


def canary_key(connection: str, day: date) -> str:
    """The key of the document that does not exist: spelled as external ids of ours are."""
    digest = hashlib.sha256(f"{connection} {day}".encode()).hexdigest()
    return f"crossdock_{connection}.canary_{digest[:16]}"


def planted(lists: dict[str, Sequence[Listed]], scope: Scope) -> dict[str, Sequence[Listed]]:
    """The same lists, each with the document that does not exist."""
    found = dict(lists)
    for attached in scope.connections:
        name, connector = attached.connection.name, attached.connector
        if name in found and isinstance(connector, Lists):
            since, _ = scope.bounds(attached)
            key = canary_key(name, scope.day)
            kind = connector.listed_kinds()[0]
            found[name] = [*found[name], Listed(kind, key, "canary", "open", since)]
    return found


def without_canaries(comparison: Comparison, scope: Scope) -> Comparison:
    """What is really told."""
    keys = _keys(scope)
    return replace(comparison, pairs=[p for p in comparison.pairs if p.key not in keys])


def dead_outside(
    comparison: Comparison, evidence: Evidence, scope: Scope, listed: Collection[str]
) -> Iterator[Difference]:
    """A connection whose canary was not found missing, or not located."""
    keys = _keys(scope)
    found = {p.connection: p for p in comparison.pairs if p.key in keys}
    for name in sorted(listed):
        pair = found.get(name)
        if pair is None or not _seen(pair, evidence):
            yield _dead(name, "the planted document was not found missing")


def dead_inside(store: Store, scope: Scope) -> Iterator[Difference]:
    """Connections whose unlogged arrival is not found by the reading that a close uses."""
    planted_at = {a.connection.connection_id: scope.bounds(a)[0] for a in scope.connections}
    key = canary_key("", scope.day)
    found: set[int] = set()
    with suppress(Undo), store.transaction() as tx:
        _plant(tx, scope, planted_at, key)
        found = {r.connection_id for r in read_unaccounted(tx, scope) if r.message_key == key}
        raise Undo
    for attached in scope.connections:
        if attached.connection.connection_id not in found:
            name = attached.connection.name
            yield _dead(name, "the planted arrival without a message was not found")


def _plant(tx: Transaction, scope: Scope, planted_at: Mapping[int, datetime], key: str) -> None:
    tx.run(
        SQL.unlogged_arrival, company_id=scope.company_id, message_key=key,
        connections=list(planted_at), sinces=list(planted_at.values()),
    )  # fmt: skip


def _keys(scope: Scope) -> set[str]:
    return {canary_key(a.connection.name, scope.day) for a in scope.connections}


def _seen(pair: Pair, evidence: Evidence) -> bool:
    return (
        bool(pair.differences)
        and not pair.moving
        and all(
            d.kind == "missing_here" and place_of(pair, d, evidence) in NEVER_CAME
            for d in pair.differences
        )
    )


def _dead(connection: str, what: str) -> Difference:
    return Difference(
        DEAD, connection, connection, what, "planted by the meter itself", "integration",
        "the meter is dead and this close proves nothing: report it, and keep the close before it",
    )  # fmt: skip
