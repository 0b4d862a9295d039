"""Many simulated days: so many losses over the twelve places, then days without any."""

import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any

from crossdock.ops.loss.place import Place
from crossdock.rehearsal.losses.day import Found, LossDay
from crossdock.rehearsal.losses.planter import PLANTED, SILENCED, Planted
from crossdock.rehearsal.sim.climates import ORDINARY
from crossdock.rehearsal.sim.database import simulation_database
from crossdock.rehearsal.sim.faults import Faults
from crossdock.rehearsal.sim.house import SimHouse
from crossdock.rehearsal.sim.run import Simulator
from crossdock.rehearsal.sim.scheduler import Scheduler, VirtualClock
from crossdock.rehearsal.sim.sessions import Steps
from crossdock.transports.http import rehearsed_over
from crossdock.transports.waiting import rehearsed_by

LOOK_SECONDS = 30
"""Between looks whether the processes still live."""
BEFORE_RECEIPT = 2
INSIDE = 4
"""Losses of one day: so many before receipt, of one cause, and so many at other places."""

PlanOfDay = Sequence[tuple[Place, int]]
"""Each loss as its place and its number among those of its place."""


@dataclass(slots=True)
class DayResult:
    """What one day showed."""

    seed: int
    found: list[Found] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    unsigned: int = 0
    orders: int = 0
    struck: int = 0
    failure: str = ""
    """The day did not come to its end."""


class LossSimulator(Simulator):
    """Plays days one after the other on one database."""

    def play(self, seed: int, losses: PlanOfDay) -> DayResult:
        """A day with these losses; without any, one under ordinary faults."""
        scheduler = Scheduler(seed, VirtualClock())
        faults = Faults(seed, ORDINARY.rates, on=False)
        steps = Steps(scheduler, faults)
        self._store.stepped.use(steps)
        first = not self._played
        house = SimHouse(scheduler, faults, self._store, steps, ORDINARY, first=first)
        self._played += 1
        result = DayResult(seed)
        with rehearsed_over(house.wire), rehearsed_by(scheduler.sleep):
            day = LossDay(house, [Planted(*loss) for loss in losses], faults_on=not losses)
            try:
                day.whole()
            except RuntimeError as error:
                result.failure = str(error)
            finally:
                house.close()
        result.found, result.false_alarms = day.found, day.false_alarms
        result.unsigned, result.orders, result.struck = day.unsigned, day.orders, day.struck
        return result


def plan_days(losses: int) -> list[PlanOfDay]:
    """So many losses, the places in turn, as days: one cause before receipt a day."""
    numbers = {place: count() for place in PLANTED}
    wanted = [place for place, _ in zip(cycle(PLANTED), range(losses), strict=False)]
    early = {p: [w for w in wanted if w is p] for p in SILENCED}
    inside = [place for place in wanted if place not in SILENCED]
    days: list[PlanOfDay] = []
    while inside or any(early.values()):
        cause = max(early, key=lambda place: len(early[place]))
        chosen = [*early[cause][:BEFORE_RECEIPT], *inside[:INSIDE]]
        early[cause], inside = early[cause][BEFORE_RECEIPT:], inside[INSIDE:]
        days.append([(place, next(numbers[place])) for place in chosen])
    return days


def campaign(first_seed: int, days: Sequence[PlanOfDay], processes: int) -> Iterator[DayResult]:
    """The result of every day, as they come. Raises what a process died of."""
    context = multiprocessing.get_context("spawn")
    results: Queue[Any] = context.Queue()
    jobs = [(first_seed + number, losses) for number, losses in enumerate(days)]
    shares = [jobs[n::processes] for n in range(processes)]
    running = [
        context.Process(target=_serve, args=(share, results), daemon=True)
        for share in shares
        if share
    ]
    for process in running:
        process.start()
    try:
        for _ in jobs:
            yield _next_of(results, running)
    finally:
        for process in running:
            process.join(20)
            process.terminate()


def _next_of(results: "Queue[Any]", running: Sequence[SpawnProcess]) -> DayResult:
    """Raises what a process told that it died of, or that one died without a word."""
    while True:
        try:
            found: DayResult | BaseException = results.get(timeout=LOOK_SECONDS)
        except Empty:
            for process in running:
                if process.exitcode:
                    raise RuntimeError(f"a process ended with {process.exitcode}") from None
            continue
        if isinstance(found, BaseException):
            raise found
        return found


def _serve(share: Sequence[tuple[int, PlanOfDay]], results: "Queue[Any]") -> None:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="crossdock-losses-") as folder,
            simulation_database(Path(folder)) as url,
        ):
            simulator = LossSimulator(url)
            with simulator:
                for seed, losses in share:
                    results.put(simulator.play(seed, losses))
    except BaseException as error:  # boundary: told to the process that waits for results
        results.put(RuntimeError(f"{type(error).__name__}: {error}"))
        raise
