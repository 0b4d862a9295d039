"""R8: a connection that does not answer is left alone by all, and nobody else notices."""

import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crossdock.engine import breaker, pace
from crossdock.engine.breaker import FAILURES_TO_OPEN, PAUSE_LAST, Verdict
from crossdock.engine.clock import ManualClock
from crossdock.engine.deliver import Deliverer
from crossdock.engine.outcome_policy import STRIKES_MAX
from crossdock.engine.pace import Pace
from crossdock.engine.registry import Attached
from crossdock.engine.stages import Stage, WorkerOptions
from crossdock.engine.store import Store
from crossdock.engine.sweep import Sweeper, stream_due_now
from crossdock.engine.worker import Worker
from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotYet,
    RateLimited,
    Rejected,
    Unavailable,
)
from crossdock.ports.manifest import Manifest, RateBudget
from crossdock.ports.sweep import SweepPage
from tests.support.paper_connectors import ERP, SHOP, PaperErp, PaperShop, order_body
from tests.support.paper_house import PaperHouse

MINUTE = timedelta(minutes=1)


def down(_operation: str) -> None:
    raise Unavailable("connection refused")


def up(_operation: str) -> None:
    """It answers."""


BREAKER = "SELECT b.* FROM breaker b JOIN connection USING (connection_id) WHERE name = 'erp'"
CREATIONS = (
    "SELECT effect_id, state, attempts, strikes, must_probe FROM effect "
    "WHERE operation = 'create_sales_order' ORDER BY effect_id"
)


def the_breaker(house: PaperHouse) -> Any:
    found = house.rows(BREAKER)
    return found[0] if found else None


def waiting(house: PaperHouse) -> list[Any]:
    return list(house.rows(CREATIONS))


@pytest.fixture
def seeded(house: PaperHouse, monkeypatch: pytest.MonkeyPatch) -> PaperHouse:
    """A house whose deliverers draw their jitter from one seed, and send one effect a call."""
    chance = random.Random(3)

    def deliverer(self: PaperHouse, name: str = "erp", worker: str = "w1") -> Deliverer:
        slow = Pace(2, {("create_sales_order", True): 10.0})
        attached = self.registry.by_name(name)
        return Deliverer(self.store, self.clock, attached, worker, slow, chance=chance)

    monkeypatch.setattr(PaperHouse, "deliverer", deliverer)
    return house


def open_it(house: PaperHouse, orders: int = 20) -> None:
    house.erp.before = down
    house.arrive(*[order_body(n) for n in range(1, orders + 1)])
    house.settle()
    assert the_breaker(house).opened_at is not None


def test_it_opens_after_so_many_silent_calls_and_costs_the_rest_nothing(
    seeded: PaperHouse,
) -> None:
    open_it(seeded)
    assert len(seeded.erp.calls) == FAILURES_TO_OPEN
    assert [e.attempts for e in waiting(seeded)] == [1] * 5 + [0] * 15
    before = waiting(seeded)
    seeded.settle()
    assert waiting(seeded) == before
    assert len(seeded.erp.calls) == FAILURES_TO_OPEN


def test_one_call_tries_it_after_each_pause_and_the_pauses_grow_to_a_minute(
    seeded: PaperHouse, clock: ManualClock
) -> None:
    open_it(seeded)
    pauses = []
    for calls in range(6, 26):
        pause = the_breaker(seeded).probe_at - clock.now()
        pauses.append(pause)
        clock.advance(pause - timedelta(milliseconds=1))
        seeded.settle()
        assert len(seeded.erp.calls) == calls - 1
        clock.advance(timedelta(milliseconds=1))
        seeded.settle()
        assert seeded.erp.calls[-1][1] == 1
        assert len(seeded.erp.calls) == calls
    assert max(pauses) <= PAUSE_LAST
    assert min(pauses[8:]) >= PAUSE_LAST / 2
    assert len(set(pauses[8:])) > 5, "jitter"
    assert max(e.strikes for e in waiting(seeded)) == 1, "an outage is no strike"


def test_two_workers_never_try_it_at_once(seeded: PaperHouse, clock: ManualClock) -> None:
    open_it(seeded)
    clock.advance(MINUTE)
    during: list[int] = []

    def meanwhile(operation: str) -> None:
        during.append(seeded.deliverer(worker="other").deliver_once())
        clock.advance(timedelta(seconds=60))
        during.append(seeded.deliverer(worker="other").deliver_once())
        down(operation)

    seeded.erp.before = meanwhile
    assert seeded.deliverer().deliver_once() == 1
    assert during == [0, 0]


