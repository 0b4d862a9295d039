"""Refusals, counted in groups: a flood of bad signatures costs no transaction each."""

import threading
from dataclasses import dataclass, field

import structlog

from crossdock.engine.clock import Clock
from crossdock.engine.receive import Refusal, Refused, count_refusals
from crossdock.engine.registry import Attached
from crossdock.engine.store import StatementFailed, Store, StoreUnavailable, Transaction
from crossdock.engine.sweep import stream_due_now

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RefusalLog:
    """Counts in memory, written every second and at the end.

    A process that is killed loses at most its last second of counts, never a message.
    """

    store: Store
    clock: Clock
    every_seconds: float = 1.0
    _counts: dict[tuple[int, Refusal], int] = field(default_factory=dict)
    _attached: dict[int, Attached] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._serve, name="refusals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def add(self, attached: Attached, reason: Refusal) -> None:
        """Count one refused arrival. Never blocks on the database."""
        key = (attached.connection.connection_id, reason)
        with self._lock:
            self._attached[key[0]] = attached
            self._counts[key] = self._counts.get(key, 0) + 1

    def flush(self) -> None:
        """Write what was counted; what cannot be written now is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            with self.store.transaction() as tx:
                self._write(tx, counts)
        except (StoreUnavailable, StatementFailed) as error:
            log.warning("refusals.not_written", reason=str(error))
            with self._lock:
                for key, count in counts.items():
                    self._counts[key] = self._counts.get(key, 0) + count

    def _write(self, tx: Transaction, counts: dict[tuple[int, Refusal], int]) -> None:
        now = self.clock.now()
        refused = [self._refused(number, reason, n) for (number, reason), n in counts.items()]
        count_refusals(tx, refused, now)
        for number, reason in sorted(counts):
            if reason is Refusal.TOO_LARGE:
                for stream in self._attached[number].manifest.streams:
                    if stream.projection is None:
                        stream_due_now(tx, number, stream.name, now)

    def _refused(self, number: int, reason: Refusal, count: int) -> Refused:
        attached = self._attached[number]
        return Refused(attached.connection, reason, count, attached.manifest.owner)

    def _serve(self) -> None:
        while not self._stop.wait(self.every_seconds):
            self.flush()
        self.flush()
