"""What a cheap listing saw: versions nobody has brought yet are read at their source."""

from collections.abc import Sequence
from datetime import datetime

from crossdock.engine.channels import DELIVER
from crossdock.engine.receive import LANES
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.ports.capabilities import Prepares
from crossdock.ports.effect import Lane
from crossdock.ports.erp import READ_ORDER, OrderCommand
from crossdock.ports.sweep import Sighting

SQL = load_queries(__package__, "sweep.sql")
APPLY_SQL = load_queries(__package__, "apply.sql")


def read_unknown(
    tx: Transaction, attached: Attached, sightings: Sequence[Sighting], now: datetime
) -> int:
    """Ask for every sighted version that is not known here; returns how many were asked for.

    The reading is an effect (grade READ): it is paid from the shared budget, tried again with
    backoff, held when it is refused, and what it brings arrives as any message does. Readings of
    two versions do not wait for each other: whichever comes late is stale.
    """
    if not sightings:
        return 0
    connection, connector = attached.connection, attached.connector
    rows = tx.rows(
        SQL.unknown_versions,
        connection_id=connection.connection_id,
        company_id=connection.company_id,
        work_keys=[s.work_key for s in sightings],
        versions=[s.version for s in sightings],
        totals=[s.total for s in sightings],
        cancelleds=[s.cancelled for s in sightings],
        effect_keys=[_reading_of(s) for s in sightings],
    )
    wanted = [(sightings[row.position - 1], row.not_found) for row in rows]
    if not wanted:
        return 0
    assert isinstance(connector, Prepares)
    size = len(wanted)
    asked = tx.run(
        APPLY_SQL.write_effects,
        now=now,
        companies=[connection.company_id] * size,
        connections=[connection.connection_id] * size,
        effect_keys=[_reading_of(s) + (f"#{n}" if n else "") for s, n in wanted],
        operations=[READ_ORDER] * size,
        targets=[f"read:{s.work_key}@{s.version}" for s, _ in wanted],
        afters=[None] * size,
        work_keys=[s.work_key for s, _ in wanted],
        messages=[None] * size,
        lanes=[LANES[Lane.NORMAL]] * size,
        requests=[
            connector.prepare(
                READ_ORDER, OrderCommand(external_id=s.external_id, seen_version=s.version), {}
            )
            for s, _ in wanted
        ],
        not_befores=[None] * size,
    )
    tx.run(RECEIVE_SQL.wake, channel=DELIVER)
    return asked


def _reading_of(sighting: Sighting) -> str:
    """The effect key under which this state of a record is read first."""
    ending = ":cancelled" if sighting.cancelled else ""
    return f"read:{sighting.work_key}@{sighting.version}:{sighting.total}{ending}"
