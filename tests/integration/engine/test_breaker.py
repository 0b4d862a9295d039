"""R8: a connection that does not answer is left alone by all: when its breaker opens and closes."""

import random
from datetime import timedelta
from typing import Any

import pytest

from crossdock.engine import breaker, pace
from crossdock.engine.breaker import FAILURES_TO_OPEN, PAUSE_LAST, Verdict
from crossdock.engine.clock import ManualClock
from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotYet,
    RateLimited,
    Rejected,
    Unavailable,
)
from crossdock.ports.manifest import RateBudget
from tests.support.paper_connectors import PaperErp, order_body
from tests.support.paper_house import PaperHouse
from tests.support.silence import MINUTE, down, the_breaker, up

CREATIONS = (
    "SELECT effect_id, state, attempts, strikes, must_probe FROM effect "
    "WHERE operation = 'create_sales_order' ORDER BY effect_id"
)


def waiting(house: PaperHouse) -> list[Any]:
    return list(house.rows(CREATIONS))


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
        raise error.with_traceback(None)  # else it grows with each raise, and its log with it

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
