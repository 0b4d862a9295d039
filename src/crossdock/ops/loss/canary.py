"""The meter's proof of life: losses of its own making, in every close, that it must find.

One document that our books cannot know is put into the list of every connection whose list is
compared; losses inside our own tables are planted beside it (`ops.loss.canary_inside`). A close
that does not find and locate each of them has proven nothing, and signs nothing.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from crossdock.ops.close_account import Scope
from crossdock.ops.loss.evidence import Evidence
from crossdock.ops.loss.locate import place_of
from crossdock.ops.loss.place import NEVER_CAME, Place
from crossdock.ops.reconciliation.compare_books import lists_comparable
from crossdock.ops.reconciliation.comparison import Comparison, Pair
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ports.listing import Listed, Lists

DEAD = "meter_dead"
UNKNOWN_HERE = (*NEVER_CAME, Place.UNKNOWN_OUTSIDE)
"""Where a document must be located that our books never knew."""


def canary_key(connection: str, day: date) -> str:
    """The key of the document that does not exist: spelled as external ids of ours are."""
    digest = hashlib.sha256(f"{connection} {day}".encode()).hexdigest()
    return f"crossdock_{connection}.canary_{digest[:16]}"


def planted(lists: dict[str, Sequence[Listed]], scope: Scope) -> dict[str, Sequence[Listed]]:
    """The same lists, each that is compared with the document that does not exist."""
    found = dict(lists)
    for attached in scope.connections:
        name, connector = attached.connection.name, attached.connector
        if name in found and isinstance(connector, Lists) and lists_comparable(attached):
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
    comparison: Comparison, evidence: Evidence, scope: Scope, compared: Collection[str]
) -> Iterator[Difference]:
    """A connection whose canary was not found missing, or not located."""
    keys = _keys(scope)
    found = {p.connection: p for p in comparison.pairs if p.key in keys}
    for name in sorted(compared):
        pair = found.get(name)
        if pair is None or not _seen(pair, evidence):
            yield dead(name, "the planted document was not found missing")


def dead(connection: str, what: str) -> Difference:
    """The meter does not live at this connection."""
    return Difference(
        DEAD, connection, connection, what, "planted by the meter itself", "integration",
        "the meter is dead and this close proves nothing: report it, and keep the close before it",
    )  # fmt: skip


def _keys(scope: Scope) -> set[str]:
    return {canary_key(a.connection.name, scope.day) for a in scope.connections}


def _seen(pair: Pair, evidence: Evidence) -> bool:
    return (
        bool(pair.differences)
        and not pair.moving
        and all(
            d.kind == "missing_here" and place_of(pair, d, evidence) in UNKNOWN_HERE
            for d in pair.differences
        )
    )
