"""Orders created and confirmed in Odoo per second under backlog, and the wait of a single one.

The full path with the real connector: webhook → API → apply → deliver → confirmed, one worker
process. Before the twin with a real one's service times, then before the live Odoo that
CROSSDOCK_LIVE_ODOO_URL, _DB and _KEY name. In the same run: two warm clients, one order at a
time, two calls an order.
"""

import statistics
import time
import uuid
from collections.abc import Sequence

from crossdock.rehearsal.bench.load.odoo_clients import one_by_one
from crossdock.rehearsal.bench.load.odoo_house import OdooHouse, live_odoo, odoo_house
from crossdock.rehearsal.bench.pairs import Better, Bounds, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, Result
from crossdock.rehearsal.children import wait_until
from crossdock.rehearsal.odoo_records import OdooRecords

CLIENTS = 2
AIM = Aim(ratio_at_least=2.5)
AIM_IDLE = Aim(at_most=0.4)
TOLERANCE = 2.0
"""We use the processor and the twin sleeps: a machine half as fast can halve the ratio."""
BOUNDS = Bounds(least=1.0)
"""Batches are never slower than one by one."""
PAIR_BACKLOG, PAIR_COMPARED = 30, 14
PATH = f"{CLIENTS} clients one by one, 2 calls an order"
BARE = "1 warm client, 2 calls"
TWIN, LIVE = "Odoo twin", "live Odoo"
RATE = "orders created and confirmed, backlog, {}"
MEDIAN = "idle_latency: webhook to confirmed, median, {}"
LONGEST = "idle_latency: webhook to confirmed, longest, {}"
PAIR_METRIC = f"orders created and confirmed, backlog of {PAIR_BACKLOG}, {TWIN}"
FIGURES = tuple(
    (metric.format(target), baseline)
    for target in (TWIN, LIVE)
    for metric, baseline in ((RATE, PATH), (MEDIAN, BARE), (LONGEST, BARE))
)
COMPARED = ((PAIR_METRIC, PATH),)
WARM_ORDERS = 16
POLL_SECONDS = 0.005
PATIENCE_SECONDS = 180


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order is not confirmed."""
    live = live_odoo()
    return [*_measure(None, short), *(_measure(live, short) if live else ())]


def pairs() -> list[Paired]:
    """Small backlogs before the twin."""
    with odoo_house(None) as house:
        _warm_up(house)
        requests = house.drafts_made(PAIR_COMPARED)
        found = in_turn(
            lambda: _drain(house, PAIR_BACKLOG), lambda: _one_by_one(house, requests, CLIENTS)
        )
    return [Paired("odoo", PAIR_METRIC, "1/s", PATH, Better.HIGHER, TOLERANCE, found, BOUNDS)]


def _measure(live: OdooRecords | None, short: bool) -> list[Result]:
    backlog, singles, compared = (60, 5, 24) if short else (600, 24, 124)
    target = LIVE if live else TWIN
    with odoo_house(live) as house:
        _warm_up(house)
        waits = [_single(house) for _ in range(singles)]
        per_second = _drain(house, backlog)
        requests = house.drafts_made(compared)
        baseline = _one_by_one(house, requests, CLIENTS)
        bare = 1 / _one_by_one(house, requests[: singles + WARM_ORDERS], 1)
    return [
        Result("odoo", RATE.format(target), per_second, "1/s", PATH, baseline, AIM),
        Result("odoo", MEDIAN.format(target), statistics.median(waits), "s", BARE, bare, AIM_IDLE),
        Result("odoo", LONGEST.format(target), max(waits), "s", BARE, bare),
    ]  # fmt: skip


def _warm_up(house: OdooHouse) -> None:
    house.place(WARM_ORDERS)
    house.wait_for(WARM_ORDERS, PATIENCE_SECONDS, every=0.1)


def _single(house: OdooHouse) -> float:
    """Seconds from placing an order at an idle shop until Odoo has confirmed it."""
    done, began = house.confirmed(), time.monotonic()
    house.place(1)
    house.wait_for(done + 1, PATIENCE_SECONDS, every=POLL_SECONDS)
    return time.monotonic() - began


def _drain(house: OdooHouse, backlog: int) -> float:
    """Orders per second, from a backlog of drafts until all are confirmed."""
    done = house.confirmed()
    house.pause(paused=True)
    house.place(backlog)
    wait_until(lambda: len(house.drafts_waiting()) >= backlog, PATIENCE_SECONDS, "the backlog", 0.2)
    since, began = house.store.clock().now(), time.monotonic()
    house.pause(paused=False)
    house.wait_for(done + backlog, PATIENCE_SECONDS, every=0.02)
    seconds = time.monotonic() - began
    if backlog > PAIR_BACKLOG:
        print(f"odoo: {house.calls(since)}")
    return backlog / seconds


def _one_by_one(house: OdooHouse, requests: Sequence[bytes], clients: int) -> float:
    return one_by_one(house.house.odoo, requests, clients, uuid.uuid4().hex[:8])
