"""The site of the crash: a whole Crossdock under steady traffic, and what is asked of it after."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from unittest.mock import patch

from crossdock.bootstrap import DATABASE_VARIABLE, HOME_VARIABLE
from crossdock.engine.migrations.runner import recreate_database
from crossdock.engine.store import Store
from crossdock.rehearsal import trading_day
from crossdock.rehearsal.children import Child, ChildFailed, wait_until
from crossdock.rehearsal.crashes.herald import SQL, Herald
from crossdock.rehearsal.crashes.ownership import OwnershipWatch
from crossdock.rehearsal.crashes.report import Plan, Report
from crossdock.rehearsal.crashes.server import Server
from crossdock.rehearsal.crashes.twin_logs import doubled
from crossdock.rehearsal.house import House, arm_webhooks, rehearsal_house
from crossdock.rehearsal.reckoning import reckon

WAREHOUSE = "hall"
SETTINGS = {
    "unknown_customer": "create", "unknown_ship_to": "create", "total_tolerance": "0.05",
    "warehouses": WAREHOUSE,
}  # fmt: skip
DATABASE = "crossdock_crashes"
PATIENCE_SECONDS = 240.0
SWEEP_SECONDS = 1.0
AIM_SECONDS = 0.01
SLOW_ODOO = {"kind": "latency", "rate": 0.5, "seconds": 0.5}
"""A real one thinks; only then a blow meets a call in flight."""
END = "invoiced"
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Site:
    """What a scenario works with."""

    plan: Plan
    report: Report
    server: Server
    house: House
    store: Store
    watch: OwnershipWatch
    herald: Herald
    chance: random.Random
    workers: list[Child] = field(default_factory=list)
    placed: int = 0
    _traffic_over: threading.Event = field(default_factory=threading.Event)
    _customers: threading.Thread | None = None

    @property
    def api(self) -> Child:
        return next(child for child in self.house.children if child.name == "api")

    def worker_command(self, *, public: bool = True) -> list[str]:
        """A worker as `crossdock worker` starts it; with another lease, its rehearsed likeness."""
        if self.plan.lease_seconds == 30.0:
            command = ["-m", "crossdock.cli", "worker"]
            return [*command, "--public-url", self.house.api_url] if public else command
        likeness = ["-m", "crossdock.rehearsal.mortal_worker", "--chance", "0", "--ledger"]
        lease = ["--lease-seconds", str(self.plan.lease_seconds)]
        return [*likeness, os.devnull, *lease]

    def start_worker(
        self, name: str, url: str = "", command: list[str] | None = None, **more: str
    ) -> Child:
        """One more, on this database URL, with `more` in its environment."""
        environment = {**self.house.environment, **more}
        environment[DATABASE_VARIABLE] = url or self.house.url
        child = Child(
            name, command or self.worker_command(), self.house.directory / "log", environment
        )
        self.workers.append(child.start())
        self.house.workers.append(child)
        return child

    def kill(self, child: Child) -> None:
        """−9, and counted."""
        process = child.process
        assert process is not None
        process.kill()
        process.wait()
        self.report.done[f"{'API' if child is self.api else 'worker'} killed −9"] += 1

    def ready(self) -> None:
        """Every stream was read once and the first order came through by webhook."""
        self.plan.tell("the first sweep")
        wait_until(self._swept_once, PATIENCE_SECONDS, "the first sweep")
        self.place(1)
        wait_until(lambda: self.ended() == self.placed, PATIENCE_SECONDS, "the first order")

    def _swept_once(self) -> bool:
        """Of all streams, those for the upkeep of subscriptions included."""
        with self.store.transaction() as tx:
            row = tx.rows(trading_day.SQL.streams_behind, mark=BEGINNING)[0]
        return bool(row.behind == 0 and row.streams >= self.house.streams)

    def place(self, count: int) -> None:
        self.placed += count
        self.house.shop.post("orders", {"count": count})

    def ended(self) -> int:
        """Orders that are at their end in every system."""
        with self.store.transaction() as tx:
            return int(tx.rows(trading_day.SQL.progress, ended=[END])[0].ended)

    def calls_of(self, worker: Child) -> int:
        """Calls that this worker has in flight."""
        assert worker.process is not None
        return self._calls().get(worker.process.pid, 0)

    def busy_worker(self, seconds: float) -> Child | None:
        """One that is in the middle of a call; None when none was within that time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            calls = self._calls()
            for worker in self.workers:
                if worker.process is not None and worker.process.pid in calls:
                    return worker
            time.sleep(AIM_SECONDS)
        return None

    def _calls(self) -> dict[int, int]:
        with self.store.transaction() as tx:
            return {row.pid: row.calls for row in tx.rows(SQL.owners_in_hand)}

    def until(self, condition: Callable[[], object], seconds: float, what: str) -> bool:
        """Wait; what did not happen is a failure of the report."""
        try:
            wait_until(condition, seconds, what)
        except ChildFailed as error:
            self.report.failures.append(str(error))
            return False
        return True

    def pause(self, share: float = 1.0) -> None:
        """Let work be in hand: a seeded moment around the plan's pause."""
        time.sleep(self.plan.pause_seconds * share * self.chance.uniform(0.6, 1.4))

    @contextmanager
    def traffic(self) -> Iterator[None]:
        """Customers order and the herald sends, until the end of the block."""
        trading_day.strike(self.house, self.plan.seed)
        assert self.house.odoo_twin is not None
        self.house.odoo_twin.put(
            "faults", {"faults": [*trading_day.ODOO_FAULTS, SLOW_ODOO], "seed": self.plan.seed}
        )
        self.watch.start()
        self.herald.start()
        self._traffic_over.clear()
        self._customers = threading.Thread(target=self._order, name="customers", daemon=True)
        self._customers.start()
        try:
            yield
        finally:
            self._traffic_over.set()
            self._customers.join(30)
            self.herald.stop()
            trading_day.calm(self.house)

    def _order(self) -> None:
        while not self._traffic_over.wait(1 / self.plan.orders_per_second):
            self.place(1)

    def settle(self) -> None:
        """Wait until every order is at its end, then compare all there is to compare."""
        self.plan.tell(f"settling {self.placed} orders")
        began = time.monotonic()
        try:
            wait_until(self._level, PATIENCE_SECONDS, "the end of every order", SWEEP_SECONDS)
        except ChildFailed as error:
            self.report.failures.append(f"{error}: {self._standing()}")
        self.report.notes["to level after the last blow"] = time.monotonic() - began
        self.watch.stop()
        self._compare()

    def _level(self) -> bool:
        trading_day.sweep_now(self.store)
        twins = (self.house.shop, self.house.warehouses[WAREHOUSE])
        if self.ended() < self.placed or any(t.get("webhooks")["pending"] for t in twins):
            return False
        with self.store.transaction() as tx:
            row = tx.rows(trading_day.SQL.progress, ended=[END])[0]
        return bool(row.messages == 0 and row.effects == 0)

    def _standing(self) -> str:
        with self.store.transaction() as tx:
            row = tx.rows(trading_day.SQL.progress, ended=[END])[0]
            questions = {r.code: r.n for r in tx.rows(SQL.open_questions)}
        return (
            f"{row.ended} of {self.placed}, {row.messages} messages, {row.effects} effects, "
            f"questions {questions}"
        )

    def _compare(self) -> None:
        report = self.report
        found = reckon(self.house, self.store)
        report.orders = found.shop_orders
        report.differences += [f"{d.what} {d.key}: {d.detail}" for d in found.differences]
        report.expect(found.unowned == 0, f"{found.unowned} are unowned at the end")
        report.expect(found.statuses[END] == self.placed, f"came to rest as {dict(found.statuses)}")
        report.doubled += doubled(self.house)
        report.acknowledged = len(self.herald.acknowledged)
        report.lost = self.herald.lost()
        report.expect(report.acknowledged, "no arrival was acknowledged: nothing was proved of P1")
        report.unowned_seconds = self.watch.longest
        report.expect(self.watch.looks, "nobody watched whether anything was unowned")


