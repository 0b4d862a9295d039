"""Orders through the whole loop per second: from the webhook to the parcel and the posted invoice.

An order is written five times in Odoo: draft, confirmation, delivery, invoice made, invoice posted.
The twin takes a real one's time for each and has 8 workers; that is the ceiling, and it is measured
in the same run: 8 warm clients write the same orders' drafts and confirmations as batches, one
call each, and two fifths of their pace is what five writes would reach.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from crossdock.rehearsal.bench.load.odoo_clients import in_batches
from crossdock.rehearsal.bench.load.odoo_house import OdooHouse, OdooService, odoo_house
from crossdock.rehearsal.bench.pairs import Better, Bounds, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, Result

WORKERS = 8
SERVICE = OdooService(WORKERS, 0.06, 0.055)
WRITES, WRITES_MEASURED = 5, 2
BATCH, PAIR_BATCH = 50, 6
AIM = Aim(ratio_at_least=0.9)
TOLERANCE = 2.5
"""We use the processor and the twin sleeps: a machine half as fast can halve the ratio."""
BOUNDS = Bounds(least=0.1, most=1.0)
"""So few at a time leave most of the ceiling unused; nothing is above it."""
ORDERS, SHORT_ORDERS, PAIR_ORDERS = 800, 100, 12
WARM_ORDERS = 8
PATIENCE_SECONDS = 300
METRIC = "orders from webhook to invoice"
BASELINE = f"ceiling of the twin: {WORKERS} clients in batches, {WRITES} writes an order"
PAIR_METRIC = f"{METRIC}, {PAIR_ORDERS} at a time"
FIGURES = ((METRIC, BASELINE),)
COMPARED = ((PAIR_METRIC, BASELINE),)


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order does not come to its invoice."""
    orders = SHORT_ORDERS if short else ORDERS
    with _house() as house:
        per_second = _through(house, orders)
        ceiling = _ceiling(house, BATCH)
    return [Result("loop", METRIC, per_second, "1/s", BASELINE, ceiling, AIM)]


def pairs() -> list[Paired]:
    """A few orders at a time: the way of one order counts as much as the pace of many."""
    with _house() as house:
        found = in_turn(lambda: _through(house, PAIR_ORDERS), lambda: _ceiling(house, PAIR_BATCH))
    return [Paired("loop", PAIR_METRIC, "1/s", BASELINE, Better.HIGHER, TOLERANCE, found, BOUNDS)]


@contextmanager
def _house() -> Iterator[OdooHouse]:
    """Two workers, one warehouse; warm."""
    with odoo_house(None, SERVICE, warehouses={"hall": []}, workers=2) as house:
        _through(house, WARM_ORDERS)
        yield house


def _through(house: OdooHouse, orders: int) -> float:
    """Orders per second."""
    done = house.confirmed("invoiced")
    since, began = house.store.clock().now(), time.monotonic()
    house.place(orders)
    house.wait_for(done + orders, PATIENCE_SECONDS, 0.05, "invoiced")
    seconds = time.monotonic() - began
    if orders >= SHORT_ORDERS:
        print(f"loop: {house.calls(since)}")
    return orders / seconds


def _ceiling(house: OdooHouse, batch: int) -> float:
    """Orders per second that the twin could write five times each."""
    requests = house.drafts_made(batch)
    pace = in_batches(house.house.odoo, requests, WORKERS, uuid.uuid4().hex[:8])
    return pace * WRITES_MEASURED / WRITES
