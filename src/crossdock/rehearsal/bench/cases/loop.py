"""Orders through the whole loop per second: from the webhook to the parcel and the posted invoice.

Against the ceiling that the twin's own service time gives: an Odoo worker spends 60 ms on a call
and 55 ms on each order in it, 8 workers. An order is written five times (draft, confirmation,
delivery, invoice made, invoice posted): in calls of 50 orders that is 5 x (60 / 50 + 55) ms of one
worker.
"""

import time

from crossdock.rehearsal.bench.load.odoo_house import OdooHouse, OdooService, odoo_house
from crossdock.rehearsal.bench.result import Result

WORKERS, CALL, ORDER = 8, 0.06, 0.055
SERVICE = OdooService(WORKERS, CALL, ORDER)
WRITES, BATCH = 5, 50
CEILING = WORKERS / (WRITES * (CALL / BATCH + ORDER))
AIM_SHARE = 0.9
RATIO_FLOOR = 0.4
WARM_ORDERS = 8
PATIENCE_SECONDS = 300


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order does not come to its invoice."""
    orders = 100 if short else 800
    with odoo_house(None, SERVICE, warehouses={"hall": []}, workers=2) as house:
        house.place(WARM_ORDERS)
        house.wait_for(WARM_ORDERS, PATIENCE_SECONDS, 0.1, "invoiced")
        per_second = _through(house, orders)
    ceiling = f"ceiling of the twin: {WORKERS} workers, {WRITES} writes an order"
    return [
        Result("loop", "orders from webhook to invoice", per_second, "1/s", ceiling,
               round(CEILING, 1), f"ratio at least {AIM_SHARE}", RATIO_FLOOR),
    ]  # fmt: skip


def _through(house: OdooHouse, orders: int) -> float:
    since, began = house.store.clock().now(), time.monotonic()
    house.place(orders)
    house.wait_for(WARM_ORDERS + orders, PATIENCE_SECONDS, 0.1, "invoiced")
    seconds = time.monotonic() - began
    print(f"loop: {house.calls(since)}")
    return round(orders / seconds, 2)
