"""Commit a group of arrivals and hints in one transaction; every ticket learns its fate."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from crossdock.engine.channels import APPLY, SWEEP
from crossdock.engine.clock import Clock
from crossdock.engine.receive import Kept, KeptArrival, as_unreadable, keep
from crossdock.engine.store import StatementFailed, Store, StoreUnavailable
from crossdock.engine.sweep import stream_due_now

log = structlog.get_logger(__name__)


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
class Committed:
    """One transaction, for the gauges."""

    size: int
    seconds: float
    kept: Kept


class Committer:
    """Commits groups of tickets, in the caller's thread."""

    def __init__(
        self, store: Store, clock: Clock, observe: Callable[[Committed], None] = lambda _: None
    ) -> None:
        self._store = store
        self._clock = clock
        self._observe = observe
        self.wakes: set[str] = set()

    def commit(self, group: Sequence[Ticket]) -> None:
        """Afterwards every ticket has its fate. `wakes` gathers the channels to be woken."""
        for ticket in group:
            ticket.fate = None
        try:
            self._split(group)
        finally:
            for ticket in group:
                ticket.fate = ticket.fate or Fate.UNAVAILABLE

    def _split(self, group: Sequence[Ticket]) -> None:
        """One transaction; where the database refuses it, one for each ticket."""
        try:
            self._write(group)
        except StoreUnavailable as error:
            log.warning("commit_arrivals.unavailable", size=len(group), reason=str(error))
        except (StatementFailed, ValueError) as error:
            if len(group) == 1:
                self._last_resort(group[0], error)
                return
            log.warning("commit_arrivals.split", size=len(group), reason=str(error))
            for ticket in group:
                self._split([ticket])

    def _write(self, group: Sequence[Ticket]) -> None:
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
            self.wakes.add(APPLY)
        if due:
            self.wakes.add(SWEEP)
        self._observe(Committed(len(group), time.monotonic() - began, kept))

    def _last_resort(self, ticket: Ticket, error: Exception) -> None:
        """The database refuses it as it was identified: keep the bytes and hold them."""
        entry = ticket.entry
        if isinstance(entry, DueStream) or entry.unreadable is not None:
            log.error("commit_arrivals.refused", reason=str(error))
            return
        try:
            self._write([Ticket(as_unreadable(entry, str(error)))])
        except (StoreUnavailable, StatementFailed, ValueError) as last:
            log.error("commit_arrivals.refused", reason=str(last))  # noqa: TRY400 - a refusal, not a fault
        else:
            ticket.fate = Fate.KEPT
