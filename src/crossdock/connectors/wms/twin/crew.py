"""The crew works by itself: the next step of each order when it is due, in waves if so told."""

import threading
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from crossdock.connectors.wms.twin.behaviour import Behaviour
from crossdock.connectors.wms.twin.floor import Floor
from crossdock.connectors.wms.twin.warehouse_state import Job

PAUSE_SECONDS = 0.05
"""Between two looks whether the system is up again."""


class Crew:
    """A thread of its own; `lock` is the twin's and is held around every step."""

    def __init__(self, floor: Floor, lock: threading.RLock, paused: Callable[[], bool]) -> None:
        self.behaviour = Behaviour()
        self._floor = floor
        self._lock = lock
        self._paused = paused
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._running = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._running = True
        self._thread = threading.Thread(target=self._run, name="crew", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._condition:
            self._running = False
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def clear(self) -> None:
        """Forget all work."""
        with self._condition:
            self._due.clear()

    def take(self, job: Job) -> None:
        """Work on it when its next step is due; not unless the crew works by itself."""
        if not self.behaviour.auto or not job.plan:
            return
        with self._condition:
            due = time.monotonic() + self.behaviour.step_seconds
            if job.plan[0].name == "pick" and self.behaviour.wave_seconds > 0:
                due = _next_wave(due, self.behaviour.wave_seconds)
            heappush(self._due, (due, next(self._numbers), job))
            self._condition.notify()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            with self._lock:
                if self.behaviour.auto and self._floor.do_next(job):
                    self.take(job)

    def _next(self) -> Job | None:
        """The next job that is due; None when the crew stops."""
        with self._condition:
            while self._running:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    if not self._paused():
                        return heappop(self._due)[2]
                    wait = PAUSE_SECONDS
                self._condition.wait(wait)
            return None


def _next_wave(at: float, seconds: float) -> float:
    return -(-at // seconds) * seconds
