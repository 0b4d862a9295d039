"""Simulated worker processes: the stages of a real worker, each an actor of its own."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from crossdock.bootstrap import build_registry
from crossdock.engine.heartbeat import Heartbeat
from crossdock.engine.registry import Registry
from crossdock.engine.stages import StagePlan, WorkerOptions
from crossdock.engine.store import SerializationConflict, StatementFailed, Store, StoreUnavailable
from crossdock.engine.watchdog import Watchdog
from crossdock.rehearsal.sim.scheduler import Killed, Scheduler

POLL_SECONDS = 60.0
"""Without being woken; a real worker polls every second, which here would cost most of the time."""
RESTART_SECONDS = 20.0
WATCH_SECONDS = 15.0


class StageCrashed(AssertionError):
    """A stage raised what no stage may raise."""


@dataclass(slots=True)
class Workers:
    """Starts workers, and starts a new one for each that died."""

    scheduler: Scheduler
    store: Store
    options: WorkerOptions
    stop: bool = False
    crashes: list[str] = field(default_factory=list)
    registries: dict[str, Registry] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def start(self, name: str) -> None:
        """A process with connectors of its own, as after every start."""
        process = f"{name}.{next(self._numbers)}"
        registry = build_registry(self.store)
        self.registries[process] = registry
        chance = random.Random(f"{self.scheduler.seed}:{process}")
        clock = self.scheduler.clock
        plan = StagePlan(self.store, registry, clock, process, self.options, self._wait, chance)
        for step in plan.steps():
            channel = (step.channel, step.connection_id or 0)
            loop = self._loop(process, step.name, step.once, channel)
            self.scheduler.spawn(process, step.name, loop)
        watchdog = Watchdog(self.store, registry, clock, chance)
        heartbeat = Heartbeat(self.store, clock, process, self.options.lease, plan.in_hand)

        def watch() -> None:
            heartbeat.beat([str(s) for s in self.options.stages])
            watchdog.look()

        self.scheduler.spawn(
            process, "watch", self._loop(process, "watch", watch, None, WATCH_SECONDS)
        )

    def restart_dead(self) -> None:
        """A supervisor: for each worker without actors a new one, a while later."""
        living = {a.process for a in self.scheduler.actors}
        for process in [p for p in self.registries if p not in living]:
            self.registries.pop(process).close()
            name = process.partition(".")[0]
            self.scheduler.at(RESTART_SECONDS, partial(self._again, name))

    def _again(self, name: str) -> None:
        if not self.stop:
            self.start(name)

    def _wait(self, seconds: float) -> bool:
        self.scheduler.sleep(seconds)
        return False

    def _loop(
        self, process: str, name: str, once: Callable[[], object], channel: object,
        pause: float = POLL_SECONDS,
    ) -> Callable[[], None]:  # fmt: skip
        """As `Worker._loop`; what it would log as a crash is a violation here."""

        def run() -> None:
            while not self.stop:
                try:
                    if once():
                        continue
                except SerializationConflict:
                    continue
                except (StoreUnavailable, StatementFailed):
                    self.scheduler.sleep(1.0)
                except Killed:
                    raise
                except Exception as error:  # noqa: BLE001 - boundary: reported as a violation
                    self.crashes.append(f"{process} {name}: {type(error).__name__}: {error}")
                    self.scheduler.sleep(1.0)
                self.scheduler.sleep(pause, channel)

        return run
