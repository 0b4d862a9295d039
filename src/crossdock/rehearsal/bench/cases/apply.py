"""Orders decided and written with their effects per second (no outside call: backlog drained).

Realistic Shopify webhooks through the real connectors: translated, matched with products,
customers, units and taxes known from projections, the draft's bytes prepared by the Odoo connector.
In one run against one PostgreSQL with fsync on: two workers; one worker; one worker that writes one
order per transaction. Afterwards every order must be accepted, with one draft each.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from decimal import Decimal

from crossdock.connectors.odoo import projections
from crossdock.connectors.shopify.twin.catalogue import Catalogue
from crossdock.connectors.shopify.twin.order_factory import TAX_RATES
from crossdock.engine.store import Store
from crossdock.ports.sweep import ProjectionRow
from crossdock.rehearsal.bench.database import bench_database
from crossdock.rehearsal.bench.load import trade
from crossdock.rehearsal.bench.load.trading_database import (
    SQL,
    ShopDoor,
    connect,
    worker_environment,
)
from crossdock.rehearsal.bench.result import BenchFailed, Result

AIM_PER_SECOND = 1000
RATIO_FLOOR = 4.0
BATCH = 100
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 600
WORKER = [sys.executable, "-m", "crossdock.rehearsal.bench.load.apply_worker"]
FIRST_ID = 1000
"""Of partners and products, as in an Odoo with some history."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How fast a backlog went."""

    per_second: float
    cpu_ms_per_order: float


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order was not accepted."""
    two_count, one_count, alone_count = (2000, 1000, 200) if short else (12_000, 6_000, 1_000)
    sold = trade.catalogue("SKU", items=2000, people=500)
    with bench_database() as url:
        connect(
            url, odoo={"url": "http://127.0.0.1:9", "database": "none"}, projections=_known(sold)
        )
        with Store(url, size=4) as store:
            orders = trade.Orders(sold, "EUR", store.clock().now(), seed=1)
            bench = _Bench(url, store, ShopDoor(store), orders)
            bench.drain(200, workers=2, batch=BATCH)
            two = bench.drain(two_count, workers=2, batch=BATCH)
            one = bench.drain(one_count, workers=1, batch=BATCH)
            alone = bench.drain(alone_count, workers=1, batch=1)
            bench.check()
    metric = "orders decided and written, 2 workers"
    aim = f"at least {AIM_PER_SECOND}"
    return [
        Result("apply", metric, two.per_second, "1/s", "one order per transaction, 1 worker",
               alone.per_second, aim, RATIO_FLOOR),
        Result("apply", metric, two.per_second, "1/s", "1 worker", one.per_second),
        Result("apply", "processor time in Python per order, 2 workers", two.cpu_ms_per_order, "ms",
               "one order per transaction", alone.cpu_ms_per_order),
    ]  # fmt: skip


@dataclass(slots=True)
class _Bench:
    url: str
    store: Store
    door: ShopDoor
    orders: trade.Orders
    kept: int = 0

    def drain(self, count: int, *, workers: int, batch: int) -> Drained:
        """Keep so many orders, then time workers that were ready until none waits."""
        children = [self._worker(batch) for _ in range(workers)]
        try:
            self.kept += self.door.receive(self.orders.arrivals(count))
            began = time.monotonic()
            for child in children:
                _tell(child)
            while self._open():
                if time.monotonic() - began > PATIENCE_SECONDS:
                    raise BenchFailed(f"{count} orders were not applied in {PATIENCE_SECONDS} s")
                time.sleep(POLL_SECONDS)
            seconds = time.monotonic() - began
            for child in children:
                _tell(child)
            cpu = sum(float(c.communicate(timeout=60)[0].splitlines()[-1]) for c in children)
        finally:
            for child in children:
                child.kill()
        return Drained(round(count / seconds, 1), round(cpu / count * 1000, 3))

    def _worker(self, batch: int) -> subprocess.Popen[str]:
        child = subprocess.Popen(  # noqa: S603 - our own worker
            [*WORKER, "--batch", str(batch)], env=worker_environment(self.url),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert child.stdout is not None
        if child.stdout.readline().strip() != "ready":
            raise BenchFailed("a worker did not come up: run it by hand and see what it says")
        return child

    def _open(self) -> bool:
        with self.store.transaction() as tx:
            row = tx.row(SQL.messages_open)
        assert row is not None
        return bool(row.any)

    def check(self) -> None:
        """Every order accepted, one draft each."""
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


def _tell(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def _known(sold: Catalogue) -> dict[str, list[ProjectionRow]]:
    """What the sweeps of an Odoo bring that knows all goods, customers and taxes."""
    services = [{"id": n, "default_code": code, "type": "service"}
                for n, code in enumerate(("SHIPPING", "DISCOUNT", "FEE"), start=1)]  # fmt: skip
    goods = [{"id": FIRST_ID + n, "default_code": item.sku, "type": "consu"}
             for n, item in enumerate(sold.items)]  # fmt: skip
    rates = sorted({Decimal(rate) * 100 for rate in TAX_RATES.values()})
    return {
        "products": [
            projections.product_row(
                {"name": p["default_code"], "barcode": False, "uom_id": 1, "list_price": 10,
                 "taxes_id": [], "sale_ok": True, "active": True, **p}
            ) for p in [*services, *goods]
        ],
        "partners": [
            projections.partner_row(
                {"id": FIRST_ID + n, "name": f"{p.first_name} {p.last_name}", "email": p.email,
                 "ref": False, "vat": False, "phone": False, "parent_id": False, "type": "contact",
                 "street": p.address1, "street2": False, "city": p.city, "zip": p.zip,
                 "active": True}, country=p.country_code, state="",
            ) for n, p in enumerate(sold.people)
        ],
        "units": [
            projections.unit_row(
                {"id": 1, "name": "Units", "relative_factor": 1, "relative_uom_id": False,
                 "active": True}
            )
        ],
        "taxes": [
            projections.tax_row(
                {"id": 2 * n + included, "name": f"{rate} %", "amount": rate, "company_id": 1,
                 "amount_type": "percent", "price_include": included, "active": True}
            ) for n, rate in enumerate(rates, start=1) for included in (False, True)
        ],
    }  # fmt: skip
