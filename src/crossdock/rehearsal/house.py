"""A whole Crossdock on one machine: PostgreSQL, twins, API, workers; started and ended together."""

import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from crossdock.bootstrap import DATABASE_VARIABLE, HOME_VARIABLE, manifest_of, open_deployment
from crossdock.engine.migrations.runner import migrate, recreate_database
from crossdock.engine.postgres.cluster import EmbeddedPostgres
from crossdock.engine.store import Store
from crossdock.governance.connections import add_company, add_connection
from crossdock.ports.capabilities import Maintains
from crossdock.rehearsal.children import Child, stop_all, wait_until
from crossdock.rehearsal.odoo_records import OdooRecords

SHOP, ODOO = "shop", "odoo"
SHOP_SECRET, SHOP_TOKEN, ODOO_KEY = "twin-client-secret", "shpat_twin", "twin-key"
WAREHOUSE_SECRET, WAREHOUSE_TOKEN = "twin-warehouse-secret", "twin-warehouse-token"
SHOP_PLAN = {"capacity": 20_000, "restore_rate": 1_000}
"""Points of the shop's plan (Plus). The smallest has a tenth: there a shipment a second is much."""
COME_UP_SECONDS = 60


@dataclass(slots=True)
class Twin:
    """A twin process, by its control endpoints."""

    url: str

    def get(self, name: str) -> Any:
        return httpx.get(f"{self.url}/_twin/{name}", timeout=60).raise_for_status().json()

    def put(self, name: str, value: Any) -> Any:
        return (
            httpx.put(f"{self.url}/_twin/{name}", json=value, timeout=60).raise_for_status().json()
        )

    def post(self, name: str, value: Any) -> Any:
        return (
            httpx.post(f"{self.url}/_twin/{name}", json=value, timeout=120)
            .raise_for_status()
            .json()
        )


@dataclass(slots=True)
class House:
    """Everything that runs."""

    directory: Path
    url: str
    shop: Twin
    odoo: OdooRecords
    odoo_twin: Twin | None
    odoo_url: str = ""
    """Where the connector finds Odoo: the server itself, or a proxy before it."""
    shop_name: str = SHOP
    """Name of the shop's connection: part of every external id we make in Odoo."""
    last_foreign_order: int = 0
    """Highest sale order id that was in Odoo before we came."""
    api_url: str = ""
    children: list[Child] = field(default_factory=list)
    workers: list[Child] = field(default_factory=list)
    warehouses: dict[str, Twin] = field(default_factory=dict)
    """By the name of their connections."""

    @property
    def streams(self) -> int:
        """How many streams are swept, all connections together."""
        systems = ["shopify", "odoo", *["wms"] * len(self.warehouses)]
        return sum(len(manifest_of(system).streams) for system in systems)

    @property
    def ends(self) -> tuple[str, ...]:
        """Statuses an order of this house comes to rest in."""
        shipped = "invoiced" if self.warehouses else "confirmed"
        return (shipped, "cancelled", "rejected")

    @property
    def environment(self) -> dict[str, str]:
        return {
            DATABASE_VARIABLE: self.url,
            "CROSSDOCK_SHOP_SECRET": SHOP_SECRET,
            "CROSSDOCK_SHOP_TOKEN": SHOP_TOKEN,
            "CROSSDOCK_ODOO_KEY": self.odoo.key,
            "CROSSDOCK_WAREHOUSE_SECRET": WAREHOUSE_SECRET,
            "CROSSDOCK_WAREHOUSE_TOKEN": WAREHOUSE_TOKEN,
        }

    def start_worker(self, number: int, arguments: list[str] | None = None) -> Child:
        """One more worker process."""
        plain = ["-m", "crossdock.cli.main", "worker"]
        child = Child(
            f"worker-{number}", arguments or plain, self.directory / "log", self.environment
        )
        self.workers.append(child.start())
        return child

    def stop(self) -> None:
        stop_all([*self.workers, *self.children])


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def start_twins(
    directory: Path, *, seed: int, odoo_arguments: list[str] | None = None
) -> tuple[Child, Child]:
    """The shop's and Odoo's twin, each a process of its own."""
    log = directory / "log"
    shop = Child(
        "twin-shop",
        ["-m", "crossdock.connectors.shopify.twin", "--plain", "--seed", str(seed)],
        log,
    )
    odoo = Child(
        "twin-odoo", ["-m", "crossdock.connectors.odoo.twin", *(odoo_arguments or [])], log
    )
    return shop.start(wait_for_line=COME_UP_SECONDS), odoo.start(wait_for_line=COME_UP_SECONDS)


def start_warehouse(directory: Path, name: str, arguments: list[str]) -> Child:
    """A warehouse's twin, a process of its own; it works by itself."""
    command = ["-m", "crossdock.connectors.wms.twin", "--auto", "--token", WAREHOUSE_TOKEN,
               "--secret", WAREHOUSE_SECRET, *arguments]  # fmt: skip
    return Child(f"twin-{name}", command, directory / "log").start(wait_for_line=COME_UP_SECONDS)


