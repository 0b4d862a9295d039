"""Group commit: arrivals that come at the same time share one transaction.

Callers submit tickets and hear their fate after the commit. While one group is committed the next
gathers, so that a busy receiver commits large groups and an idle one commits at once.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from crossdock.engine.channels import APPLY, SWEEP
from crossdock.engine.clock import Clock
from crossdock.engine.receive import SQL, Kept, KeptArrival, as_unreadable, keep
from crossdock.engine.store import StatementFailed, Store, StoreUnavailable
from crossdock.engine.sweep import stream_due_now

log = structlog.get_logger(__name__)

WAKE_EVERY_SECONDS = 0.025
"""Workers are woken at most this often; the first of a burst wakes them at once."""


class Fate(StrEnum):
    """What became of a ticket."""

    KEPT = "kept"
    """Committed; a duplicate as well."""
    UNAVAILABLE = "unavailable"
    """Nothing is known to be kept: the database could not be asked, or refused."""


@dataclass(frozen=True, slots=True)
class DueStream:
    """A hint: one stream of a connection is due at once."""

    connection_id: int
    stream: str


class Ticket:
    """One thing to commit. `waiter` is the submitter's own."""

    __slots__ = ("entry", "fate", "size", "waiter")

    def __init__(self, entry: KeptArrival | DueStream, waiter: Any = None) -> None:
        self.entry = entry
        self.waiter = waiter
        self.fate: Fate | None = None
        self.size = len(entry.arrival.body) if isinstance(entry, KeptArrival) else 0


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """How much one transaction takes."""

    count: int = 256
    body_bytes: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Committed:
    """One transaction, for the gauges."""

    size: int
    seconds: float
    kept: Kept


class GroupCommit:
    """A thread that commits what was submitted, group by group.

    `settled` is called from that thread, once per group, when every ticket has its fate.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settled: Callable[[Sequence[Ticket]], None],
        limits: GroupLimits,
        observe: Callable[[Committed], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settled = settled
        self._limits = limits
        self._observe = observe
        self._queue: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._wakes: set[str] = set()
        self._woken_at = float("-inf")
        self._stopping = False
        self._thread = self._new_thread()

    def start(self) -> None:
        self._thread.start()

    def submit(self, ticket: Ticket) -> None:
        """Never blocks; bounding what waits is the caller's part."""
        self._queue.put(ticket)

    def stop(self) -> None:
        """Commit what was submitted, then end."""
        self._stopping = True
        self._queue.put(None)
        self._thread.join(60)

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._serve, name="group commit", daemon=True)

    def _serve(self) -> None:
        try:
            while group := self._take():
                self._settle(group)
            self._wake()
        finally:
            if not self._stopping:
                log.error("group_commit.died", remedy="see the traceback; a new thread goes on")
                self._thread = self._new_thread()
                self._thread.start()

    def _take(self) -> list[Ticket]:
        """All that waits, within the limits; empty when it is time to end."""
        first = self._first()
        if first is None:
            return []
        group, size = [first], first.size
        while len(group) < self._limits.count and size < self._limits.body_bytes:
            try:
                ticket = self._queue.get_nowait()
            except queue.Empty:
                break
            if ticket is None:
                self._queue.put(None)
                break
            group.append(ticket)
            size += ticket.size
        return group

    def _first(self) -> Ticket | None:
        if self._wakes:
            try:
                return self._queue.get(timeout=WAKE_EVERY_SECONDS)
            except queue.Empty:
                self._wake()
        return self._queue.get()

    def _settle(self, group: list[Ticket]) -> None:
        try:
            self._commit(group)
        finally:
            for ticket in group:
                ticket.fate = ticket.fate or Fate.UNAVAILABLE
            self._settled(group)
        if time.monotonic() - self._woken_at > WAKE_EVERY_SECONDS:
            self._wake()

    def _commit(self, group: list[Ticket]) -> None:
        try:
            self._write(group)
        except StoreUnavailable as error:
            log.warning("group_commit.unavailable", size=len(group), reason=str(error))
        except (StatementFailed, ValueError) as error:
            if len(group) == 1:
                self._last_resort(group[0], error)
                return
            log.warning("group_commit.split", size=len(group), reason=str(error))
            for ticket in group:
                self._commit([ticket])

    def _write(self, group: list[Ticket]) -> None:
        began = time.monotonic()
        arrivals = [t.entry for t in group if isinstance(t.entry, KeptArrival)]
        due = {t.entry for t in group if isinstance(t.entry, DueStream)}
        now = self._clock.now()
        with self._store.transaction() as tx:
            kept = keep(tx, arrivals, now, wake=False)
            for hint in sorted(due, key=lambda d: (d.connection_id, d.stream)):
                stream_due_now(tx, hint.connection_id, hint.stream, now)
        for ticket in group:
            ticket.fate = Fate.KEPT
        if kept.new:
            self._wakes.add(APPLY)
        if due:
            self._wakes.add(SWEEP)
        self._observe(Committed(len(group), time.monotonic() - began, kept))

    def _last_resort(self, ticket: Ticket, error: Exception) -> None:
        """The database refuses it as it was identified: keep the bytes and hold them."""
        entry = ticket.entry
        if isinstance(entry, DueStream) or entry.unreadable is not None:
            log.error("group_commit.refused", reason=str(error))
            return
        try:
            self._write([Ticket(as_unreadable(entry, str(error)))])
        except (StoreUnavailable, StatementFailed, ValueError) as last:
            log.error("group_commit.refused", reason=str(last))  # noqa: TRY400 - a refusal, not a fault
        else:
            ticket.fate = Fate.KEPT

    def _wake(self) -> None:
        """After the commit, in a transaction that waits for no disk; polling finds the rest."""
        channels, self._wakes = self._wakes, set()
        if not channels:
            return
        self._woken_at = time.monotonic()
        try:
            with self._store.transaction() as tx:
                tx.rows(SQL.wake_without_sync, channels=sorted(channels))
        except (StoreUnavailable, StatementFailed) as error:
            log.warning("group_commit.not_woken", reason=str(error))
