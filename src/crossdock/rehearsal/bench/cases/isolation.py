"""What one warehouse that hangs costs everybody else (requirement R8: nothing).

Two houses on one machine are alike but for this: in one of them every call to the warehouse
`annex` takes 60 s. Orders are placed in both in turn, a few at a time, each house going first as
often as the other, so that both meet the same moments of the machine: while the calls hang, until
the breaker opens, and afterwards. An annex ships nothing in either house, so that both Odoos have
the same to do.
"""

import math
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

from crossdock.ops.status import ConnectionStatus, read_status
from crossdock.ports.erp import CONFIRM_SALES_ORDER
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER
from crossdock.rehearsal.bench.load.odoo_house import PREFIX, OdooHouse, two_houses
from crossdock.rehearsal.bench.pairs import Better, Bounds, Pair, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result
from crossdock.rehearsal.children import ChildFailed, wait_until
from crossdock.rehearsal.house import ODOO

HALL, ANNEX = "hall", "annex"
ROUTES = f"{ANNEX}={PREFIX}-000*, {HALL}"
"""A third of the goods lie in the annex: most orders have something there."""
WAREHOUSES = {HALL: [], ANNEX: ["--behaviour", '{"wave_seconds": 86400}']}
BASELINE = "all partners healthy"
HANGS = {"kind": "latency", "seconds": 60}
WARM_ORDERS = 8
ORDERS_A_TURN = 2
SHARE = 0.95
AIM = Aim(ratio_at_most=1.1)
TOLERANCE = 2.0
"""One call waited for would make it 30: the connector gives up after 30 s."""
BOUNDS = Bounds(least=0.5, most=1.5)
"""Both houses do the same: what is further from 1 is the machine, or a call waited for.

Two orders a turn are seconds apart by chance: 24 pairs on a quiet machine left 0.7 to 1.06.
"""
PAIR_TURNS = 8
METRICS = {
    "webhook to confirmed in Odoo": (CONFIRM_SALES_ORDER, ODOO),
    "webhook to the other warehouse": (SEND_FULFILMENT_ORDER, HALL),
}
PERCENTILE = "p95, {}, one warehouse hangs"
PAIR_METRIC = "mean, webhook to confirmed in Odoo, one warehouse hangs"
FIGURES = tuple((PERCENTILE.format(metric), BASELINE) for metric in METRICS)
COMPARED = ((PAIR_METRIC, BASELINE),)
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 180


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order is not confirmed, or nobody is told of the outage."""
    turns_afterwards = 15 if short else 90
    with _struck_and_healthy() as (struck, healthy):
        since = healthy.store.clock().now()
        _take_turns(struck, healthy, _until_told(struck))
        _take_turns(struck, healthy, range(turns_afterwards))
        return [
            _compared(metric, *(house.seconds_to(*to, since) for house in (struck, healthy)))
            for metric, to in METRICS.items()
        ]


def pairs() -> list[Paired]:
    """While the calls hang: the two orders of each turn in the one house and in the other."""
    with _struck_and_healthy() as (struck, healthy):
        found = _take_turns(struck, healthy, range(PAIR_TURNS))
    return [Paired("isolation", PAIR_METRIC, "s", BASELINE, Better.LOWER, TOLERANCE, found, BOUNDS)]


@contextmanager
def _struck_and_healthy() -> Iterator[tuple[OdooHouse, OdooHouse]]:
    with two_houses(warehouses=WAREHOUSES, routes=ROUTES) as (struck, healthy):
        for house in (struck, healthy):
            _confirm(house, WARM_ORDERS)
        struck.house.warehouses[ANNEX].put("faults", {"faults": [HANGS]})
        yield struck, healthy


def _until_told(house: OdooHouse) -> Iterator[int]:
    """Counts until `crossdock status` says that the annex is down.

    Raises BenchFailed when it never does.
    """
    began = time.monotonic()
    for number in count():
        if _annex(house).down_since is not None:
            print(f"isolation: {ANNEX} down after {number} turns: {_annex(house).down_reason}")
            return
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise BenchFailed(f"the breaker of the {ANNEX} did not open")
        yield number


def _take_turns(struck: OdooHouse, healthy: OdooHouse, turns: Iterable[int]) -> list[Pair]:
    """Mean seconds to Odoo's confirmation in each turn of both."""
    return in_turn(
        lambda: _confirm(struck, ORDERS_A_TURN), lambda: _confirm(healthy, ORDERS_A_TURN), turns
    )


def _confirm(house: OdooHouse, orders: int) -> float:
    """Place them and wait for Odoo; returns the mean of their seconds."""
    since = house.store.clock().now()
    house.place(orders)
    taken: list[float] = []

    def confirmed() -> bool:
        taken[:] = house.seconds_to(CONFIRM_SALES_ORDER, ODOO, since)
        return len(taken) >= orders

    try:
        wait_until(confirmed, PATIENCE_SECONDS, f"{orders} confirmations", POLL_SECONDS)
    except ChildFailed as error:
        raise BenchFailed(str(error)) from error
    return statistics.fmean(taken)


def _annex(house: OdooHouse) -> ConnectionStatus:
    """As `crossdock status` shows it."""
    with house.store.transaction() as tx:
        found = read_status(tx, house.store.clock().now())
    return next(c for c in found.connections if c.name == ANNEX)


def _compared(metric: str, struck: Sequence[float], healthy: Sequence[float]) -> Result:
    return Result(
        "isolation", PERCENTILE.format(metric), _p95(struck), "ms",
        BASELINE, _p95(healthy), AIM,
    )  # fmt: skip


def _p95(seconds: Sequence[float]) -> float:
    """In milliseconds: the smallest that so many are not above."""
    return sorted(seconds)[math.ceil(SHARE * len(seconds)) - 1] * 1000
