"""R8: of a connection that does not answer nobody else notices: other orders, partners, sweeps."""

import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.outcome_policy import STRIKES_MAX
from crossdock.engine.registry import Attached
from crossdock.engine.stages import Stage, WorkerOptions
from crossdock.engine.store import Store
from crossdock.engine.sweep import Sweeper, stream_due_now
from crossdock.engine.worker import Worker
from crossdock.ports.errors import Ambiguous, Unavailable
from crossdock.ports.manifest import Manifest
from crossdock.ports.sweep import SweepPage
from tests.support.paper_connectors import ERP, SHOP, PaperErp, PaperShop, order_body
from tests.support.paper_house import PaperHouse
from tests.support.silence import MINUTE, down, the_breaker, up


class Swept(PaperErp):
    """An ERP that is swept; `before` may refuse."""

    def sweep(self, stream: str, cursor: str | None, now: Any) -> Iterator[SweepPage]:
        self.before("sweep")
        yield SweepPage(cursor or "1", last=True)


def test_sweeps_pause_count_and_try_as_well(house: PaperHouse, clock: ManualClock) -> None:
    erp = Swept(house.erp.connection)
    number = erp.connection.connection_id
    house.registry.attached[number] = Attached(erp.connection, erp)
    house.rows("UPDATE stream SET due_at = %(now)s RETURNING 1", now=clock.now())
    erp.before = down
    sweeper = Sweeper(house.store, house.registry, clock, "w1", chance=random.Random(2))
    swept = [sweeper.sweep_once() for _ in range(4)]
    assert swept == [True] * 4
    clock.advance(timedelta(seconds=5))
    while sweeper.sweep_once() and the_breaker(house).opened_at is None:
        pass
    assert the_breaker(house).opened_at is not None
    house.rows("UPDATE stream SET due_at = %(now)s RETURNING 1", now=clock.now())
    assert not sweeper.sweep_once()
    house.erp.before = up
    house.arrive(order_body(1))
    house.applier().apply_once()
    assert house.deliverer().deliver_once() == 0, "effects pause for what sweeps found"
    clock.advance(MINUTE)
    erp.before = up
    assert sweeper.sweep_once()
    assert the_breaker(house).opened_at is None
    assert house.deliverer().deliver_once() == 1


class Poisoned(PaperErp):
    """Order 1 can never be made."""

    def deliver(self, batch: Any) -> Any:
        if any(json.loads(e.request)["document"].get("reference") == "1" for e in batch):
            self.calls.append((batch[0].operation, len(batch)))
            raise Unavailable("a gateway's page", code="503")
        return super().deliver(batch)


def test_one_that_can_never_pass_holds_up_no_other(seeded: PaperHouse, clock: ManualClock) -> None:
    poisoned(seeded)
    began = clock.now()
    seeded.arrive(order_body(1))
    for _ in range(40):
        seeded.settle()
        clock.advance(timedelta(seconds=5))
    assert the_breaker(seeded).opened_at is not None
    seeded.arrive(*[order_body(n) for n in range(2, 12)])
    for _ in range(15):
        seeded.settle(steps=200)
        clock.advance(timedelta(seconds=5))
    assert len(seeded.erp.orders) == 10
    assert clock.now() - began < timedelta(minutes=6)


def test_one_that_can_never_pass_ends_with_a_person(
    seeded: PaperHouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STRIKES_MAX, Unavailable, 12)
    poisoned(seeded)
    seeded.arrive(order_body(1))
    for number in range(2, 40):
        seeded.arrive(order_body(number))
        for _ in range(6):
            seeded.settle(steps=200)
            clock.advance(MINUTE)
    (bad,) = seeded.rows("SELECT effect_id, state FROM effect WHERE state <> 'done'")
    (asked,) = seeded.rows("SELECT effect_id, kind FROM hold WHERE effect_id IS NOT NULL")
    assert (bad.state, asked.kind, asked.effect_id) == ("dead", "dead", bad.effect_id)


def poisoned(house: PaperHouse) -> None:
    """The house's ERP is one that takes every order but the first."""
    erp = Poisoned(house.erp.connection)
    house.erp = erp
    house.registry.attached[erp.connection.connection_id] = Attached(erp.connection, erp)


def test_a_partner_that_hangs_does_not_slow_the_others(database: str) -> None:
    """R8, with real threads: the ERP hangs on every call, answers to the shop flow on."""
    with Store(database, size=16, name="live") as store:
        house = PaperHouse(store, store.clock())
        released = threading.Event()
        hangs: list[float] = []

        def hang(_operation: str) -> None:
            hangs.append(time.monotonic())
            released.wait(2)
            raise Ambiguous("no reply", code="no_reply")

        house.erp.before = hang
        house.arrive(*[order_body(n) for n in range(1, 11)])
        worker = Worker(store, house.registry, house.clock, WorkerOptions(poll_seconds=0.2))
        worker.start()
        try:
            _until(lambda: hangs)
            bad = [order_body(100 + n, sku="NEW") for n in range(10)]
            house.arrive(*bad)
            _until(lambda: len(house.rows("SELECT 1 FROM hold WHERE code = 'unknown_sku'")) == 10)
            began = time.monotonic()
            _ask_the_shop(house, 40)
            _until(lambda: len(house.shop.answers) == 40)
            assert time.monotonic() - began < 2, "slower than one hanging call"
            assert len(house.erp.orders) == 0
        finally:
            released.set()
            worker.join(timeout=20)


SWEPT_SINCE = "SELECT 1 FROM stream WHERE stream = 'orders' AND as_of >= %(since)s"


class SweptShop(PaperShop):
    """A shop that is swept."""

    def sweep(self, stream: str, cursor: str | None, now: Any) -> Iterator[SweepPage]:
        yield SweepPage(cursor or "1", last=True)

    @property
    def manifest(self) -> Manifest:
        return replace(SHOP, streams=(replace(ERP.streams[0], name="orders", projection=None),))


def test_a_sweep_that_hangs_lets_the_others_go_on(database: str) -> None:
    with Store(database, size=16, name="live") as store:
        house = PaperHouse(store, store.clock())
        erp, shop = Swept(house.erp.connection), SweptShop(house.shop.connection)
        house.registry.attach(erp.connection, erp)
        house.registry.attach(shop.connection, shop)
        hanging, released = threading.Event(), threading.Event()

        def hang(_operation: str) -> None:
            hanging.set()
            released.wait(30)
            down(_operation)

        erp.before = hang
        options = WorkerOptions(stages=[Stage.SWEEP], poll_seconds=0.2)
        worker = Worker(store, house.registry, house.clock, options)
        worker.start()
        try:
            assert hanging.wait(10)
            for _ in range(3):
                since = house.clock.now()
                with store.transaction() as tx:
                    stream_due_now(tx, shop.connection.connection_id, "orders", since)
                _until(lambda since=since: house.rows(SWEPT_SINCE, since=since), seconds=5)
            assert not released.is_set()
        finally:
            released.set()
            worker.join(timeout=20)


def _ask_the_shop(house: PaperHouse, count: int) -> None:
    connection = house.shop.connection
    for n in range(count):
        house.rows(
            "INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, "
            "work_key, lane, state, request, created_at, ready_at) VALUES (1, %(c)s, %(k)s, "
            "'send_order_response', %(k)s, %(k)s, 1, 'waiting', '{}', now(), now()) RETURNING 1",
            c=connection.connection_id, k=f"answer:{n}",
        )  # fmt: skip


def _until(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)
