"""Whole workers with their threads: bursts, long calls, deaf ears, faults of ours (R7, T2, T24)."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from crossdock.engine import worker as worker_module
from crossdock.engine.apply import Applier
from crossdock.engine.heartbeat import LONGEST_CALL
from crossdock.engine.pace import CALLS_BEFORE_RAISING, Pace
from crossdock.engine.stages import WorkerOptions
from crossdock.engine.store import Store
from crossdock.engine.watchdog import Watchdog
from crossdock.engine.worker import Worker
from crossdock.ports.effect import Grade, Operation
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

PATIENCE = 60


@pytest.fixture
def live(database: str) -> Iterator[PaperHouse]:
    """A house on the database's own clock."""
    with Store(database, size=16, name="live") as store:
        yield PaperHouse(store, store.clock())


@contextmanager
def working(house: PaperHouse, count: int = 1, **options: Any) -> Iterator[list[Worker]]:
    """Workers with all their threads, stopped at the end of the block."""
    chosen = WorkerOptions(**{"poll_seconds": 0.2, **options})
    workers = [Worker(house.store, house.registry, house.clock, chosen) for _ in range(count)]
    for worker in workers:
        worker.start()
    try:
        yield workers
    finally:
        for worker in workers:
            worker.join(timeout=20)


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        threading.Event().wait(0.02)


def confirmed(house: PaperHouse) -> int:
    return int(house.rows("SELECT count(*) AS n FROM document WHERE status = 'confirmed'")[0].n)


def _wait(event: threading.Event) -> None:
    assert event.wait(PATIENCE)


class Gauge:
    """Counts calls in flight, and keeps each in flight for a moment."""

    def __init__(self, service_seconds: float) -> None:
        self.in_flight = self.most = 0
        self._service, self._lock = service_seconds, threading.Lock()

    def enter(self, operation: str) -> None:
        with self._lock:
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
        threading.Event().wait(self._service)

    def leave(self, operation: str) -> None:
        with self._lock:
            self.in_flight -= 1


def test_a_burst_over_three_workers_never_passes_the_cap(live: PaperHouse) -> None:
    """R7: fifty times the usual load at once; the ERP never sees more than two calls."""
    gauge = Gauge(0.02)
    live.erp.before, live.erp.after = gauge.enter, gauge.leave
    with working(live, 3):
        live.arrive(*[order_body(n) for n in range(1, 251)])
        wait_for(lambda: confirmed(live) == 250, "250 orders confirmed")
        wait_for(lambda: len(live.shop.answers) == 250, "250 answers")
        wait_for(
            lambda: not live.rows("SELECT 1 FROM message WHERE state IN ('waiting', 'working')"),
            "the last outcomes are applied",
        )
    assert gauge.most == 2
    assert len(live.erp.created) == 250
    check_at_rest(live)


def test_a_call_longer_than_its_lease_is_nobody_elses(live: PaperHouse) -> None:
    """T24: a handler slower than its lease; the heartbeat lengthens it, no second run starts."""
    go_on = threading.Event()
    live.erp.before = lambda operation: _wait(go_on)
    lease = timedelta(seconds=1)
    with working(live, 2, lease=lease):
        live.arrive(order_body(1))
        first = "SELECT until, last_sent_at FROM effect WHERE state = 'sending'"
        wait_for(lambda: live.rows(first), "the call began")
        began = live.rows(first)[0]
        wait_for(
            lambda: live.rows(first)[0].until > began.last_sent_at + 4 * lease,
            "four leases went by",
        )
        assert live.erp.calls == [("create_sales_order", 1)]
        go_on.set()
        wait_for(lambda: confirmed(live) == 1, "it went on")
    assert len(live.erp.created) == 1
    (row,) = live.rows("SELECT attempts FROM effect WHERE operation = 'create_sales_order'")
    assert row.attempts == 1
    assert lease < LONGEST_CALL


def test_a_deaf_worker_polls(live: PaperHouse) -> None:
    """T2: its listening session is cut; messages start within the poll's time all the same."""
    with working(live):
        wait_for(
            lambda: live.rows(
                "SELECT 1 FROM pg_stat_activity WHERE application_name = 'live listen'"
            ),
            "it listens",
        )
        with psycopg.connect(live.store.url) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'live listen'"
            )
        live.arrive(order_body(1))
        wait_for(lambda: confirmed(live) == 1, "the order is confirmed")


def test_a_fault_of_ours_ends_no_thread(live: PaperHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception nobody foresaw in a stage or in the watch: logged, and the worker goes on."""
    apply_once, look = Applier.apply_once, Watchdog.look
    faults = {"apply": 2, "watch": 1}

    def faulty_apply(self: Applier) -> int:
        if faults["apply"]:
            faults["apply"] -= 1
            raise ZeroDivisionError("ours")
        return apply_once(self)

    def faulty_look(self: Watchdog) -> Any:
        if faults["watch"]:
            faults["watch"] -= 1
            raise ZeroDivisionError("ours")
        return look(self)

    monkeypatch.setattr(Applier, "apply_once", faulty_apply)
    monkeypatch.setattr(Watchdog, "look", faulty_look)
    with working(live, lease=timedelta(seconds=1)) as (worker,):
        live.arrive(order_body(1))
        wait_for(lambda: confirmed(live) == 1, "the order is confirmed")
        wait_for(lambda: not any(faults.values()), "both faults happened")
        assert all(t.is_alive() for t in worker._threads)


def limit(house: PaperHouse) -> int:
    (row,) = house.rows(
        "SELECT concurrency_limit FROM connection WHERE connection_id = %(c)s",
        c=house.erp.connection.connection_id,
    )
    return int(row.concurrency_limit)


@pytest.mark.parametrize("effects", [1, 20])
def test_the_cap_falls_when_a_system_slows_down_and_comes_back(
    house: PaperHouse, effects: int
) -> None:
    """R7, for single calls and for the batches of a burst alike."""
    pace, operation = Pace(4), Operation("do", Grade.B, batch_max=50)

    def calls(count: int, seconds: float, *, answered: bool = True) -> None:
        for _ in range(count):
            with house.store.transaction() as tx:
                erp = house.erp.connection.connection_id
                pace.learn(tx, erp, operation, effects, seconds, answered=answered)

    calls(60, 0.5)
    assert limit(house) == 4
    calls(2, 5.0)
    assert limit(house) == 2
    calls(40, 0.01, answered=False)
    assert limit(house) == 2, "quick refusals say nothing about the system's speed"
    calls(5, 5.0)
    assert limit(house) == 1, "never below one"
    calls(3 * CALLS_BEFORE_RAISING, 0.5)
    assert limit(house) == 4


def test_a_stream_that_vanished_is_made_anew(
    live: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise P6: whoever deletes a sweep's cursor does not end the sweep."""
    monkeypatch.setattr(worker_module, "ENSURE_SECONDS", 0.1)
    with working(live, lease=timedelta(seconds=1)):
        gone = live.rows("DELETE FROM stream RETURNING stream")
        wait_for(
            lambda: live.rows("SELECT count(*) AS n FROM stream")[0].n == len(gone) > 0,
            "every stream is there again",
        )
