"""Orders decided and written with their effects per second (no outside call: backlog drained).

In one run against one PostgreSQL with fsync on: two workers; one worker that writes one order per
transaction. Afterwards every order must be accepted, with one draft each.
"""

from crossdock.rehearsal.bench.load.apply_backlog import apply_backlog
from crossdock.rehearsal.bench.pairs import Better, Bounds, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, Result

AIM_PER_SECOND = 1000
TOLERANCE = 1.5
BOUNDS = Bounds(least=2)
"""Batches save most of the commits: where they do not bring twice, something else was measured."""
TWO, ONE_BY_ONE = 12_000, 1_000
SHORT_TWO, SHORT_ONE_BY_ONE = 2_000, 200
PAIR_BATCHED, PAIR_ALONE = 400, 60
ALONE = "one order per transaction, 1 worker"
RATE, CPU = (
    "orders decided and written, 2 workers", "processor time in Python per order, 2 workers",
)  # fmt: skip
PAIR_RATE = "orders decided and written, 1 worker"
FIGURES = ((RATE, ALONE), (CPU, ALONE))
COMPARED = ((PAIR_RATE, ALONE),)


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order was not accepted."""
    two_count, alone_count = (SHORT_TWO, SHORT_ONE_BY_ONE) if short else (TWO, ONE_BY_ONE)
    with apply_backlog() as backlog:
        two = backlog.drain(two_count, backlog.workers(2))
        alone = backlog.drain(alone_count, backlog.workers(1, batch=1))
    return [
        Result("apply", RATE, two.per_second, "1/s", ALONE, alone.per_second,
               Aim(at_least=AIM_PER_SECOND)),
        Result("apply", CPU, two.cpu_ms_per_order, "ms", ALONE, alone.cpu_ms_per_order),
    ]  # fmt: skip


def pairs() -> list[Paired]:
    """Batches of 100 beside batches of one, one worker each."""
    with apply_backlog() as backlog:
        batched, alone = backlog.workers(1), backlog.workers(1, batch=1)
        found = in_turn(
            lambda: backlog.drain(PAIR_BATCHED, batched).per_second,
            lambda: backlog.drain(PAIR_ALONE, alone).per_second,
        )
    return [Paired("apply", PAIR_RATE, "1/s", ALONE, Better.HIGHER, TOLERANCE, found, BOUNDS)]
