"""What years of history cost a new order: the same orders, with 1,000,000 messages and with 10,000.

Two houses on one machine are alike but for what lies in their databases. The history is made from
orders that went through them, from the webhook to the invoice. Then new orders go through both in
turn, and what is compared is processor time: of API, worker and the database's sessions, which run
their statements. It is not read off a clock, so that neighbours on the machine disturb it little;
and it is read just before and after each turn, so that what a house does while the other has its
turn is nobody's cost. Python's share is the same in both, so the sessions' alone tells more.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from crossdock.rehearsal.bench.load.history import grow
from crossdock.rehearsal.bench.load.odoo_house import AT_ONCE, SQL, OdooHouse, two_houses
from crossdock.rehearsal.bench.load.processes import cpu_seconds, session_pids
from crossdock.rehearsal.bench.pairs import Better, Bounds, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result
from crossdock.rehearsal.children import ChildFailed, wait_until

AIM = Aim(ratio_at_most=1.15)
TOLERANCE = 1.25
BOUNDS = Bounds(least=0.9, most=1.25)
"""History makes nothing cheaper; a tenth is noise."""
FEW, MANY, SHORT_MANY = 10_000, 1_000_000, 100_000
SEED_ORDERS, WARM_ORDERS = 20, 8
ORDERS, SHORT_ORDERS = 40, 8
PATIENCE_SECONDS = 180
POLL_SECONDS = 0.1
BASELINE = f"{FEW:,} messages"
ALL = "processor time per order, {:,} messages of history"
SESSIONS = "processor time of the database's sessions per order, {:,} messages of history"
FIGURES = ((ALL.format(MANY), BASELINE), (SESSIONS.format(MANY), BASELINE))
COMPARED = ((ALL.format(SHORT_MANY), BASELINE),)


class Cost(NamedTuple):
    """Of an order, in milliseconds of processor time."""

    all: float
    sessions: float


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order does not come to its invoice."""
    many, orders = (SHORT_MANY, SHORT_ORDERS) if short else (MANY, ORDERS)
    return [found.result(AIM) for found in _compared(many, orders)]


def pairs() -> list[Paired]:
    """Everything together, with 100,000 messages."""
    everything, _ = _compared(SHORT_MANY, SHORT_ORDERS)
    return [everything]


def _compared(many: int, orders: int) -> tuple[Paired, Paired]:
    """Everything together, and the sessions of the database."""
    with _grown(many) as (old, young):
        found = in_turn(partial(_cost, old, orders), partial(_cost, young, orders))
    return (
        _paired(ALL.format(many), ((a.all, b.all) for a, b in found)),
        _paired(SESSIONS.format(many), ((a.sessions, b.sessions) for a, b in found)),
    )


def _paired(metric: str, found: Iterable[tuple[float, float]]) -> Paired:
    return Paired("growth", metric, "ms", BASELINE, Better.LOWER, TOLERANCE, list(found), BOUNDS)


@contextmanager
def _grown(many: int) -> Iterator[tuple[OdooHouse, OdooHouse]]:
    """One with so many messages, one with few; at work and warm."""
    with two_houses(AT_ONCE, warehouses={"hall": []}) as (old, young):
        for house, messages in ((old, many), (young, FEW)):
            _through(house, SEED_ORDERS)
            _stop_work(house)
            grow(house.house.url, messages)
            house.house.start_worker(1)
            _through(house, WARM_ORDERS)
        yield old, young


def _cost(house: OdooHouse, orders: int) -> Cost:
    """Of each of them, by what was spent between just before and just after."""
    children = [c for c in house.house.children if c.name == "api"] + house.house.workers
    pids = [c.process.pid for c in children if c.process and c.alive]
    sessions_before = _spent(session_pids(house.house.url))
    before = _spent(pids)
    _through(house, orders)
    python = _since(before, pids)
    sessions = _since(sessions_before, session_pids(house.house.url))
    return Cost((python + sessions) / orders * 1000, sessions / orders * 1000)


def _spent(pids: Iterable[int]) -> dict[int, float]:
    """Seconds of processor time so far, by process."""
    return {pid: cpu_seconds(pid) for pid in pids}


def _since(before: dict[int, float], pids: Iterable[int]) -> float:
    """Seconds that these processes spent, of which some are new."""
    return sum(seconds - before.get(pid, 0) for pid, seconds in _spent(pids).items())


def _through(house: OdooHouse, orders: int) -> None:
    """From the webhook to the invoice, and until nothing is open. Asks nothing of the history."""
    since = house.store.clock().now()
    house.place(orders)
    try:
        wait_until(
            lambda: _asked(house, SQL.ended_since, since=since).count >= orders,
            PATIENCE_SECONDS, f"{orders} invoices", POLL_SECONDS,
        )  # fmt: skip
        wait_until(
            lambda: not _asked(house, SQL.work_open).any,
            PATIENCE_SECONDS, "the end of the work", POLL_SECONDS,
        )  # fmt: skip
    except ChildFailed as error:
        raise BenchFailed(str(error)) from error


def _asked(house: OdooHouse, question: str, **values: Any) -> Any:
    """The only row."""
    with house.store.transaction() as tx:
        row = tx.row(question, **values)
    assert row is not None
    return row


def _stop_work(house: OdooHouse) -> None:
    for worker in house.house.workers:
        worker.stop()
    house.house.workers.clear()
