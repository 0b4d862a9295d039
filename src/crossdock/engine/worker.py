"""A worker: threads for the stages it runs, woken by notifications, kept honest by polling.

Any number of workers on any number of hosts share one database. Each stage stands alone: a worker
may run one of them or all.
"""

import gc
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

import structlog

from crossdock.engine.channels import APPLY, DELIVER, SWEEP
from crossdock.engine.clock import Clock
from crossdock.engine.dead_workers import DeadWorkers
from crossdock.engine.heartbeat import Heartbeat
from crossdock.engine.in_hand import InHand
from crossdock.engine.registry import Registry
from crossdock.engine.stages import RepeatedStep, StagePlan, WorkerOptions, ensure
from crossdock.engine.store import SerializationConflict, StatementFailed, Store, StoreUnavailable
from crossdock.engine.watchdog import Watchdog

log = structlog.get_logger(__name__)


def dedicate_process() -> None:
    """Tell the garbage collector that this process is a worker and nothing else.

    What was loaded stays, and a batch makes tens of thousands of objects that reference counting
    frees: looking through them every 700 objects costs a fourteenth of a worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


ENSURE_SECONDS = 60.0


def new_worker_id() -> str:
    """Host, process and a random part: no two workers ever share one."""
    return f"{platform.node()}:{os.getpid()}:{secrets.token_hex(3)}"


@dataclass(slots=True)
class Worker:
    """Runs until `stop` is set."""

    store: Store
    registry: Registry
    clock: Clock
    options: WorkerOptions = field(default_factory=WorkerOptions)
    worker_id: str = field(default_factory=new_worker_id)
    stop: threading.Event = field(default_factory=threading.Event)
    _wakes: dict[str, list[threading.Event]] = field(default_factory=dict)
    """By channel: one of each thread, for a thread that clears it may not deafen another."""
    _threads: list[threading.Thread] = field(default_factory=list)
    _in_hand: InHand = field(default_factory=InHand)

    def start(self) -> None:
        """Make what the connections need in the database, then start the stages."""
        ensure(self.store, self.registry, self.clock.now(), self.options.public_url)
        self._wakes = {channel: [] for channel in (APPLY, DELIVER, SWEEP)}
        self._spawn("watch", self._watch)
        self._spawn("listen", self._listen)
        plan = StagePlan(
            self.store, self.registry, self.clock, self.worker_id, self.options, self.stop.wait,
            in_hand=self._in_hand,
        )  # fmt: skip
        for step in plan.steps():
            self._spawn_step(step)
        stages = self.options.stages
        log.info("worker.started", worker=self.worker_id, stages=[str(s) for s in stages])

    def run(self) -> None:
        """Start, wait for `stop`, finish what is in hand."""
        self.start()
        self.stop.wait()
        self.join()

    def join(self, timeout: float = 90) -> None:
        """Let every thread finish its present step."""
        self.stop.set()
        for event in chain.from_iterable(self._wakes.values()):
            event.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        Heartbeat(self.store, self.clock, self.worker_id, self.options.lease).say_goodbye()
        log.info("worker.stopped", worker=self.worker_id)

    def _spawn_step(self, step: RepeatedStep) -> None:
        wake = threading.Event()
        self._wakes[step.channel].append(wake)
        self._spawn(step.name, lambda: self._loop(wake, step.once))

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, wake: threading.Event, step: Callable[[], object]) -> None:
        """Step while there is work; then sleep until woken, at most `poll_seconds`."""
        while not self.stop.is_set():
            wake.clear()
            try:
                if step():
                    continue
            except SerializationConflict as error:
                log.info("worker.conflict", error=str(error))
                continue
            except (StoreUnavailable, StatementFailed) as error:
                log.error("worker.step_failed", error=str(error))  # noqa: TRY400 - no fault of ours
                self.stop.wait(self.options.poll_seconds)
            except Exception:  # boundary: a stage that meets a fault of ours goes on with the next
                log.exception("worker.step_crashed", thread=threading.current_thread().name)
                self.stop.wait(self.options.poll_seconds)
            wake.wait(self.options.poll_seconds)

    def _listen(self) -> None:
        while not self.stop.is_set():
            try:
                for notification in self.store.listen(list(self._wakes), self.options.poll_seconds):
                    if self.stop.is_set():
                        return
                    if notification is not None:
                        self._notified(notification.channel)
            except StoreUnavailable as error:
                log.warning("worker.deaf", error=str(error))
                self.stop.wait(self.options.poll_seconds)

    def _notified(self, channel: str) -> None:
        for wake in self._wakes[channel]:
            wake.set()

    def _watch(self) -> None:
        """Heartbeat and watchdog: every third of a lease; and that what was made at the start is
        still there: a stream that vanished is made anew, and read from its beginning.
        """
        watchdog = Watchdog(self.store, self.registry, self.clock)
        heartbeat = Heartbeat(
            self.store, self.clock, self.worker_id, self.options.lease, self._in_hand
        )
        dead = DeadWorkers(self.store, self.clock, self.worker_id)
        pause = min(5.0, self.options.lease.total_seconds() / 3)
        ensured = time.monotonic()
        while not self.stop.is_set():
            try:
                if time.monotonic() - ensured > ENSURE_SECONDS:
                    ensure(self.store, self.registry, self.clock.now(), self.options.public_url)
                    ensured = time.monotonic()
                heartbeat.beat([str(s) for s in self.options.stages])
                watchdog.look()
                dead.free_their_slots()
            except (StoreUnavailable, StatementFailed) as error:
                log.error("worker.watch_failed", error=str(error))  # noqa: TRY400 - no fault of ours
            except Exception:  # boundary: whatever goes wrong, the calls in hand keep their leases
                log.exception("worker.watch_crashed")
            self.stop.wait(pause)
