"""A whole Crossdock before an Odoo for benchmarks: the live one that the environment names, or the
twin with the service times of a real one.
"""

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crossdock.bootstrap import DATABASE_VARIABLE, HOME_VARIABLE
from crossdock.engine.postgres import EmbeddedPostgres
from crossdock.engine.store import Store, load_queries
from crossdock.governance.connections import pause_connection
from crossdock.rehearsal.bench.load.trade import catalogue
from crossdock.rehearsal.bench.result import BenchFailed
from crossdock.rehearsal.children import ChildFailed, wait_until
from crossdock.rehearsal.house import ODOO, House, arm_webhooks, rehearsal_house
from crossdock.rehearsal.odoo_records import OdooRecords
from crossdock.rehearsal.trading_day import first_sweep, know_the_trade

SQL = load_queries("crossdock.rehearsal.bench", "bench.sql")
SHOP_SETTINGS = {"total_tolerance": "0.10"}
"""A shop that rounds tax per line and an Odoo that rounds per order differ by cents."""
PREFIX = "BENCH"
ITEMS, PEOPLE = 300, 60
PLACED_AT_ONCE = 50


def live_odoo() -> OdooRecords | None:
    """The Odoo that CROSSDOCK_LIVE_ODOO_URL, _DB and _KEY name."""
    names = ("URL", "DB", "KEY")
    url, database, key = (os.environ.get(f"CROSSDOCK_LIVE_ODOO_{name}", "") for name in names)
    return OdooRecords(url, database, key) if url and database and key else None


@dataclass(frozen=True, slots=True)
class OdooService:
    """How long the twin takes: so many workers, seconds a call and seconds an order written."""

    workers: int
    seconds_per_call: float
    seconds_per_order: float

    def arguments(self) -> list[str]:
        return ["--workers", str(self.workers), "--seconds-per-call", str(self.seconds_per_call),
                "--seconds-per-order", str(self.seconds_per_order)]  # fmt: skip


AT_ONCE = OdooService(2, 0.0, 0.0)
TWO_WORKERS = OdooService(2, 0.06, 0.0275)
"""55 ms an order, half in each of its two writes: gives 11 orders/s one by one with two clients and
36 in batches, as a real Odoo 19 with 2 workers does (12 and 35.5, evidence/peers.md)."""


@dataclass(slots=True)
class OdooHouse:
    """One worker process, swept and ready; orders come in by webhook."""

    house: House
    store: Store

    def place(self, count: int) -> None:
        """Orders at the shop, which sends a webhook for each."""
        while count > 0:
            self.house.shop.post("orders", {"count": min(count, PLACED_AT_ONCE)})
            count -= PLACED_AT_ONCE

    def confirmed(self, status: str = "confirmed") -> int:
        """How many orders Odoo has confirmed, or have come to another status."""
        with self.store.transaction() as tx:
            row = tx.row(SQL.in_status, status=status)
        assert row is not None
        return int(row.count)

    def drafts_waiting(self) -> list[bytes]:
        """Requests of drafts that are ready to be sent."""
        with self.store.transaction() as tx:
            return [bytes(row.request) for row in tx.rows(SQL.drafts_waiting)]

    def drafts_made(self, limit: int) -> list[bytes]:
        """Requests of the first drafts that were made in Odoo."""
        with self.store.transaction() as tx:
            return [bytes(row.request) for row in tx.rows(SQL.drafts_made, limit=limit)]

    def pause(self, *, paused: bool) -> None:
        with self.store.transaction() as tx:
            pause_connection(tx, ODOO, paused=paused)

    def wait_for(self, count: int, seconds: float, every: float, status: str = "confirmed") -> None:
        """Until so many are confirmed (or `status`). Raises BenchFailed with what is held."""
        try:
            wait_until(
                lambda: self.confirmed(status) >= count, seconds, f"{count} {status} orders", every
            )
        except ChildFailed as error:
            with self.store.transaction() as tx:
                holds = [tuple(h) for h in tx.rows(SQL.holds)]
            raise BenchFailed(f"{error}; held: {holds}") from error

    def seconds_to(self, operation: str, connection: str, since: datetime) -> list[float]:
        """From an order's webhook until the effect was observed, for those that came since."""
        with self.store.transaction() as tx:
            rows = tx.rows(SQL.seconds_to, operation=operation, connection=connection, since=since)
        return [row.seconds for row in rows]

    def calls(self, since: datetime) -> str:
        """Calls and effects a call, by operation, in words."""
        with self.store.transaction() as tx:
            rows = tx.rows(SQL.calls, since=since)
        return "; ".join(
            f"{r.operation}: {r.effects} in {r.calls} calls of {r.ms:.0f} ms" for r in rows
        )


@contextmanager
def odoo_house(
    live: OdooRecords | None,
    service: OdooService = TWO_WORKERS,
    warehouses: Mapping[str, list[str]] | None = None,
    workers: int = 1,
    routes: str = "",
) -> Iterator[OdooHouse]:
    """Before the live Odoo, else before the twin: everything runs, reference data is known.

    `warehouses`: twins that ship the orders, by name; `routes`: the shop's setting that says what
    lies where, when there are several. The environment is as before afterwards.
    """
    environment = dict(os.environ)
    settings = {**SHOP_SETTINGS, "warehouses": routes or ",".join(warehouses or {})}
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        directory = Path(folder)
        try:
            with (
                rehearsal_house(
                    directory,
                    seed=_seed(),
                    settings=settings,
                    live_odoo=live,
                    odoo_arguments=service.arguments(),
                    odoo_settings={} if live else {"workers": str(service.workers)},
                    warehouses=warehouses,
                ) as house,
                Store(house.url, size=4) as store,
            ):
                _know_the_trade(house)
                arm_webhooks(house)
                for number in range(workers):
                    house.start_worker(number)
                first_sweep(house, store, 180)
                yield OdooHouse(house, store)
        finally:
            _restore(environment)
            EmbeddedPostgres(directory / "postgres").remove()


@contextmanager
def two_houses(
    service: OdooService = TWO_WORKERS,
    warehouses: Mapping[str, list[str]] | None = None,
    routes: str = "",
) -> Iterator[tuple[OdooHouse, OdooHouse]]:
    """Two alike before twins, each with a database of its own: one does not inherit the other's."""
    with odoo_house(None, service, warehouses, routes=routes) as first:
        for name in (DATABASE_VARIABLE, HOME_VARIABLE):
            os.environ.pop(name, None)
        with odoo_house(None, service, warehouses, routes=routes) as second:
            yield first, second


def _seed() -> int:
    """Another one for every run: a live Odoo remembers the orders of earlier ones."""
    return secrets.randbelow(1_000_000)


def _restore(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def _know_the_trade(house: House) -> None:
    sold = catalogue(PREFIX, ITEMS, PEOPLE).to_json()
    house.shop.put("catalogue", sold)
    know_the_trade(house, sold["items"], sold["people"])
