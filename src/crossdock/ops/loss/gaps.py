"""What our own tables contradict each other about: no outside system is needed to find it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crossdock.engine.encoding import from_json
from crossdock.engine.receive import KeptArrival, identify_arrival
from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.close_account import EVERYTHING, NAMED, Scope, read_unaccounted
from crossdock.ops.close_result import OpenItem
from crossdock.ops.loss.place import ORDER, PLACES, Place
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ports.capabilities import Receives
from crossdock.ports.effect import Grade
from crossdock.ports.message import Arrival, Source

SQL = load_queries("crossdock.ops", "loss.sql")
OUTCOME = "outcome:"
UNAPPLIED = ("not_ours", "read_again", "done_by_hand", "answered")
"""Codes of messages that leave their document's version as it was."""
SILENT = (*UNAPPLIED, "no_change", "echo", "noted", "seen", "included", "cancelled_already")
"""Codes of decisions that leave no event."""
IDENTIFIED = 100
"""Arrivals of each connection whose bytes are read to tell what they are about."""
LOOKED_BACK = timedelta(days=35)
"""What came or was made so long before the day is looked at, if it ended on the day; and so long
ago may have come what a document is missing of."""


def find_gaps(
    tx: Transaction, scope: Scope, items: Sequence[OpenItem], unmoved: Sequence[str] = ()
) -> list[Difference]:
    """Everything that is received and neither ended nor open, or that does not fit.

    `unmoved`: documents of any day that may have gone back to what they were.
    """
    names = {a.connection.connection_id: a.connection.name for a in scope.connections}
    rows, unlogged = read_gaps(tx, scope, unmoved=unmoved), read_unaccounted(tx, scope)
    found = [
        lost(Place(r.place), names[r.connection_id], r.work_key, r.subject, "nothing follows")
        for r in rows
    ]
    gaps = [*_unlogged(tx, scope, unlogged, names), *_ownerless(items), *found]
    first = first_places(gaps)
    gaps = [replace(g, place=first.get(g.work_key, g.place)) for g in gaps]
    return [*gaps, *_cut_short([*rows, *unlogged], names)]


def read_gaps(
    tx: Transaction, scope: Scope, works: Sequence[str] | None = None, unmoved: Sequence[str] = ()
) -> list[Any]:
    """What our own tables contradict each other about; at most `NAMED` of each connection.

    `works`: about these documents alone.
    """
    readings = {
        o.name for a in scope.connections for o in a.manifest.operations if o.grade is Grade.READ
    }
    return tx.rows(
        SQL.gaps, **scope.columns, readings=sorted(readings), silent=list(SILENT),
        unapplied=list(UNAPPLIED), back=LOOKED_BACK,
        company_id=scope.company_id, unmoved=list(unmoved), works=works,
        limit=NAMED if works is None else EVERYTHING,
    )  # fmt: skip


def _cut_short(rows: Iterable[Any], names: Mapping[int, str]) -> Iterator[Difference]:
    """Connections of which not everything is named: nothing may follow from the rest's silence."""
    totals = {names[r.connection_id]: r.total for r in rows if r.total > NAMED}
    for name, total in sorted(totals.items()):
        yield Difference(
            "cut_short", name, name, f"{NAMED:,} are named", f"{total:,} there are", "integration",
            "mend what is named, then close again: it names the rest",
        )  # fmt: skip


def lost(
    place: Place, connection: str, work_key: str, ours: str, theirs: str, key: str = ""
) -> Difference:
    """A loss inside our own tables as a difference."""
    explained = PLACES[place]
    return Difference(
        place.value, connection, key or work_key, ours, theirs, explained.owner,
        explained.advice(connection, work_key), place=place.value, work_key=work_key,
    )  # fmt: skip


def first_places(gaps: Iterable[Difference]) -> Mapping[str, Place]:
    """By document: the place that explains all later ones."""
    found: dict[str, Place] = {}
    for gap in gaps:
        place = Place(gap.place or Place.CHANGED_OUTSIDE)
        if gap.work_key and ORDER[place] < ORDER[found.get(gap.work_key, Place.CHANGED_OUTSIDE)]:
            found[gap.work_key] = place
    return found


def _unlogged(
    tx: Transaction, scope: Scope, rows: Sequence[Any], names: Mapping[int, str]
) -> Iterator[Difference]:
    """Arrivals that led to no message, and messages that no arrival brought."""
    about = _about(tx, scope, [row for row in rows if row.what == "arrival"])
    for row in rows:
        name = names[row.connection_id]
        if row.what == "arrival":
            work_key = about.get(row.id, "")
            ours, theirs, place = "no message", "received", Place.MESSAGE_MISSING
        else:
            work_key, ours, theirs = row.work_key, "a message", "no arrival"
            place = Place.ARRIVAL_MISSING
        found = lost(place, name, work_key, ours, theirs, key=row.message_key)
        explained = PLACES[place]
        yield Difference(
            f"unaccounted_{row.what}", name, row.message_key, ours, theirs, explained.owner,
            f"look at {row.what} {row.id}: {found.remedy}", place=place.value, work_key=work_key,
        )  # fmt: skip


def _about(tx: Transaction, scope: Scope, rows: Sequence[Any]) -> Mapping[int, str]:
    """By arrival: the document it is about, as its own bytes say."""
    of_effects = {r.id: int(r.message_key[len(OUTCOME) :]) for r in rows if _is_outcome(r)}
    works = {
        row.effect_id: row.work_key
        for row in tx.rows(SQL.works_of_effects, effect_ids=sorted(of_effects.values()))
    }
    found = {number: works[e] for number, e in of_effects.items() if e in works}
    wanted = [r for r in rows if r.id not in of_effects and r.rank <= IDENTIFIED]
    attached = {a.connection.connection_id: a for a in scope.connections}
    bodies = tx.rows(
        SQL.bodies,
        delivery_ids=[r.id for r in wanted],
        received_ats=[r.received_at for r in wanted],
    )
    for row in bodies:
        work_key = _named(attached[row.connection_id], row)
        if work_key:
            found[row.delivery_id] = work_key
    return found


def _is_outcome(row: Any) -> bool:
    key: str = row.message_key
    return key.startswith(OUTCOME) and key[len(OUTCOME) :].isdigit()


def _named(attached: Attached, row: Any) -> str:
    if not isinstance(attached.connector, Receives):
        return ""
    arrival = Arrival(row.topic, from_json(row.headers) if row.headers else {}, bytes(row.body))
    found = identify_arrival(
        attached.connection, attached.connector, arrival, Source.INTERNAL, attached.manifest.owner
    )
    return found.identity.work_key if isinstance(found, KeptArrival) else ""


def _ownerless(items: Iterable[OpenItem]) -> Iterator[Difference]:
    for item in items:
        if item.owner is not None:
            continue
        place, remedy = Place.ABANDONED, PLACES[Place.ABANDONED].remedy
        if item.state in ("held", "dead"):
            place = Place.HOLD_GONE
            remedy = f"its question is gone: find in the audit who closed it; {item.what} {item.id}"
            if item.what == "message":
                remedy = f"its question is gone: `crossdock replay {item.id}` asks it again"
        yield Difference(
            "ownerless", item.connection, item.work_key, f"{item.what} {item.id} {item.state}",
            "nobody's", "integration", remedy, item.value, place.value, item.work_key,
        )  # fmt: skip
