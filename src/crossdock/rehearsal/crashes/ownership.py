"""Promise P4, watched all the time: how long is anything without lease, wake-up or person?"""

import threading
import time
from dataclasses import dataclass, field

from crossdock.engine.store import StatementFailed, Store, StoreUnavailable
from crossdock.engine.watchdog import SQL as WATCHDOG_SQL

LOOK_SECONDS = 0.25


@dataclass(slots=True)
class OwnershipWatch:
    """Asks the watchdog's own question four times a second.

    Time in which the database did not answer is not counted: nobody can own anything then.
    """

    store: Store
    longest: float = 0.0
    """Seconds, of the one that was unowned longest."""
    looks: int = 0
    _unowned: dict[tuple[str, int], float] = field(default_factory=dict)
    _looked_at: float | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="ownership", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(30)

    def _watch(self) -> None:
        clock = self.store.clock()
        while not self._over.wait(LOOK_SECONDS):
            try:
                with self.store.transaction() as tx:
                    rows = tx.rows(WATCHDOG_SQL.ownerless, now=clock.now())
            except (StoreUnavailable, StatementFailed):
                self._looked_at = None
                continue
            found = {(row.what, row.id) for row in rows}
            self.note(found, self._since_last_look())

    def _since_last_look(self) -> float:
        """Seconds; none when the last look saw nothing."""
        before, self._looked_at = self._looked_at, time.monotonic()
        return self._looked_at - before if before is not None else 0.0

    def note(self, found: set[tuple[str, int]], passed: float) -> None:
        """These are unowned now, `passed` seconds after the last look."""
        self.looks += 1
        before = self._unowned
        self._unowned = {key: before[key] + passed if key in before else 0.0 for key in found}
        self.longest = max([self.longest, *self._unowned.values()])