def test_of_two_who_see_that_a_try_is_due_one_gets_it(house: PaperHouse) -> None:
    attached, now = house.registry.by_name("erp"), house.clock.now()
    number = attached.connection.connection_id
    with house.store.transaction() as tx:
        assert not breaker.begin_probe(tx, number, now + MINUTE, now), "it is closed"
        for _ in range(FAILURES_TO_OPEN):
            breaker.failed(tx, attached, "x", now, random.Random(1), probing=False)
        assert not breaker.begin_probe(tx, number, now + MINUTE, now), "too early"
        later = now + MINUTE
        tries = [breaker.begin_probe(tx, number, later + MINUTE, later) for _ in range(3)]
    assert tries == [True, False, False]


def test_looking_at_an_open_breaker_costs_no_budget(seeded: PaperHouse) -> None:
    seeded.erp.rate_budget = RateBudget(capacity=100, tokens_per_second=0)
    number = seeded.erp.connection.connection_id
    with seeded.store.transaction() as tx:
        pace.ensure(tx, number, seeded.erp.manifest, 2, seeded.clock.now())
    open_it(seeded)
    for _ in range(10):
        seeded.settle()
    (bucket,) = seeded.rows("SELECT tokens FROM rate_bucket")
    assert bucket.tokens == 100 - FAILURES_TO_OPEN


def test_it_closes_on_the_first_answer_and_everything_flows(
    seeded: PaperHouse, clock: ManualClock
) -> None:
    open_it(seeded)
    seeded.erp.before = up
    clock.advance(MINUTE)
    seeded.settle(steps=200)
    found = the_breaker(seeded)
    assert (found.opened_at, found.failures, found.probes) == (None, 0, 0)
    assert len(seeded.erp.orders) == 20
    assert len(seeded.erp.created) == 20


def test_unknown_outcomes_count_and_are_probed_before_anything_is_sent_again(
    seeded: PaperHouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_operation: str) -> None:
        raise Ambiguous("no reply within 60 s", code="no_reply")

    def deaf(_self: PaperErp, _batch: Any) -> Any:
        raise Unavailable("connection refused")

    seeded.erp.after = lost
    with monkeypatch.context() as patched:
        patched.setattr(PaperErp, "probe", deaf)
        seeded.arrive(*[order_body(n) for n in range(1, 5)])
        for _ in range(30):
            seeded.settle()
            clock.advance(MINUTE)
    assert the_breaker(seeded).opened_at is not None
    assert {e.state for e in waiting(seeded)} == {"waiting"}
    assert sum(e.must_probe for e in waiting(seeded)) >= 1
    seeded.erp.after = up
    clock.advance(MINUTE)
    seeded.settle(steps=100)
    assert len(seeded.erp.orders) == 4
    assert len(seeded.erp.created) == 4, "each was found, none was sent again"


@pytest.mark.parametrize(
    "error",
    [
        Rejected("archived"),
        NotYet("locked"),
        RateLimited("slow down", retry_after=timedelta(seconds=1)),
        Unavailable("rolled back", code="serialization"),
        Unavailable("another goes first", code="not_sent"),
        Ambiguous("the job is not done"),
        Ambiguous("the reply is malformed", code="malformed"),
        Ambiguous("it failed inside", code="500"),
        RuntimeError("a fault of ours"),
    ],
)
def test_what_concerns_one_effect_never_opens_it(
    seeded: PaperHouse, clock: ManualClock, error: Exception
) -> None:
    def refuse(_operation: str) -> None:
        raise error

    seeded.erp.before = refuse
    seeded.arrive(*[order_body(n) for n in range(1, 9)])
    for _ in range(10):
        seeded.settle(steps=200)
        clock.advance(timedelta(seconds=20))
    assert len(seeded.erp.calls) > FAILURES_TO_OPEN
    assert the_breaker(seeded) is None or the_breaker(seeded).opened_at is None


def test_an_answer_in_between_starts_the_count_anew(house: PaperHouse) -> None:
    attached = house.registry.by_name("erp")
    chance, now = random.Random(1), house.clock.now()
    with house.store.transaction() as tx:
        for _ in range(FAILURES_TO_OPEN - 1):
            assert not breaker.failed(tx, attached, "x", now, chance, probing=False)
        breaker.answered(tx, attached, now)
        for _ in range(FAILURES_TO_OPEN - 1):
            assert not breaker.failed(tx, attached, "x", now, chance, probing=False)
        assert breaker.failed(tx, attached, "x", now, chance, probing=False)


