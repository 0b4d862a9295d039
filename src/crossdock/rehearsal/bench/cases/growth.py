"""What years of history cost a new order: the same orders, with 1,000,000 messages and with 10,000.

Two houses on one machine are alike but for what lies in their databases. The history is made from
orders that went through them, from the webhook to the invoice. Then new orders go through both in
turn, and what is compared is processor time: of API, worker and the database's sessions, which run
their statements. It is not read off a clock, so that neighbours on the machine disturb it little.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from crossdock.rehearsal.bench.load.history import grow
from crossdock.rehearsal.bench.load.odoo_house import AT_ONCE, SQL, OdooHouse, two_houses
from crossdock.rehearsal.bench.load.processes import cpu_seconds, session_pids
from crossdock.rehearsal.bench.pairs import PAIRS, Better, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result
from crossdock.rehearsal.children import ChildFailed, wait_until

AIM = Aim(ratio_at_most=1.15)
TOLERANCE = 1.25
FEW, MANY, SHORT_MANY = 10_000, 1_000_000, 100_000
SEED_ORDERS, WARM_ORDERS = 40, 20
ORDERS, SHORT_ORDERS = 40, 15
PATIENCE_SECONDS = 180
POLL_SECONDS = 0.1
REPORTED_SECONDS = 11
"""A session that rests tells what it did within ten seconds."""


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order does not come to its invoice."""
    if short:
        with _grown(SHORT_MANY) as (old, young):
            return [_in_turn(old, young, SHORT_MANY, SHORT_ORDERS).result(AIM)]
    with _grown(MANY) as (old, young):
        before = [_statements_ms(house) for house in (old, young)]
        found = _in_turn(old, young, MANY, ORDERS)
        after = [_statements_ms(house) for house in (old, young)]
    value, baseline = ((a - b) / (PAIRS * ORDERS) for a, b in zip(after, before, strict=True))
    metric = f"time in statements per order, {MANY:,} messages of history"
    statements = Result("growth", metric, value, "ms", found.baseline, baseline, AIM)
    return [found.result(AIM), statements]


def pairs() -> list[Paired]:
    """The same with 100,000 messages."""
    with _grown(SHORT_MANY) as (old, young):
        return [_in_turn(old, young, SHORT_MANY, SHORT_ORDERS)]


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


def _in_turn(old: OdooHouse, young: OdooHouse, many: int, orders: int) -> Paired:
    found = in_turn(partial(_cost, old, orders), partial(_cost, young, orders))
    return Paired(
        "growth", f"processor time per order, {many:,} messages of history", "ms",
        f"{FEW:,} messages", Better.LOWER, TOLERANCE, found,
    )  # fmt: skip


def _statements_ms(house: OdooHouse) -> float:
    """What the database's sessions spent in statements so far, waiting included."""
    time.sleep(REPORTED_SECONDS)
    return float(_asked(house, SQL.statements_ms).ms)


def _cost(house: OdooHouse, orders: int) -> float:
    """Milliseconds of processor time for each of them."""
    before = _spent(house)
    _through(house, orders)
    spent = sum(seconds - before.get(pid, 0) for pid, seconds in _spent(house).items())
    return spent / orders * 1000


def _spent(house: OdooHouse) -> Mapping[int, float]:
    """Processor time so far by process: API, worker, sessions of the database."""
    children = [c for c in house.house.children if c.name == "api"] + house.house.workers
    pids = [c.process.pid for c in children if c.process and c.alive]
    return {pid: cpu_seconds(pid) for pid in [*pids, *session_pids(house.house.url)]}


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
