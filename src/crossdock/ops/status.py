"""The state of a deployment on one page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from crossdock.engine.pace import SHARE_OF_ALL_LANES, utc_day
from crossdock.engine.stages import Stage
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.watchdog import SQL as WATCHDOG_SQL
from crossdock.ops.loss.vital_signs import VitalSigns, read_vital_signs
from crossdock.ops.recovery_point import SETTINGS, RecoveryPoint, recovery_point

SQL = load_queries(__package__, "status.sql")
STALLED_AFTER = timedelta(seconds=60)
MANY_FAILURES = 5
"""Sweeps of one stream that failed in a row."""
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
    down_since: datetime | None = None
    """It does not answer; nothing is sent to it or swept but for one call now and then."""
    next_try_at: datetime | None = None
    down_reason: str | None = None
    quota_per_day: float | None = None
    """Tokens of the rate budget that may be taken on one day (UTC)."""
    quota_taken: float | None = None
    left_out: str | None = None
    """Why the process that started last does nothing with it."""

    @property
    def quota_spent(self) -> bool:
        """Whether what nobody waits for is sent only tomorrow."""
        if self.quota_per_day is None or self.quota_taken is None:
            return False
        return self.quota_taken >= self.quota_per_day * SHARE_OF_ALL_LANES


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
    paused: bool
    too_old: bool
    """Older than a decision may rest on; a paused connection's is not looked at."""
    overdue: bool = False
    """It should have been swept long ago, and nobody sweeps it."""

    @property
    def failing(self) -> bool:
        """Sweeps in a row fail; a person should look why."""
        return not self.paused and self.failures >= MANY_FAILURES


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
    stage: str | None = None
    """Which stage should have done it: apply, deliver."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """The last time the ledger was restored from a backup."""

    epoch: int
    """How often it has been, this time included."""
    backup_at: datetime
    restored_at: datetime
    restored_by: str
    caught_up_at: datetime | None
    """When everything outside had been read again."""
    missing: Sequence[str] = ()
    """What is not read again or not decided yet, each with what hinders it."""


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
    restoration: Restoration | None = None
    meter: Sequence[VitalSigns] = ()
    """Of the silent-loss meter, by connection."""

    @property
    def healthy(self) -> bool:
        """Nothing is wrong that a person should look at now."""
        return not self.troubles

    @property
    def idle_stages(self) -> list[str]:
        """Stages that no worker runs, though there are connections."""
        covered = {name for w in self.workers if w.here for name in w.stages.split(",")}
        return [str(s) for s in Stage if str(s) not in covered] if self.connections else []

    @property
    def troubles(self) -> list[str]:
        """What is wrong, each with what mends it or where to look."""
        found = []
        if self.ownerless:
            found.append(f"{self.ownerless} open and nobody's: tell who maintains Crossdock")
        if self.idle_stages:
            stages = ", ".join(self.idle_stages)
            found.append(f"no live worker runs {stages}: start `crossdock worker`")
        if self.stall.stalled and self.stall.stage not in self.idle_stages:
            found.append(
                f"{self.stall.stage} stands still though a worker runs: look at its log; "
                "a worker knows the connections that were there when it started"
            )
        found += [
            f"{c.name} is left out: {c.left_out}"
            for c in self.connections
            if c.left_out and not c.paused
        ]
        found += [
            f"{c.name} does not answer since {c.down_since:%Y-%m-%d %H:%M} UTC: what is for it "
            "waits, nobody else does"
            for c in self.connections
            if c.down_since and not c.paused
        ]
        found += [words for s in self.streams for words in _stream_troubles(s)]
        found += [signs.words for signs in self.meter if signs.dead]
        if not self.recovery_point.safe:
            found.append(f"recovery: {self.recovery_point.loses}")
        return found


def _stream_troubles(stream: StreamStatus) -> list[str]:
    name = f"{stream.connection} {stream.stream}"
    found = []
    if stream.failing:
        found.append(f"{name} failed {stream.failures} times: {stream.error}")
    elif stream.overdue:
        found.append(f"{name} is overdue: nobody sweeps it")
    if stream.too_old:
        found.append(f"{name} is older than its maximum age: decisions wait for it")
    return found


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
        connections=[ConnectionStatus(*row) for row in tx.rows(SQL.connections, day=utc_day(now))],
        workers=[WorkerStatus(*row) for row in tx.rows(SQL.workers, since=now - GONE_AFTER)],
        streams=_streams(tx, now, stalled_after),
        held=[HeldByCode(*row) for row in tx.rows(SQL.holds_by_code)],
        restoration=_restoration(tx),
        meter=read_vital_signs(tx, now),
    )


def _restoration(tx: Transaction) -> Restoration | None:
    row = tx.row(SQL.restoration)
    if row is None:
        return None
    missing = [] if row.caught_up_at else tx.rows(SQL.not_read_again)
    words = [f"{m.what} ({m.hindrance})" if m.hindrance else m.what for m in missing]
    return replace(Restoration(*row), missing=words)


def find_stall(tx: Transaction, now: datetime, after: timedelta = STALLED_AFTER) -> Stall:
    """Stalled: something was due for longer than `after`, nobody has anything in hand, and
    nothing was recorded since.
    """
    due = tx.row(SQL.oldest_due, now=now, day=utc_day(now), share=SHARE_OF_ALL_LANES)
    life = tx.row(SQL.signs_of_life, now=now)
    assert due is not None
    waiting = {"apply": due.message_since, "deliver": due.effect_since}
    lying = [(since, stage) for stage, since in waiting.items() if since is not None]
    since, stage = min(lying, default=(None, None))
    last = life.last_event if life else None
    moving = bool(life and (life.leased or life.in_flight)) or (
        last is not None and now - last <= after
    )
    return Stall(since is not None and now - since > after and not moving, since, last, stage)


def read_recovery_point(tx: Transaction) -> RecoveryPoint:
    """From the settings in force in this session."""
    rows = tx.rows(SQL.settings, names=list(SETTINGS))
    return recovery_point({row.name: row.setting for row in rows})


def _streams(tx: Transaction, now: datetime, after: timedelta) -> list[StreamStatus]:
    found: list[StreamStatus] = []
    for row in tx.rows(SQL.streams, now=now):
        limit = timedelta(seconds=row.max_age_seconds) if row.max_age_seconds is not None else None
        too_old = limit is not None and (row.as_of is None or now - row.as_of > limit)
        idle = not (row.paused or row.left_out or row.sweeping or row.down)
        found.append(
            StreamStatus(
                row.connection, row.stream, row.projection, row.as_of, limit, row.due_at,
                row.failures, row.error, row.paused, too_old and not row.paused,
                idle and now - row.due_at > after,
            )
        )  # fmt: skip
    return found
