"""Many seeds on several processes."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial

from crossdock.rehearsal.sim.day import DayPlan
from crossdock.rehearsal.sim.run import Simulator, Verdict
from crossdock.rehearsal.sim.shares import Shares


def campaign(
    first_seed: int, seeds: int, processes: int, day: DayPlan
) -> Generator[Verdict, None, None]:
    """The verdict of every seed, as they come. Raises what a process died of."""
    shares = Shares[int, Verdict](partial(_simulator, day), processes)
    yield from shares.play(range(first_seed, first_seed + seeds))


@contextmanager
def _simulator(day: DayPlan, url: str) -> Iterator[Callable[[int], Verdict]]:
    with Simulator(url) as simulator:
        yield lambda seed: simulator.run(seed, day)
