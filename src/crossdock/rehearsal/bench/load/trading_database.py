"""A database in which a shop and an Odoo are connected, and what arrives from the shop is kept."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

from crossdock.bootstrap import DATABASE_VARIABLE, build_registry, manifest_of
from crossdock.engine.projections import write_rows
from crossdock.engine.receive import KeptArrival, identify_arrival, keep, wake_apply
from crossdock.engine.registry import Attached
from crossdock.engine.store import Store, Transaction, load_queries
from crossdock.engine.sweep import SQL as SWEEP_SQL
from crossdock.governance.connections import add_company, add_connection
from crossdock.ports.capabilities import Receives
from crossdock.ports.message import Arrival, Source
from crossdock.ports.sweep import ProjectionRow

SQL = load_queries("crossdock.rehearsal.bench", "bench.sql")
SHOP, ODOO = "shop", "odoo"
SHOP_SECRETS = {"BENCH_SHOP_SECRET": "bench-client", "BENCH_SHOP_TOKEN": "shpat_bench"}
ODOO_KEY = "BENCH_ODOO_KEY"
KEPT_AT_ONCE = 200


def worker_environment(url: str) -> dict[str, str]:
    """What a worker process of this database finds in its environment."""
    return {**os.environ, DATABASE_VARIABLE: url}


def connect(
    url: str,
    *,
    odoo: Mapping[str, str],
    odoo_key: str = "twin-key",
    shop: Mapping[str, str] | None = None,
    projections: Mapping[str, Sequence[ProjectionRow]] | None = None,
) -> None:
    """One company with both connections, configured by their settings; projections as swept now.

    The secrets go into this process's environment, which its workers inherit.
    """
    os.environ |= {**SHOP_SECRETS, ODOO_KEY: odoo_key}
    with Store(url, size=2) as store, store.transaction() as tx:
        add_company(tx, 1, "bench", "Benchmark Ltd")
    with Store(url, size=2) as store:
        now = store.clock().now()
        with store.transaction() as tx:
            odoo_id = add_connection(
                tx, manifest_of("odoo"), company_id=1, name=ODOO, now=now, settings=odoo,
                secrets={"key": [f"env:{ODOO_KEY}"]},
            )  # fmt: skip
            add_connection(
                tx, manifest_of("shopify"), company_id=1, name=SHOP, now=now,
                settings={"shop_url": "https://bench.myshopify.com", "erp": ODOO, **(shop or {})},
                secrets={
                    "api_secret": ["env:BENCH_SHOP_SECRET"],
                    "access_token": ["env:BENCH_SHOP_TOKEN"],
                },
            )  # fmt: skip
            for kind, rows in (projections or {}).items():
                _project(tx, odoo_id, kind, rows, now)


def _project(
    tx: Transaction, connection_id: int, kind: str, rows: Sequence[ProjectionRow], now: datetime
) -> None:
    write_rows(tx, connection_id=connection_id, company_id=1, kind=kind, rows=rows, now=now)
    tx.run(
        SWEEP_SQL.ensure_stream, connection_id=connection_id, company_id=1, stream=kind,
        projection=kind, max_age=86_400, interval=300, now=now,
    )  # fmt: skip
    tx.run(SQL.swept_now, connection_id=connection_id, stream=kind, now=now)


class ShopDoor:
    """Keeps webhooks of the shop as the API does, without HTTP in between."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._clock = store.clock()
        self._shop: Attached = build_registry(store).by_name(SHOP)

    def receive(self, arrivals: Iterable[Arrival]) -> int:
        """Keep them all and wake the workers; returns how many were new."""
        rest, count = iter(arrivals), 0
        while chunk := [self._named(a) for a in islice(rest, KEPT_AT_ONCE)]:
            with self._store.transaction() as tx:
                count += keep(tx, chunk, self._clock.now(), wake=False).new
        with self._store.transaction() as tx:
            wake_apply(tx)
        return count

    def _named(self, arrival: Arrival) -> KeptArrival:
        connector = self._shop.connector
        assert isinstance(connector, Receives)
        kept = identify_arrival(
            self._shop.connection, connector, arrival, Source.WEBHOOK, self._shop.manifest.owner
        )
        assert isinstance(kept, KeptArrival)
        return kept
