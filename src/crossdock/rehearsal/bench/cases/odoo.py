"""Orders created and confirmed in Odoo per second under backlog, and the wait of a single one.

The full path with the real connector: webhook → API → apply → deliver → confirmed, one worker
process. Before the twin with a real one's service times, then before the live Odoo that
CROSSDOCK_LIVE_ODOO_URL, _DB and _KEY name. In the same run: two warm clients, one order at a
time, two calls an order.
"""

import statistics
import time
import uuid

from crossdock.rehearsal.bench.load.odoo_clients import one_by_one
from crossdock.rehearsal.bench.load.odoo_house import OdooHouse, live_odoo, odoo_house
from crossdock.rehearsal.bench.result import Result
from crossdock.rehearsal.children import wait_until
from crossdock.rehearsal.odoo_records import OdooRecords

AIM_RATIO = 2.5
RATIO_FLOOR = 1.3
AIM_IDLE_SECONDS = 0.4
CLIENTS = 2
WARM_ORDERS = 12
POLL_SECONDS = 0.005
PATIENCE_SECONDS = 180


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order is not confirmed."""
    live = live_odoo()
    return [*_measure(None, short), *(_measure(live, short) if live else ())]


def _measure(live: OdooRecords | None, short: bool) -> list[Result]:
    backlog, singles, compared = (60, 5, 24) if short else (600, 24, 124)
    target = "live Odoo" if live else "Odoo twin"
    with odoo_house(live) as house:
        done = _warm_up(house)
        waits = [_single(house, done + n + 1) for n in range(singles)]
        done += singles
        house.pause(paused=True)
        house.place(backlog)
        wait_until(
            lambda: len(house.drafts_waiting()) >= backlog, PATIENCE_SECONDS, "the backlog", 0.2
        )
        requests = house.drafts_waiting()[:compared]
        baseline = one_by_one(house.house.odoo, requests, CLIENTS, uuid.uuid4().hex[:8])
        per_second = _drain(house, done, backlog)
    path = f"{CLIENTS} clients one by one, 2 calls an order"
    return [
        Result("odoo", f"orders created and confirmed, backlog, {target}", per_second, "1/s", path,
               baseline, f"ratio at least {AIM_RATIO}", RATIO_FLOOR),
        Result("odoo", f"idle_latency: webhook to confirmed, median, {target}",
               round(statistics.median(waits), 3), "s", aim=f"at most {AIM_IDLE_SECONDS}"),
        Result("odoo", f"idle_latency: webhook to confirmed, longest, {target}",
               round(max(waits), 3), "s"),
    ]  # fmt: skip


def _warm_up(house: OdooHouse) -> int:
    house.place(WARM_ORDERS)
    house.wait_for(WARM_ORDERS, PATIENCE_SECONDS, every=0.1)
    return WARM_ORDERS


def _single(house: OdooHouse, count: int) -> float:
    """Seconds from placing an order at an idle shop until Odoo has confirmed it."""
    began = time.monotonic()
    house.place(1)
    house.wait_for(count, PATIENCE_SECONDS, every=POLL_SECONDS)
    return time.monotonic() - began


def _drain(house: OdooHouse, done: int, backlog: int) -> float:
    since, began = house.store.clock().now(), time.monotonic()
    house.pause(paused=False)
    house.wait_for(done + backlog, PATIENCE_SECONDS, every=0.1)
    seconds = time.monotonic() - began
    print(f"odoo: {house.calls(since)}")
    return round(backlog / seconds, 2)
