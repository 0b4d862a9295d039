"""Many simulated days: so many losses over the twelve places, then days without any."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle

from crossdock.ops.loss.place import Place
from crossdock.rehearsal.losses.day import Found, LossDay
from crossdock.rehearsal.losses.planter import PLANTED, SILENCED, Planted
from crossdock.rehearsal.sim.climates import ORDINARY
from crossdock.rehearsal.sim.faults import Faults
from crossdock.rehearsal.sim.house import SimHouse
from crossdock.rehearsal.sim.run import Simulator
from crossdock.rehearsal.sim.scheduler import Scheduler, VirtualClock
from crossdock.rehearsal.sim.sessions import Steps
from crossdock.rehearsal.sim.shares import Shares
from crossdock.transports.http import rehearsed_over
from crossdock.transports.waiting import rehearsed_by

BEFORE_RECEIPT = 2
INSIDE = 4
"""Losses of one day: so many before receipt, of one cause, and so many at other places."""

PlanOfDay = Sequence[tuple[Place, int]]
"""Each loss as its place and its number among those of its place."""
SeededDay = tuple[int, PlanOfDay]


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


def campaign(
    first_seed: int, days: Sequence[PlanOfDay], processes: int
) -> Generator[DayResult, None, None]:
    """The result of every day, as they come. Raises what a process died of."""
    jobs = [(first_seed + number, losses) for number, losses in enumerate(days)]
    yield from Shares[SeededDay, DayResult](_simulator, processes).play(jobs)


@contextmanager
def _simulator(url: str) -> Iterator[Callable[[SeededDay], DayResult]]:
    with LossSimulator(url) as simulator:
        yield lambda day: simulator.play(*day)
