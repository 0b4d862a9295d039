"""Real threads on one database: promises P2 to P4 hold, and nobody waits in a circle."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from crossdock.domain.model import CanonicalModel
from crossdock.engine.clock import ManualClock
from crossdock.engine.receive import KeptArrival, identify_arrival, keep
from crossdock.engine.store import SerializationConflict, Store
from crossdock.ports.erp import OrderCommand
from crossdock.ports.message import Arrival, Source
from tests.support.invariants import WATCHDOG, check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

ORDERS = 200
T = TypeVar("T")


@pytest.fixture
def roomy(database: str) -> Any:
    with Store(database, size=12, name="crowd") as store:
        yield PaperHouse(store, ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)))


def in_threads(*work: Callable[[], T]) -> list[T]:
    """All at once; what one of them raises is raised here."""
    with ThreadPoolExecutor(len(work)) as pool:
        return [f.result() for f in [pool.submit(w) for w in work]]


def until_idle(
    step: Callable[[], object], busy: Callable[[], bool], failures: Counter[str]
) -> None:
    """Step as a worker's loop does: conflicts are run again and counted."""
    while busy():
        try:
            step()
        except SerializationConflict as error:
            failures[str(error).splitlines()[0]] += 1


def test_four_appliers_four_deliverers_and_a_watchdog(roomy: PaperHouse) -> None:
    """200 orders, each three to five times, two versions and some cancellations, all at once."""
    house, failures = roomy, Counter[str]()
    arrived = threading.Event()
    ended = threading.Event()

    def busy() -> bool:
        return not ended.is_set()

    def watch() -> None:
        while busy():
            house.watchdog().look()
            if arrived.is_set() and not house.rows(
                "SELECT 1 FROM message WHERE state IN ('waiting', 'working') "
                "UNION ALL SELECT 1 FROM effect WHERE state IN ('waiting', 'sending') LIMIT 1"
            ):
                ended.set()

    def send() -> None:
        for start in range(1, ORDERS + 1, 20):
            numbers = range(start, start + 20)
            for _ in range(3):
                house.arrive(*[order_body(n) for n in numbers])
            house.arrive(*[order_body(n, version=2, note="again") for n in numbers])
            cancelled = [order_body(n, version=3, cancelled=True) for n in numbers if n % 10 == 0]
            house.arrive(*cancelled)
        arrived.set()

    appliers = [house.applier(f"a{i}") for i in range(4)]
    deliverers = [house.deliverer(c, f"d{i}") for i, c in enumerate(("erp", "erp", "erp", "shop"))]
    steps = [a.apply_once for a in appliers] + [d.deliver_once for d in deliverers]
    in_threads(send, watch, *[lambda s=s: until_idle(s, busy, failures) for s in steps])
    assert failures.total() == 0, (
        f"apply and deliver meet no deadlock they do not handle: {failures}"
    )
    check_at_rest(house)
    statuses = Counter(r.status for r in house.rows("SELECT status FROM document"))
    assert statuses["confirmed"] + statuses["cancelled"] == ORDERS
    assert len(house.erp.created) == len(house.erp.orders) <= ORDERS


def test_a_key_that_two_transactions_bring_at_once_is_kept_once(roomy: PaperHouse) -> None:
    """T7: a unique index decides, not a look beforehand."""
    house, barrier = roomy, threading.Barrier(8)
    body = order_body(1)

    def race() -> int:
        barrier.wait()
        return house.arrive(body).new

    assert sum(in_threads(*[race] * 8)) == 1
    assert house.message_states() == ["waiting"]
    assert len(house.rows("SELECT 1 FROM delivery")) == 8


