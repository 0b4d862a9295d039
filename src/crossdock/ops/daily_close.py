"""The close that is made by itself: every day once it has ended, and once more a day later.

The second look finds what was lost after the first one. Any worker may make it: a lease lets one of
them at a time, and a run that was kept since it was due is proof that it was made.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog

from crossdock.engine.clock import Clock
from crossdock.engine.local_day import day_bounds, local_day
from crossdock.engine.registry import Attached, Registry
from crossdock.engine.store import Store, StoreUnavailable, Transaction, load_queries
from crossdock.ops.close import Hold, OvertakenClose, close_day, scope_of
from crossdock.ops.close_alarm import tell_failure
from crossdock.ops.close_lease import CloseLease, take
from crossdock.ops.loss.vital_signs import CAUGHT_UP, CLOSE_AFTER
from crossdock.ops.reconciliation.compare_books import compare_books
from crossdock.ops.word import Word
from crossdock.ports.errors import in_one_line

SQL = load_queries(__package__, "loss.sql")
log = structlog.get_logger(__name__)
BY = "crossdock"
LOOK_EVERY = timedelta(minutes=1)
LEFT_ALONE = timedelta(minutes=15)
"""So long a day that could not be closed is not tried again by the same worker."""
FAILURES = 3
"""After so many in a row a person is asked about the day."""
DAY = timedelta(days=1)


@dataclass(slots=True)
class DailyClose:
    """A chore of the worker (`engine.chore`)."""

    after: timedelta = CLOSE_AFTER
    """So long after a day's end it is closed."""
    _next_look: datetime | None = None
    _left_alone: dict[tuple[int, date], datetime] = field(default_factory=dict)
    _failures: Counter[tuple[int, date]] = field(default_factory=Counter)
    """In a row, of each company's days that this worker could not close."""

    @property
    def name(self) -> str:
        return "close"

    def once(self, store: Store, registry: Registry, clock: Clock, worker_id: str) -> bool:
        """Close the day that is due longest; False when none is.

        A day that could not be closed is left alone for a while: the days after it are closed.
        Raises whatever kept the day from being closed.
        """
        now = clock.now()
        if self._next_look and now < self._next_look:
            return False
        for company_id in sorted({a.connection.company_id for a in registry.attached.values()}):
            if self._close_due(store, registry, clock, company_id, worker_id):
                return True
        self._next_look = now + LOOK_EVERY
        return False

    def _close_due(
        self, store: Store, registry: Registry, clock: Clock, company_id: int, worker_id: str
    ) -> bool:
        now = clock.now()
        mine = [a for a in registry.attached.values() if a.connection.company_id == company_id]
        with store.transaction() as tx:
            dues = list(due_closes(mine, _begun(tx, mine), now, self.after))
            due = tx.rows(
                SQL.due_runs, company_id=company_id, days=[d for d, _ in dues],
                dues=[at for _, at in dues], now=now,
            )  # fmt: skip
            left_alone = {
                day for (of, day), until in self._left_alone.items() if of == company_id
                and until > now
            }  # fmt: skip
            chosen = next((row for row in due if row.day not in left_alone), None)
            if chosen is None:
                return False
            lease = take(tx, company_id, chosen.day, worker_id, clock)
        if lease is None:
            return False
        try:
            self._close(store, registry, lease, chosen.due_at)
        except OvertakenClose as error:
            log.info("close.overtaken", day=str(chosen.day), reason=str(error))
        except StoreUnavailable:
            raise
        except Exception as error:
            self._left_alone[company_id, chosen.day] = now + LEFT_ALONE
            self._ask(store, registry, lease, error)
            lease.leave(store)
            raise
        self._failures.pop((company_id, chosen.day), None)
        lease.leave(store)
        return True

    def _ask(self, store: Store, registry: Registry, lease: CloseLease, error: Exception) -> None:
        """A person, once it fails again and again."""
        key, now = (lease.company_id, lease.day), lease.clock.now()
        self._failures[key] += 1
        if self._failures[key] < FAILURES:
            return
        scope = scope_of(registry, lease.company_id, lease.day, "", now)
        with store.transaction() as tx:
            tell_failure(tx, scope, self._failures[key], in_one_line(error), now)

    def _close(self, store: Store, registry: Registry, lease: CloseLease, due_at: datetime) -> None:
        now = lease.clock.now()
        scope = scope_of(registry, lease.company_id, lease.day, "", now)
        word = Word(BY, now, "the day has ended")
        hold = Hold(beat=lambda: lease.extend(store), check=lease.check)
        run = close_day(store, scope, word, compare_books, anew_since=due_at, hold=hold)
        if run.close.differences:
            connections = len({d.connection for d in run.close.differences})
            log.warning("close.differs", day=str(lease.day), connections=connections)


def due_closes(
    connections: Sequence[Attached], begun: datetime, now: datetime, after: timedelta
) -> Iterator[tuple[date, datetime]]:
    """Days that have ended at all of these connections, and since when each of their closes is due.

    `begun`: when the first of them was configured.
    """
    all_settings = [a.connection.settings for a in connections]
    last = min(local_day(s, now - after) for s in all_settings) - DAY
    first = max(min(local_day(s, begun) for s in all_settings), last - (CAUGHT_UP - 1) * DAY)
    for number in range((last - first).days + 1):
        day = first + number * DAY
        for due in (day, day + DAY):
            if due <= last:
                yield day, max(day_bounds(s, due)[1] for s in all_settings) + after


def _begun(tx: Transaction, connections: Sequence[Attached]) -> datetime:
    numbers = [a.connection.connection_id for a in connections]
    begun: datetime = min(r.created_at for r in tx.rows(SQL.beginnings, connections=numbers))
    return begun