@contextmanager
def struck_site(
    plan: Plan, report: Report, blow: Callable[[Site, int], object], workers: int = 2
) -> Iterator[Site]:
    """A site that took `rounds` blows under traffic; it settles when the block ends."""
    with open_site(plan, report) as site:
        for number in range(workers):
            site.start_worker(f"worker-{number}")
        site.ready()
        with site.traffic():
            for number in range(plan.rounds):
                site.pause()
                blow(site, number)
            site.pause()
        yield site
        site.settle()


@contextmanager
def open_site(
    plan: Plan, report: Report, *, server: Server | None = None, url: str = ""
) -> Iterator[Site]:
    """Twins, API and a PostgreSQL of their own; no worker yet. Everything ends with the block.

    `url`: an empty database on `server`, as API and workers shall reach it.
    """
    plan.directory.mkdir(parents=True, exist_ok=True)
    plan.tell("starting PostgreSQL, twins and API")
    server = server or Server(plan.directory / "postgres")
    chance = random.Random(plan.seed)
    try:
        url = url or recreate_database(server.start(), DATABASE)
        given = {DATABASE_VARIABLE: url, HOME_VARIABLE: str(plan.directory)}
        with (
            patch.dict(os.environ, given),
            rehearsal_house(
                plan.directory, seed=plan.seed, settings=SETTINGS, warehouses={WAREHOUSE: []}
            ) as house,
            Store(url, size=4, name="crossdock crashes", wait=5) as store,
        ):
            catalogue = house.shop.get("catalogue")
            trading_day.know_the_trade(house, catalogue["items"], catalogue["people"])
            arm_webhooks(house)
            watch, herald = OwnershipWatch(store), Herald(house, store)
            yield Site(plan, report, server, house, store, watch, herald, chance)
            watch.stop()
            herald.stop()
    finally:
        server.remove()
