"""A backlog of a shop's orders, and worker processes that apply it: who drains it how fast.

Realistic Shopify webhooks through the real connectors: translated, matched with products,
customers, units and taxes known from projections, the draft's bytes prepared by the Odoo connector.
Nothing is sent. Afterwards every order must be accepted, with one draft each.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from crossdock.engine.store import Store
from crossdock.rehearsal.bench.database import bench_database
from crossdock.rehearsal.bench.load import trade
from crossdock.rehearsal.bench.load.reference_data import reference_data
from crossdock.rehearsal.bench.load.trading_database import (
    SQL,
    ShopDoor,
    connect,
    worker_environment,
)
from crossdock.rehearsal.bench.result import BenchFailed

COMMAND = [sys.executable, "-m", "crossdock.rehearsal.bench.load.apply_worker"]
NOWHERE = {"url": "http://127.0.0.1:9", "database": "none"}
ITEMS, PEOPLE = 2000, 500
WARM_ORDERS = 200
POLL_SECONDS = 0.01
PATIENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Drained:
    """How fast a backlog went."""

    per_second: float
    cpu_ms_per_order: float


class ApplyWorker:
    """A worker process that works when it is told to."""

    def __init__(self, url: str, batch: int) -> None:
        """Raises BenchFailed when it does not come up."""
        self._process = subprocess.Popen(  # noqa: S603 - our own worker
            [*COMMAND, "--batch", str(batch)], env=worker_environment(url),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        if self._line() != "ready":
            raise BenchFailed("a worker did not come up: run it by hand and see what it says")

    def begin(self) -> None:
        self._tell()

    def end(self) -> None:
        """Ask it to end; `cpu_seconds` waits for that."""
        self._tell()

    def cpu_seconds(self) -> float:
        """Processor time between `begin` and the end."""
        return float(self._line())

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass(slots=True)
class ApplyBacklog:
    """One database with its shop, and the workers on it."""

    url: str
    store: Store
    door: ShopDoor
    orders: trade.Orders
    kept: int = 0
    _workers: list[ApplyWorker] = field(default_factory=list)

    def workers(self, count: int, batch: int = 100) -> list[ApplyWorker]:
        """New ones, idle; they are killed at the end."""
        made = [ApplyWorker(self.url, batch) for _ in range(count)]
        self._workers += made
        return made

    def drain(self, count: int, workers: Sequence[ApplyWorker]) -> Drained:
        """Keep so many orders, then time these workers until none waits.

        Raises BenchFailed when they do not come to an end.
        """
        self.kept += self.door.receive(self.orders.arrivals(count))
        began = time.monotonic()
        for worker in workers:
            worker.begin()
        while self._open():
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise BenchFailed(f"{count} orders were not applied in {PATIENCE_SECONDS} s")
            time.sleep(POLL_SECONDS)
        seconds = time.monotonic() - began
        for worker in workers:
            worker.end()
        cpu = sum(worker.cpu_seconds() for worker in workers)
        return Drained(count / seconds, cpu / count * 1000)

    def check(self) -> None:
        """Every order accepted, one draft each. Raises BenchFailed."""
        with self.store.transaction() as tx:
            by_status = {r.status: r.count for r in tx.rows(SQL.orders_by_status)}
            drafts = tx.row(SQL.drafts)
            holds = tx.rows(SQL.holds)
        assert drafts is not None
        if by_status != {"accepted": self.kept} or drafts.count != self.kept:
            raise BenchFailed(
                f"{self.kept} orders were kept, they became {by_status} with {drafts.count} drafts;"
                f" held: {[tuple(h) for h in holds]}"
            )

    def _open(self) -> bool:
        with self.store.transaction() as tx:
            row = tx.row(SQL.messages_open)
        assert row is not None
        return bool(row.any)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()


@contextmanager
def apply_backlog() -> Iterator[ApplyBacklog]:
    """On a fresh database, warmed up; when the block ends well, what became of it is checked.

    Raises BenchFailed when an order was not accepted.
    """
    sold = trade.catalogue("SKU", items=ITEMS, people=PEOPLE)
    with bench_database() as url:
        connect(url, odoo=NOWHERE, projections=reference_data(sold))
        with Store(url, size=4) as store:
            orders = trade.Orders(sold, "EUR", store.clock().now(), seed=1)
            with ApplyBacklog(url, store, ShopDoor(store), orders) as backlog:
                backlog.drain(WARM_ORDERS, backlog.workers(1))
                yield backlog
                backlog.check()
