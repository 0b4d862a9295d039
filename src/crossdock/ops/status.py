"""The state of a deployment on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.sweep import SQL as SWEEP_SQL
from crossdock.engine.watchdog import SQL as WATCHDOG_SQL
from crossdock.ops.recovery_point import SETTINGS, RecoveryPoint, recovery_point

SQL = load_queries(__package__, "status.sql")
STALLED_AFTER = timedelta(seconds=60)
GONE_AFTER = timedelta(seconds=60)
"""A worker beats every few seconds; not seen for this long, it is gone."""


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """What waits for one connection."""

    name: str
    system: str
    paused: bool
    messages_waiting: int
    effects_waiting: int
    effects_in_flight: int
    open_holds: int
    effects_since: datetime | None
    """Since when the longest waiting effect could have been sent."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker as it was last seen."""

    worker_id: str
    host: str
    pid: int
    stages: str
    started_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """A sweep, and how old what it keeps is."""

    connection: str
    stream: str
    projection: str | None
    as_of: datetime | None
    max_age: timedelta | None
    due_at: datetime
    failures: int
    error: str | None
    too_old: bool


@dataclass(frozen=True, slots=True)
class HeldByCode:
    """Open questions of one sort, with what is at stake."""

    code: str
    count: int
    value_amount: Decimal | None
    value_currency: str | None
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Stall:
    """Work is due and nobody does it."""

    stalled: bool
    due_since: datetime | None
    last_event: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """One page."""

    at: datetime
    messages: int
    """Waiting or being worked on."""
    effects: int
    holds: int
    ownerless: int
    """Must be 0 (promise P4)."""
    stall: Stall
    recovery_point: RecoveryPoint
    connections: Sequence[ConnectionStatus]
    workers: Sequence[WorkerStatus]
    streams: Sequence[StreamStatus]
    held: Sequence[HeldByCode]

    @property
    def healthy(self) -> bool:
        """Nothing is ownerless, nothing stands still, and what was acknowledged is safe."""
        return not self.ownerless and not self.stall.stalled and self.recovery_point.safe


def read_status(tx: Transaction, now: datetime, stalled_after: timedelta = STALLED_AFTER) -> Status:
    """Everything at one glance."""
    backlog = tx.row(WATCHDOG_SQL.backlog)
    assert backlog is not None
    return Status(
        at=now,
        messages=backlog.messages,
        effects=backlog.effects,
        holds=backlog.holds,
        ownerless=len(tx.rows(WATCHDOG_SQL.ownerless, now=now)),
        stall=find_stall(tx, now, stalled_after),
        recovery_point=read_recovery_point(tx),
        connections=[ConnectionStatus(*row) for row in tx.rows(SQL.connections)],
        workers=[WorkerStatus(*row) for row in tx.rows(SQL.workers, since=now - GONE_AFTER)],
        streams=_streams(tx, now),
        held=[HeldByCode(*row) for row in tx.rows(SQL.holds_by_code)],
    )


def find_stall(tx: Transaction, now: datetime, after: timedelta = STALLED_AFTER) -> Stall:
    """Stalled: something was due for longer than `after`, nobody has anything in hand, and
    nothing was recorded since.
    """
    due = tx.row(SQL.oldest_due, now=now)
    life = tx.row(SQL.signs_of_life, now=now)
    since = due.since if due else None
    last = life.last_event if life else None
    moving = bool(life and (life.leased or life.in_flight)) or (
        last is not None and now - last <= after
    )
    return Stall(since is not None and now - since > after and not moving, since, last)


def read_recovery_point(tx: Transaction) -> RecoveryPoint:
    """From the settings in force in this session."""
    rows = tx.rows(SQL.settings, names=list(SETTINGS))
    return recovery_point({row.name: row.setting for row in rows})


def _streams(tx: Transaction, now: datetime) -> list[StreamStatus]:
    found: list[StreamStatus] = []
    for row in tx.rows(SWEEP_SQL.streams):
        limit = timedelta(seconds=row.max_age_seconds) if row.max_age_seconds is not None else None
        too_old = limit is not None and (row.as_of is None or now - row.as_of > limit)
        found.append(
            StreamStatus(
                row.connection, row.stream, row.projection, row.as_of, limit, row.due_at,
                row.failures, row.error, too_old,
            )
        )  # fmt: skip
    return found
