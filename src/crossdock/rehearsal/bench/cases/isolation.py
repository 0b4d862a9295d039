"""What one warehouse that hangs costs everybody else (requirement R8: nothing).

Two houses on one machine are alike but for this: in one of them every call to the warehouse
`annex` takes 60 s. Orders are placed in both in turn, a few at a time, each house going first as
often as the other, so that both meet the same moments of the machine: while the calls hang, until
the breaker opens, and afterwards. An annex ships nothing in either house, so that both Odoos have
the same to do.
"""

import math
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

from crossdock.bootstrap import DATABASE_VARIABLE, HOME_VARIABLE
from crossdock.ops.status import ConnectionStatus, read_status
from crossdock.ports.erp import CONFIRM_SALES_ORDER
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER
from crossdock.rehearsal.bench.load.odoo_house import PREFIX, OdooHouse, odoo_house
from crossdock.rehearsal.bench.result import BenchFailed, Result
from crossdock.rehearsal.children import ChildFailed, wait_until
from crossdock.rehearsal.house import ODOO

HALL, ANNEX = "hall", "annex"
ROUTES = f"{ANNEX}={PREFIX}-000*, {HALL}"
"""A third of the goods lie in the annex: most orders have something there."""
WAREHOUSES = {HALL: [], ANNEX: ["--behaviour", '{"wave_seconds": 86400}']}
HANGS = {"kind": "latency", "seconds": 60}
WARM_ORDERS = 8
ORDERS_A_TURN = 2
SHARE = 0.95
AIM = "ratio at most 1.1"
RATIO_CEILING = 2.0
"""One call waited for would make it 30: the connector gives up after 30 s."""
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 180


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when an order is not confirmed, or nobody is told of the outage."""
    turns_afterwards = 15 if short else 90
    with _two_houses() as (healthy, struck):
        for house in (healthy, struck):
            _confirm(house, WARM_ORDERS)
        struck.house.warehouses[ANNEX].put("faults", {"faults": [HANGS]})
        since = healthy.store.clock().now()
        _take_turns(healthy, struck, _until_told(struck))
        _take_turns(healthy, struck, range(turns_afterwards))
        return [
            _compared(metric, *(house.seconds_to(*to, since) for house in (struck, healthy)))
            for metric, to in {
                "webhook to confirmed in Odoo": (CONFIRM_SALES_ORDER, ODOO),
                "webhook to the other warehouse": (SEND_FULFILMENT_ORDER, HALL),
            }.items()
        ]


@contextmanager
def _two_houses() -> Iterator[tuple[OdooHouse, OdooHouse]]:
    """Each with a database of its own: the second does not inherit the first one's."""
    with odoo_house(None, warehouses=WAREHOUSES, routes=ROUTES) as first:
        for name in (DATABASE_VARIABLE, HOME_VARIABLE):
            os.environ.pop(name, None)
        with odoo_house(None, warehouses=WAREHOUSES, routes=ROUTES) as second:
            yield first, second


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


def _take_turns(one: OdooHouse, other: OdooHouse, numbers: Iterable[int]) -> None:
    for number in numbers:
        for house in (one, other) if number % 2 else (other, one):
            _confirm(house, ORDERS_A_TURN)


def _confirm(house: OdooHouse, orders: int) -> None:
    """Place them and wait for Odoo."""
    since = house.store.clock().now()
    house.place(orders)
    try:
        wait_until(
            lambda: len(house.seconds_to(CONFIRM_SALES_ORDER, ODOO, since)) >= orders,
            PATIENCE_SECONDS, f"{orders} confirmations", POLL_SECONDS,
        )  # fmt: skip
    except ChildFailed as error:
        raise BenchFailed(str(error)) from error


def _annex(house: OdooHouse) -> ConnectionStatus:
    """As `crossdock status` shows it."""
    with house.store.transaction() as tx:
        found = read_status(tx, house.store.clock().now())
    return next(c for c in found.connections if c.name == ANNEX)


def _compared(metric: str, struck: Sequence[float], healthy: Sequence[float]) -> Result:
    return Result(
        "isolation", f"p95, {metric}, one warehouse hangs", _p95(struck), "ms",
        "all partners healthy", _p95(healthy), AIM, ratio_ceiling=RATIO_CEILING,
    )  # fmt: skip


def _p95(seconds: Sequence[float]) -> float:
    """In milliseconds: the smallest that so many are not above."""
    return round(sorted(seconds)[math.ceil(SHARE * len(seconds)) - 1] * 1000, 1)
