"""A whole deployment on paper: shop, ERP and two warehouses, step by step in the test's thread."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from crossdock.bootstrap import OUTCOME_ROUTES, POSTERS, ROUTES
from crossdock.engine import pace
from crossdock.engine.apply import Applier
from crossdock.engine.clock import Clock
from crossdock.engine.deliver import Deliverer
from crossdock.engine.pace import Pace
from crossdock.engine.projections import write_rows
from crossdock.engine.receive import Kept, KeptArrival, identify_arrival, keep
from crossdock.engine.registry import Registry
from crossdock.engine.resolve import ENGINE_RESOLVERS
from crossdock.engine.store import Store
from crossdock.engine.sweep import SQL as SWEEP_SQL
from crossdock.engine.watchdog import Watchdog
from crossdock.governance.connections import add_connection
from crossdock.governance.crosswalk import CROSSWALK_RESOLVERS
from crossdock.ops.release_hold import release_hold
from crossdock.ops.word import Resolution, Word
from crossdock.ports.capabilities import Connection
from crossdock.ports.erp import ErpOrderSeen
from crossdock.ports.message import Arrival, Source
from crossdock.ports.sweep import ProjectionRow
from tests.support.paper_connectors import ERP, SHOP, PaperErp, PaperShop
from tests.support.paper_warehouse import WMS, PaperWarehouse

RECORDS: dict[str, list[tuple[str, dict[str, str], tuple[str, ...]]]] = {
    "products": [
        ("1", {"name": "Apple"}, ("sku:A-1",)),
        ("2", {"name": "Pear"}, ("sku:B-2",)),
        ("3", {"name": "Cherry"}, ("sku:C-3",)),
        ("9", {"name": "Discount", "type": "service"}, ("sku:DISCOUNT",)),
    ],
    "partners": [("7", {"name": "Anna"}, ("email:anna@example.com", "customer_code:ANNA"))],
    "units": [("1", {"name": "Units"}, ("unit:Units",))],
    "taxes": [],
}


@dataclass(slots=True)
class PaperHouse:
    """Two connections wired to the real engine and processes."""

    store: Store
    clock: Clock
    registry: Registry = field(init=False)
    shop: PaperShop = field(init=False)
    erp: PaperErp = field(init=False)
    wms: PaperWarehouse = field(init=False)
    annex: PaperWarehouse = field(init=False)
    """A second warehouse, with the first one's policies."""
    settings: dict[str, str] = field(default_factory=dict)
    warehouse: dict[str, str] = field(default_factory=dict)
    """Settings of the connection `wms`; it ships only for a shop that names it."""

    def __post_init__(self) -> None:
        now = self.clock.now()
        with self.store.transaction() as tx:
            shop_id = add_connection(
                tx,
                SHOP,
                company_id=1,
                name="shop",
                settings={"erp": "erp", **self.settings},
                secrets={},
                now=now,
            )
            erp_id = add_connection(
                tx, ERP, company_id=1, name="erp", settings={}, secrets={}, now=now
            )
            wms_id = add_connection(
                tx, WMS, company_id=1, name="wms", settings=self.warehouse, secrets={}, now=now
            )
            annex_id = add_connection(
                tx, WMS, company_id=1, name="annex", settings=self.warehouse, secrets={}, now=now
            )
            self._project(tx, erp_id)
        settings = {s.name: s.default or "" for s in SHOP.settings} | {"erp": "erp"} | self.settings
        self.shop = PaperShop(Connection(shop_id, 1, "shop", "paper_shop", settings))
        self.erp = PaperErp(Connection(erp_id, 1, "erp", "paper_erp", {}))
        policies = {s.name: s.default or "" for s in WMS.settings} | self.warehouse
        self.wms = PaperWarehouse(Connection(wms_id, 1, "wms", "paper_wms", policies))
        self.annex = PaperWarehouse(Connection(annex_id, 1, "annex", "paper_wms", policies))
        self.registry = Registry(routes=dict(ROUTES), outcome_routes=dict(OUTCOME_ROUTES))
        self.registry.posters |= POSTERS
        self.registry.resolvers |= {**ENGINE_RESOLVERS, **CROSSWALK_RESOLVERS}
        self.registry.attach(self.shop.connection, self.shop)
        self.registry.attach(self.erp.connection, self.erp)
        self.registry.attach(self.wms.connection, self.wms)
        self.registry.attach(self.annex.connection, self.annex)
        with self.store.transaction() as tx:
            for attached in self.registry.attached.values():
                pace.ensure(tx, attached.connection.connection_id, attached.manifest, 2, now)

    def _project(self, tx: Any, erp_id: int) -> None:
        now = self.clock.now()
        for kind, records in RECORDS.items():
            rows = [ProjectionRow(i, data, keys) for i, data, keys in records]
            write_rows(tx, connection_id=erp_id, company_id=1, kind=kind, rows=rows, now=now)
            tx.run(
                SWEEP_SQL.ensure_stream,
                connection_id=erp_id,
                company_id=1,
                stream=kind,
                projection=kind,
                max_age=3600,
                interval=300,
                now=now,
            )
            tx.run("UPDATE stream SET as_of = %(now)s", now=now)

    def arrive(self, *bodies: dict[str, Any], source: Source = Source.WEBHOOK) -> Kept:
        """Keep webhooks of the shop."""
        arrivals = [Arrival("orders", {}, json.dumps(b, sort_keys=True).encode()) for b in bodies]
        named = [
            identify_arrival(self.shop.connection, self.shop, a, source, "integration")
            for a in arrivals
        ]
        with self.store.transaction() as tx:
            return keep(tx, [n for n in named if isinstance(n, KeptArrival)], self.clock.now())

    def report(self, *facts: dict[str, Any], by: PaperWarehouse | None = None) -> Kept:
        """Keep webhooks of a warehouse, the first one's unless told."""
        warehouse = by or self.wms
        arrivals = [Arrival("events", {}, json.dumps(fact).encode()) for fact in facts]
        named = [
            identify_arrival(warehouse.connection, warehouse, a, Source.WEBHOOK, "warehouse")
            for a in arrivals
        ]
        with self.store.transaction() as tx:
            return keep(tx, [n for n in named if isinstance(n, KeptArrival)], self.clock.now())

    def release(self, *codes: str, as_: Resolution = Resolution.RETRY) -> None:
        """A person releases the open holds with these codes, all of them unless told."""
        sql = "SELECT hold_id, code FROM hold WHERE closed_at IS NULL ORDER BY hold_id"
        word = Word("anna", self.clock.now())
        for row in self.rows(sql):
            if not codes or row.code in codes:
                with self.store.transaction() as tx:
                    release_hold(tx, self.registry, row.hold_id, as_, word)

    def set_policy(self, connection: str, name: str, value: str) -> None:
        """A person changes a setting; every process has it."""
        attached = self.registry.by_name(connection)
        settings = {**attached.connection.settings, name: value}
        changed = replace(attached.connection, settings=settings)
        self.registry.attach(changed, attached.connector)

    def held(self) -> list[str]:
        """Codes of the open holds, oldest first."""
        sql = "SELECT code FROM hold WHERE closed_at IS NULL ORDER BY hold_id"
        return [row.code for row in self.rows(sql)]

    def seen_in_erp(self, work_key: str, seen: ErpOrderSeen) -> None:
        """Keep what a sweep of the ERP saw of an order, and decide about it."""
        body = json.dumps({"work_key": work_key, "seen": json.loads(seen.model_dump_json())})
        arrival = Arrival("sale.order", {}, body.encode())
        named = identify_arrival(
            self.erp.connection, self.erp, arrival, Source.SWEEP, "integration"
        )
        assert isinstance(named, KeptArrival)
        with self.store.transaction() as tx:
            keep(tx, [named], self.clock.now())
        self.applier().apply_once()

    def applier(self, worker: str = "w1", lease: timedelta = timedelta(seconds=30)) -> Applier:
        return Applier(self.store, self.registry, self.clock, worker, lease)

    def deliverer(self, name: str = "erp", worker: str = "w1") -> Deliverer:
        return Deliverer(self.store, self.clock, self.registry.by_name(name), worker, Pace(2))

    def watchdog(self) -> Watchdog:
        return Watchdog(self.store, self.registry, self.clock)

    def settle(self, steps: int = 50) -> None:
        """Apply and deliver until nothing is due."""
        for _ in range(steps):
            if not (
                self.applier().apply_once()
                + self.deliverer("erp").deliver_once()
                + self.deliverer("shop").deliver_once()
                + self.deliverer("wms").deliver_once()
                + self.deliverer("annex").deliver_once()
            ):
                return
        raise AssertionError("it never came to rest")

    def rows(self, statement: str, **parameters: Any) -> Sequence[Any]:
        with self.store.transaction() as tx:
            return tx.rows(statement, **parameters)

    def message_states(self) -> list[str]:
        """Of the shop's messages, in order of arrival."""
        sql = "SELECT state FROM message WHERE source <> 'outcome' ORDER BY message_id"
        return [r.state for r in self.rows(sql)]

    def status(self, number: int = 1) -> str:
        found = self.rows(
            "SELECT status FROM document WHERE work_key = %(k)s", k=f"shop:order:{number}"
        )
        return found[0].status if found else "unknown"
