"""A house whose API and three worker stages are processes of their own, each to be killed −9."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from crossdock.bootstrap import DATABASE_VARIABLE, HOME_VARIABLE
from crossdock.engine.stages import Stage
from crossdock.engine.store import Store
from crossdock.rehearsal import trading_day
from crossdock.rehearsal.children import Child, wait_until
from crossdock.rehearsal.house import House, arm_webhooks, rehearsal_house

API = "api"
WAREHOUSE = "hall"
SETTINGS = {
    "unknown_customer": "create", "unknown_ship_to": "create", "total_tolerance": "0.05",
    "warehouses": WAREHOUSE,
}  # fmt: skip
PATIENCE_SECONDS = 75
"""Longer than a lease, for what a killed process had in hand."""
SWEEP_SECONDS = 0.5


@dataclass
class Services:
    """The house, its services by name, and the questions a test asks of it."""

    house: House
    store: Store
    children: dict[str, Child]
    placed: int = 0

    def kill(self, name: str) -> None:
        process = self.children[name].process
        assert process is not None
        process.kill()
        process.wait()

    def start(self, name: str) -> None:
        self.children[name].start()

    def place(self, count: int) -> list[str]:
        """So many orders at the shop; returns their numbers there."""
        self.placed += count
        orders = self.house.shop.post("orders", {"count": count})["orders"]
        return [str(order["id"]) for order in orders]

    def value(self, query: str, **values: Any) -> Any:
        """The only column of the only row."""
        with self.store.transaction() as tx:
            row = tx.row(query, **values)
        assert row is not None
        return row[0]

    def count(self, what: str, **values: Any) -> int:
        """How many rows: `effect WHERE state = 'waiting'`."""
        return int(self.value(f"SELECT count(*) FROM {what}", **values))

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait; raises ChildFailed saying what did not happen."""
        wait_until(condition, PATIENCE_SECONDS, what)

    def invoiced(self, orders: list[str]) -> bool:
        """All of them are shipped and invoiced."""
        query = "document WHERE status = 'invoiced' AND split_part(work_key, ':', -1) = ANY (%(o)s)"
        return self.count(query, o=orders) == len(orders)

    def until_invoiced(self, orders: list[str], *, swept: bool = False) -> None:
        """Wait for it; `swept`: without waiting for the turn of the sweeps."""

        def done() -> bool:
            if swept:
                trading_day.sweep_now(self.store)
            return self.invoiced(orders)

        wait_until(done, PATIENCE_SECONDS, f"the invoices of {orders}", every=SWEEP_SECONDS)

    def at_rest(self) -> bool:
        """Nothing is to be told, decided or sent."""
        shop, hall = self.house.shop, self.house.warehouses[WAREHOUSE]
        return not (
            any(twin.get("webhooks")["pending"] for twin in (shop, hall))
            or any(order["steps_left"] for order in hall.get("orders")["orders"])
            or self.count("message WHERE state IN ('waiting', 'working')")
            or self.count("effect WHERE state IN ('waiting', 'sending')")
        )

    def subscriptions(self) -> list[int]:
        """How many the shop and the warehouse have for us."""
        twins = (self.house.shop, self.house.warehouses[WAREHOUSE])
        return [len(twin.get("webhooks")["subscriptions"]) for twin in twins]

    def until_subscribed(self, wanted: list[int]) -> None:
        """Upkeep, without waiting for its turn, brings them back."""

        def subscribed() -> bool:
            trading_day.sweep_now(self.store)
            return self.subscriptions() == wanted

        wait_until(subscribed, PATIENCE_SECONDS, "the subscriptions", every=SWEEP_SECONDS)

    def until_healthy(self) -> None:
        """The API answers."""

        def healthy() -> bool:
            try:
                return httpx.get(f"{self.house.api_url}/health", timeout=2).is_success
            except httpx.TransportError:
                return False

        self.until(healthy, "the API")

    def until_swept(self) -> None:
        """Every stream has been read from its beginning after now."""
        began = self.store.clock().now()
        trading_day.sweep_now(self.store)
        late = "stream WHERE as_of IS NULL OR as_of < %(began)s"
        self.until(lambda: self.count(late, began=began) == 0, "the sweep")


@contextmanager
def services(directory: Path, database: str) -> Iterator[Services]:
    """Shop, Odoo and one warehouse as twins; API, apply, deliver and sweep as processes.

    Swept once and ready. The environment is as before afterwards.
    """
    given = {DATABASE_VARIABLE: database, HOME_VARIABLE: str(directory)}
    with (
        patch.dict(os.environ, given),
        rehearsal_house(directory, seed=5, settings=SETTINGS, warehouses={WAREHOUSE: []}) as house,
        Store(house.url, size=2, name="test") as store,
    ):
        catalogue = house.shop.get("catalogue")
        trading_day.know_the_trade(house, catalogue["items"], catalogue["people"])
        arm_webhooks(house)
        children = {child.name: child for child in house.children if child.name == API}
        for number, stage in enumerate(Stage):
            command = ["-m", "crossdock.cli", "worker", "--stages", stage]
            if stage is Stage.SWEEP:
                command += ["--public-url", house.api_url]
            children[stage] = house.start_worker(number, command)
        made = Services(house, store, children)
        made.until(lambda: made.count("stream") > house.streams, "streams and upkeep")
        made.until(lambda: made.count("stream WHERE as_of IS NULL") == 0, "the first sweep")
        yield made