def test_a_long_outage_is_a_persons_once(seeded: PaperHouse, clock: ManualClock) -> None:
    open_it(seeded)

    def asked() -> list[Any]:
        return list(seeded.rows("SELECT hold_id, closed_at, resolution FROM hold "
                                "WHERE code = 'unreachable' ORDER BY hold_id"))  # fmt: skip

    for _ in range(14):
        clock.advance(MINUTE)
        seeded.settle()
    assert asked() == []
    for _ in range(30):
        clock.advance(MINUTE)
        seeded.settle()
    assert [h.closed_at for h in asked()] == [None]
    seeded.rows("UPDATE hold SET closed_at = now(), resolution = 'seen' RETURNING 1")
    for _ in range(5):
        clock.advance(MINUTE)
        seeded.settle()
    assert len(asked()) == 1, "once per opening"
    seeded.erp.before = up
    clock.advance(MINUTE)
    seeded.settle(steps=200)
    open_it(seeded, 25)
    for _ in range(20):
        clock.advance(MINUTE)
        seeded.settle()
    assert len(asked()) == 2
    seeded.erp.before = up
    clock.advance(MINUTE)
    seeded.settle(steps=200)
    assert asked()[1].resolution == "it answers again"


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


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unavailable("connection refused"), Verdict.SILENT),
        (Unavailable("connection refused", code="not_reached"), Verdict.SILENT),
        (Ambiguous("no reply", code="no_reply"), Verdict.SILENT),
        (Ambiguous("a gateway's page", code="502"), Verdict.SILENT),
        (Unavailable("a gateway's page", code="503"), Verdict.SILENT),
        (Ambiguous("a gateway's page", code="504"), Verdict.SILENT),
        (Unavailable("a conflict", code="serialization"), Verdict.ANSWERS),
        (RateLimited("slow", retry_after=MINUTE), Verdict.ANSWERS),
        (NotYet("locked"), Verdict.ANSWERS),
        (Rejected("no"), Verdict.ANSWERS),
        (Ambiguous("the job is not done"), Verdict.UNCLEAR),
        (Ambiguous("it failed inside", code="500"), Verdict.UNCLEAR),
        (Ambiguous("malformed", code="malformed"), Verdict.UNCLEAR),
        (Unavailable("malformed", code="malformed"), Verdict.UNCLEAR),
        (Unavailable("another goes first", code="not_sent"), Verdict.UNCLEAR),
        (Ambiguous("the connector failed", code="connector_crashed"), Verdict.UNCLEAR),
    ],
)
def test_verdicts(error: ConnectorError, expected: Verdict) -> None:
    assert breaker.verdict_of(error) is expected


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


def test_each_try_of_a_silent_connection_is_anothers(
    seeded: PaperHouse, clock: ManualClock
) -> None:
    open_it(seeded)
    for _ in range(15):
        clock.advance(MINUTE)
        seeded.settle()
    assert [e.attempts for e in waiting(seeded)] == [1] * 20
    clock.advance(MINUTE)
    seeded.settle()
    assert sorted(e.attempts for e in waiting(seeded)) == [1] * 19 + [2]


@pytest.mark.parametrize(
    "error", [Ambiguous("malformed", code="malformed"), RuntimeError("a fault of ours")]
)
def test_a_try_that_tells_nothing_is_followed_by_anothers_at_once(
    seeded: PaperHouse, clock: ManualClock, error: Exception
) -> None:
    open_it(seeded)
    calls = len(seeded.erp.calls)

    def unclear(_operation: str) -> None:
        seeded.erp.before = up
        raise error

    seeded.erp.before = unclear
    clock.advance(MINUTE)
    seeded.settle(steps=200)
    assert len(seeded.erp.calls) > calls + 1
    assert the_breaker(seeded).opened_at is None
    assert len(seeded.erp.orders) >= 19


def poisoned(house: PaperHouse) -> None:
    """The house's ERP is one that takes every order but the first."""
    erp = Poisoned(house.erp.connection)
    house.erp = erp
    house.registry.attached[erp.connection.connection_id] = Attached(erp.connection, erp)


def test_verdicts_of_errors_that_wrap_others() -> None:
    for cause, expected in (
        (Unavailable("down"), Verdict.SILENT),
        (RateLimited("slow", retry_after=MINUTE), Verdict.ANSWERS),
        (Rejected("no"), Verdict.ANSWERS),
    ):
        wrapped = Ambiguous("the probe failed", code="probe_failed")
        wrapped.__cause__ = cause
        assert breaker.verdict_of(wrapped) is expected
    assert breaker.verdict([]) is Verdict.UNCLEAR


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
