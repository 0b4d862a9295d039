"""A whole Crossdock in one process: one shop, one Odoo, two warehouses, receivers and workers."""

import os
from dataclasses import dataclass, field
from functools import partial

from crossdock.api.hooks.door import doors_of
from crossdock.bootstrap import build_registry, manifest_of
from crossdock.connectors.odoo.twin.odoo_twin import DATABASE, KEY, OdooTwin
from crossdock.connectors.shopify.twin.order_factory import PLAIN
from crossdock.connectors.shopify.twin.shop_twin import SECRET, TOKEN, ShopTwin
from crossdock.connectors.shopify.twin.webhooks import SHOP_DOMAIN
from crossdock.connectors.wms.twin import wms_twin
from crossdock.connectors.wms.twin.behaviour import Behaviour
from crossdock.connectors.wms.twin.warehouse_state import Job
from crossdock.connectors.wms.twin.wms_twin import WmsTwin
from crossdock.engine.commit_arrivals import Committer
from crossdock.engine.registry import Registry
from crossdock.engine.stages import WorkerOptions, ensure
from crossdock.engine.store import Store
from crossdock.governance.connections import add_company, add_connection
from crossdock.rehearsal import trading_day
from crossdock.rehearsal.house import ODOO, SHOP, SHOP_PLAN
from crossdock.rehearsal.sim.climates import Climate
from crossdock.rehearsal.sim.database import SQL, empty
from crossdock.rehearsal.sim.faults import Faults
from crossdock.rehearsal.sim.in_process import OdooHere, TwinHere
from crossdock.rehearsal.sim.network import Network, Receiver
from crossdock.rehearsal.sim.scheduler import Scheduler
from crossdock.rehearsal.sim.sessions import Steps
from crossdock.rehearsal.sim.wire import Wire
from crossdock.rehearsal.sim.workers import Workers
from crossdock.testing.twin import Twin

SETTINGS = {
    "unknown_customer": "create", "unknown_ship_to": "create", "total_tolerance": "0.05",
    "warehouses": "annex=LADDER-*, annex=HOSE-*, hall",
}  # fmt: skip
BEHAVIOUR = Behaviour(
    auto=True, short_picks=0.15, split_parcels=0.2, two_shipments=0.25, rejected=0.03
)
WAREHOUSES = ("hall", "annex")
RECEIVERS = 2
ADDRESS = "https://edge.sim"
CATALOGUE_SIZE = 12
COUNTRIES = ("DE", "FR", "NL", "US", "CA")
"""Whose states this Odoo knows: an address of another is refused, which is no fault to study."""
KNOWN_PEOPLE = 4
SECRETS = {
    "SIM_SHOP_SECRET": SECRET, "SIM_SHOP_TOKEN": TOKEN, "SIM_ODOO_KEY": KEY,
    "SIM_WMS_SECRET": wms_twin.SECRET, "SIM_WMS_TOKEN": wms_twin.TOKEN,
}  # fmt: skip