def test_two_effects_of_one_key_at_once_are_one(roomy: PaperHouse) -> None:
    """T7 for the outbox: two orders ask for the same new customer in the same instant."""
    house = roomy
    house.shop.connection.settings["unknown_customer"] = "create"  # type: ignore[index]
    house.arrive(*[order_body(n, email="new@example.com") for n in range(1, 9)])
    appliers = [house.applier(f"a{i}") for i in range(8)]
    for applier in appliers:
        applier.batch = 1
    barrier = threading.Barrier(8)

    def race(applier: Any) -> int:
        barrier.wait()
        done: int = applier.apply_once()
        return done

    in_threads(*[lambda a=a: race(a) for a in appliers])
    house.settle()
    assert len(house.rows("SELECT 1 FROM effect WHERE operation = 'create_party'")) == 1
    assert len(house.erp.parties) == 1


def test_one_identity_claimed_by_two_orders_at_once_has_one_owner(roomy: PaperHouse) -> None:
    """T3, T7: the same purchase order by two doors at once; the second queues behind the first."""
    house = roomy
    house.arrive(*[order_body(n, po="PO-7") for n in range(1, 7)])
    appliers = [house.applier(f"a{i}") for i in range(6)]
    for applier in appliers:
        applier.batch = 1
    in_threads(*[a.apply_once for a in appliers])
    house.clock.advance(timedelta(seconds=2))  # type: ignore[attr-defined]
    house.settle()
    assert Counter(house.message_states()) == {"done": 1, "duplicate": 5}
    assert len(house.erp.orders) == 1


def test_batches_of_the_same_keys_in_opposite_order_do_not_meet_in_a_circle(
    roomy: PaperHouse,
) -> None:
    house = roomy
    bodies = [Arrival("orders", {}, json.dumps(order_body(n)).encode()) for n in range(400)]
    named = [
        identify_arrival(house.shop.connection, house.shop, b, Source.WEBHOOK, "x") for b in bodies
    ]
    arrivals = [n for n in named if isinstance(n, KeptArrival)]

    def write(batch: list[KeptArrival]) -> int:
        new = 0
        for start in range(0, 400, 100):
            with house.store.transaction() as tx:
                new += keep(tx, batch[start : start + 100], house.clock.now()).new
        return new

    kept = in_threads(*[lambda b=b: write(b) for b in (arrivals, arrivals[::-1]) * 2])
    assert sum(kept) == 400


def test_the_watchdog_takes_nothing_from_who_claimed_meanwhile(roomy: PaperHouse) -> None:
    """Seen as an orphan, given back by another watchdog, claimed: it is no orphan any more."""
    house = roomy
    house.arrive(order_body(1))
    house.applier("dying")._claim()
    with house.store.transaction() as tx:
        tx.run("DELETE FROM lease")
        seen = [row.message_id for row in tx.rows(WATCHDOG.lock_orphans)]
    assert len(seen) == 1
    assert house.watchdog().look().messages == 1
    assert len(house.applier("next")._claim()) == 1
    with house.store.transaction() as tx:
        assert tx.rows(WATCHDOG.rearm_messages, message_ids=seen, now=house.clock.now()) == []
    assert house.message_states() == ["working"]


def test_an_interactive_effect_goes_before_a_backlog(roomy: PaperHouse) -> None:
    """R7: whoever waits at a screen is served first, within one call."""
    house = roomy
    house.arrive(*[order_body(n) for n in range(1, 121)])
    while house.applier().apply_once():
        pass
    document: CanonicalModel = OrderCommand(external_id="nothing")
    with house.store.transaction() as tx:
        tx.run(
            "INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, "
            "work_key, lane, state, request, created_at, ready_at) "
            "VALUES (1, %(c)s, 'urgent', 'cancel_sales_order', 't', 'w', 0, 'waiting', %(r)s, "
            "%(now)s, %(now)s)",
            c=house.erp.connection.connection_id,
            r=house.erp.prepare("cancel_sales_order", document, {}),
            now=house.clock.now(),
        )
    house.erp.orders["nothing"] = {"state": "draft"}
    house.deliverer("erp").deliver_once()
    assert house.erp.served == ["urgent"]