@contextmanager
def fresh_database(directory: Path, name: str) -> Iterator[str]:
    """The deployment's database: outside when CROSSDOCK_DATABASE_URL says so, else embedded.

    The embedded one is emptied, so that a rehearsal begins with nothing, and its server is stopped
    at the end unless it ran before; an outside one is used as it is and must be empty.
    """
    given = os.environ.get(DATABASE_VARIABLE)
    if given:
        yield given
        return
    try:
        with EmbeddedPostgres(directory / "postgres") as server:
            yield recreate_database(server.url, name)
    finally:
        os.environ.pop(DATABASE_VARIABLE, None)


def configure(
    house: House, settings: dict[str, str], odoo_settings: dict[str, str] | None = None
) -> None:
    """One company, the shop and Odoo as connections, webhooks armed."""
    os.environ.update(house.environment)
    migrate(house.url)
    with Store(house.url, size=2) as store, store.transaction() as tx:
        add_company(tx, 1, "demo", "Demo Distribution Ltd")
    with Store(house.url, size=2) as store:
        now = store.clock().now()
        with store.transaction() as tx:
            add_connection(
                tx, manifest_of("odoo"), company_id=1, name=ODOO, now=now,
                settings={"url": house.odoo_url or house.odoo.url,
                          "database": house.odoo.database, **(odoo_settings or {})},
                secrets={"key": ["env:CROSSDOCK_ODOO_KEY"]},
            )  # fmt: skip
            add_connection(
                tx, manifest_of("shopify"), company_id=1, name=house.shop_name, now=now,
                settings={"shop_url": house.shop.url, "erp": ODOO, **settings},
                secrets={
                    "api_secret": ["env:CROSSDOCK_SHOP_SECRET"],
                    "access_token": ["env:CROSSDOCK_SHOP_TOKEN"],
                },
            )  # fmt: skip
            for name, twin in house.warehouses.items():
                add_connection(
                    tx, manifest_of("wms"), company_id=1, name=name, now=now,
                    settings={"url": twin.url},
                    secrets={"token": ["env:CROSSDOCK_WAREHOUSE_TOKEN"],
                             "webhook_secret": ["env:CROSSDOCK_WAREHOUSE_SECRET"]},
                )  # fmt: skip


def _last_order(odoo: OdooRecords) -> int:
    ids = [r["id"] for r in odoo.find("sale.order", [], ["id"])]
    return max(ids, default=0)


def start_api(house: House) -> None:
    """The API on a free port of the loopback."""
    port = free_port()
    arguments = ["-m", "crossdock.api.server", "--host", "127.0.0.1", "--port", str(port)]
    api = Child("api", arguments, house.directory / "log", house.environment)
    house.children.append(api.start())
    house.api_url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _healthy(house.api_url), COME_UP_SECONDS, f"the API ({api.log_path})")


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def arm_webhooks(house: House) -> None:
    """Subscribe to events of shop and warehouses by the connectors, as a deployment does."""
    with open_deployment(house.url, size=2) as deployment:
        for name in (house.shop_name, *house.warehouses):
            connector = deployment.registry.by_name(name).connector
            assert isinstance(connector, Maintains)
            connector.maintain(deployment.clock.now(), f"{house.api_url}/hooks/{name}")


@contextmanager
def rehearsal_house(  # noqa: PLR0913 - what differs from one rehearsal to another
    directory: Path,
    *,
    seed: int,
    settings: dict[str, str],
    live_odoo: OdooRecords | None = None,
    odoo_url: str = "",
    shop_name: str = SHOP,
    odoo_arguments: list[str] | None = None,
    odoo_settings: dict[str, str] | None = None,
    warehouses: Mapping[str, list[str]] | None = None,
    database: str = "crossdock_rehearsal",
) -> Iterator[House]:
    """PostgreSQL, twins, API; workers are the caller's to start. Everything ends with the block.

    `warehouses`: by connection name the arguments of their twins.
    """
    shutil.rmtree(directory / "log", ignore_errors=True)
    os.environ.setdefault(HOME_VARIABLE, str(directory))
    with fresh_database(directory, database) as url, ExitStack() as running:
        shop, odoo = start_twins(directory, seed=seed, odoo_arguments=odoo_arguments)
        records = live_odoo or OdooRecords(odoo.first_line, "twin", ODOO_KEY)
        twin = None if live_odoo else Twin(odoo.first_line)
        house = House(directory, url, Twin(shop.first_line), records, twin, odoo_url, shop_name)
        running.callback(house.stop)
        house.children += [shop, odoo]
        for name, more in (warehouses or {}).items():
            child = start_warehouse(directory, name, ["--seed", str(seed), *more])
            house.children.append(child)
            house.warehouses[name] = Twin(child.first_line)
        house.last_foreign_order = _last_order(records)
        house.shop.put("shop", {"bucket": SHOP_PLAN})
        configure(house, settings, odoo_settings)
        start_api(house)
        yield house
