"""Group commit: arrivals that come at the same time share one transaction.

Callers submit tickets and hear their fate after the commit. While one group is committed the next
gathers, so that a busy receiver commits large groups and an idle one commits at once.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from crossdock.engine.clock import Clock
from crossdock.engine.commit_arrivals import Committed, Committer, Ticket
from crossdock.engine.receive import SQL
from crossdock.engine.store import StatementFailed, Store, StoreUnavailable

log = structlog.get_logger(__name__)

WAKE_EVERY_SECONDS = 0.025
"""Workers are woken at most this often; the first of a burst wakes them at once."""


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """How much one transaction takes."""

    count: int = 256
    body_bytes: int = 2_000_000


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
        self._committer = Committer(store, clock, observe)
        self._settled = settled
        self._limits = limits
        self._queue: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
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
        if self._committer.wakes:
            try:
                return self._queue.get(timeout=WAKE_EVERY_SECONDS)
            except queue.Empty:
                self._wake()
        return self._queue.get()

    def _settle(self, group: list[Ticket]) -> None:
        try:
            self._committer.commit(group)
        finally:
            self._settled(group)
        if time.monotonic() - self._woken_at > WAKE_EVERY_SECONDS:
            self._wake()

    def _wake(self) -> None:
        """After the commit, in a transaction that waits for no disk; polling finds the rest."""
        channels, self._committer.wakes = self._committer.wakes, set()
        if not channels:
            return
        self._woken_at = time.monotonic()
        try:
            with self._store.transaction() as tx:
                tx.rows(SQL.wake_without_sync, channels=sorted(channels))
        except (StoreUnavailable, StatementFailed) as error:
            log.warning("group_commit.not_woken", reason=str(error))
