"""What more workers bring: a backlog of orders applied by 1, 2 and 4 worker processes.

On one machine with one PostgreSQL, so that its cores are the end of it: with two of them, four
workers can bring what two bring and must not bring less.
"""

from crossdock.rehearsal.bench.load.apply_backlog import apply_backlog
from crossdock.rehearsal.bench.pairs import PAIRS, Better, Bounds, Paired
from crossdock.rehearsal.bench.result import Aim, Result

WORKERS = (2, 4)
AIMS = {2: Aim(ratio_at_least=1.6), 4: Aim(ratio_at_least=1.6)}
"""Two cores also serve PostgreSQL: twice is the end."""
TOLERANCE = 1.7
"""Where others take a core, two workers bring what one brings; never less."""
BOUNDS = {count: Bounds(least=1.0, most=count * 1.1) for count in WORKERS}
BATCH = 25
"""So that a short backlog has something for everybody."""
FULL, SHORT = 3_000, 250
METRIC, BASELINE = "orders decided and written, {} workers", "1 worker"
FIGURES = COMPARED = tuple((METRIC.format(count), BASELINE) for count in WORKERS)


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order was not accepted."""
    found = _measure(SHORT if short else FULL)
    return [paired.result(AIMS[count]) for count, paired in zip(WORKERS, found, strict=True)]


def pairs() -> list[Paired]:
    """The same with short backlogs."""
    return _measure(SHORT)


def _measure(orders: int) -> list[Paired]:
    """One, two and four in turn, back and forth."""
    rates: dict[int, list[float]] = {count: [] for count in (1, *WORKERS)}
    with apply_backlog() as backlog:
        crew = backlog.workers(max(WORKERS), batch=BATCH)
        backlog.drain(orders, crew)
        for turn in range(PAIRS):
            for count in sorted(rates, reverse=bool(turn % 2)):
                rates[count].append(backlog.drain(orders, crew[:count]).per_second)
    return [
        Paired(
            "scale", METRIC.format(count), "1/s", BASELINE, Better.HIGHER, TOLERANCE,
            list(zip(rates[count], rates[1], strict=True)), BOUNDS[count],
        )
        for count in WORKERS
    ]  # fmt: skip
