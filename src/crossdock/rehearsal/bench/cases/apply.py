"""Orders decided and written with their effects per second (no outside call: backlog drained).

In one run against one PostgreSQL with fsync on: two workers; one worker that writes one order per
transaction. Afterwards every order must be accepted, with one draft each.
"""

from crossdock.rehearsal.bench.load.apply_backlog import apply_backlog
from crossdock.rehearsal.bench.pairs import Better, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, Result

AIM_PER_SECOND = 1000
TOLERANCE = 1.5
TWO, ONE_BY_ONE = 12_000, 1_000
SHORT_TWO, SHORT_ONE_BY_ONE = 2_000, 200
PAIR_BATCHED, PAIR_ALONE = 400, 60
ALONE = "one order per transaction, 1 worker"


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order was not accepted."""
    two_count, alone_count = (SHORT_TWO, SHORT_ONE_BY_ONE) if short else (TWO, ONE_BY_ONE)
    with apply_backlog() as backlog:
        two = backlog.drain(two_count, backlog.workers(2))
        alone = backlog.drain(alone_count, backlog.workers(1, batch=1))
    return [
        Result("apply", "orders decided and written, 2 workers", two.per_second, "1/s", ALONE,
               alone.per_second, Aim(at_least=AIM_PER_SECOND)),
        Result("apply", "processor time in Python per order, 2 workers", two.cpu_ms_per_order, "ms",
               ALONE, alone.cpu_ms_per_order),
    ]  # fmt: skip


def pairs() -> list[Paired]:
    """Batches of 100 beside batches of one, one worker each."""
    with apply_backlog() as backlog:
        batched, alone = backlog.workers(1), backlog.workers(1, batch=1)
        found = in_turn(
            lambda: backlog.drain(PAIR_BATCHED, batched).per_second,
            lambda: backlog.drain(PAIR_ALONE, alone).per_second,
        )
    metric = "orders decided and written, 1 worker"
    return [Paired("apply", metric, "1/s", ALONE, Better.HIGHER, TOLERANCE, found)]