@dataclass(slots=True)
class SimHouse:
    """Everything that a simulation runs. `rehearsal.reckoning` takes it for a house."""

    scheduler: Scheduler
    faults: Faults
    store: Store
    steps: Steps
    climate: Climate
    first: bool = True
    """No other seed was played in this database before."""
    shop_twin: ShopTwin = field(init=False)
    odoo_server: OdooTwin = field(init=False)
    warehouse_twins: dict[str, WmsTwin] = field(init=False)
    wire: Wire = field(init=False)
    network: Network = field(init=False)
    workers: Workers = field(init=False)
    registry: Registry = field(init=False)
    """Of the people and the checks."""
    shop: TwinHere = field(init=False)
    odoo: OdooHere = field(init=False)
    odoo_twin: TwinHere = field(init=False)
    shop_name: str = SHOP
    last_foreign_order: int = 0
    ends: tuple[str, ...] = ("invoiced", "cancelled", "rejected", "taken_by_hand")
    _seen_due: dict[tuple[str, int], object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seed, clock = self.scheduler.seed, self.scheduler.clock
        self.shop_twin = ShopTwin(clock=clock, seed=seed, mixture=PLAIN)
        self.odoo_server = OdooTwin(clock=clock, fault_seed=seed)
        self.warehouse_twins = {
            name: WmsTwin(clock=clock, seed=seed + number, behaviour=BEHAVIOUR)
            for number, name in enumerate(WAREHOUSES)
        }
        self.shop, self.odoo_twin = TwinHere(self.shop_twin), TwinHere(self.odoo_server)
        self.odoo = OdooHere("https://odoo.sim", DATABASE, KEY, twin=self.odoo_server)
        self.wire = Wire(self.scheduler, self.faults, self.twins, self.climate.latency_seconds)
        self.network = Network(self.scheduler, self.faults)
        self.workers = Workers(self.scheduler, self.store, WorkerOptions(public_url=ADDRESS))
        self.shop_twin.webhooks.queue = self.network.send  # type: ignore[method-assign]
        for twin in self.warehouse_twins.values():
            twin.webhooks.queue = self.network.send  # type: ignore[method-assign]
            twin.crew.take = partial(self.floor_takes, twin)  # type: ignore[method-assign]

    @property
    def twins(self) -> dict[str, Twin]:
        """By host name."""
        warehouses = {f"{name}.sim": twin for name, twin in self.warehouse_twins.items()}
        return {
            "twin-supplies.myshopify.com": self.shop_twin,
            "odoo.sim": self.odoo_server,
            **warehouses,
        }

    def prepare(self) -> None:
        """An empty database, connections, reference data, receivers; nobody acts yet."""
        os.environ.update(SECRETS)
        empty(self.store.stepped)
        self._configure()
        catalogue = self.shop.get("catalogue")
        people = [p for p in catalogue["people"] if p["country_code"] in COUNTRIES]
        items = catalogue["items"][:CATALOGUE_SIZE]
        self.shop.put("catalogue", {"items": items, "people": people})
        self.shop.put("shop", {"bucket": SHOP_PLAN})
        trading_day.prepare(self, known_people=KNOWN_PEOPLE)  # type: ignore[arg-type]
        self.registry = build_registry(self.store)
        ensure(self.store, self.registry, self.scheduler.clock.now(), ADDRESS)
        self._open_receivers()
        self._arm()

    def close(self) -> None:
        """End everybody."""
        self.workers.stop = True
        self.scheduler.close()

    def wake_the_due(self) -> None:
        """What notifications do: whoever has something new to do is woken."""
        rows = self.store.stepped.rows(SQL.due, now=self.scheduler.clock.now())
        seen = {(f"crossdock_{r.stage}", r.connection_id): (r.n, r.last) for r in rows}
        for channel, what in seen.items():
            if self._seen_due.get(channel) != what:
                self.scheduler.wake(channel)
        self._seen_due = dict(seen)

    def floor_takes(self, twin: WmsTwin, job: Job) -> None:
        """The next step of a fulfilment order, a while later."""
        seconds = 5 + 40 * self.faults.choose("floor")
        self.scheduler.at(seconds, partial(self._floor_works, twin, job))

    def _floor_works(self, twin: WmsTwin, job: Job) -> None:
        if twin.down or twin.floor.do_next(job):
            self.floor_takes(twin, job)

    def _configure(self) -> None:
        now = self.scheduler.clock.now()
        if self.first:
            with self.store.transaction() as tx:
                add_company(tx, 1, "sim", "Simulated Distribution Ltd")
            # sessions learn their companies when they are opened
            self.store.stepped.forget()
        with self.store.transaction() as tx:
            add = partial(add_connection, tx, company_id=1, now=now)
            add(manifest_of("odoo"), name=ODOO,
                settings={"url": "https://odoo.sim", "database": DATABASE},
                secrets={"key": ["env:SIM_ODOO_KEY"]})  # fmt: skip
            add(manifest_of("shopify"), name=SHOP,
                settings={"shop_url": f"https://{SHOP_DOMAIN}", "erp": ODOO, **SETTINGS},
                secrets={"api_secret": ["env:SIM_SHOP_SECRET"],
                         "access_token": ["env:SIM_SHOP_TOKEN"]})  # fmt: skip
            for name in WAREHOUSES:
                add(manifest_of("wms"), name=name, settings={"url": f"https://{name}.sim"},
                    secrets={"token": ["env:SIM_WMS_TOKEN"],
                             "webhook_secret": ["env:SIM_WMS_SECRET"]})  # fmt: skip

    def _open_receivers(self) -> None:
        for number in range(1, RECEIVERS + 1):
            doors = doors_of(build_registry(self.store))
            committer = Committer(self.store, self.scheduler.clock)
            self.network.receivers.append(Receiver(f"api{number}", doors, committer))

    def _arm(self) -> None:
        for name in (SHOP, *WAREHOUSES):
            connector = self.registry.by_name(name).connector
            connector.maintain(self.scheduler.clock.now(), f"{ADDRESS}/hooks/{name}")  # type: ignore[attr-defined]
