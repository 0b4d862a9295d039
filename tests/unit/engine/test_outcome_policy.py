"""R3: a table of 40 errors, each with its class's next step; nothing permanent is ever repeated."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from crossdock.engine.outcome_policy import (
    ATTEMPTS_MAX,
    BACKOFF_LAST,
    Settlement,
    Tried,
    after_unknown,
    backoff,
    settle,
)
from crossdock.ports.effect import Conflicting, Failed, Grade, Observed, Operation
from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotAuthorised,
    NotYet,
    RateLimited,
    Rejected,
    Unavailable,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANCE = random.Random(1)
A, B, C, D, READ = Grade.A, Grade.B, Grade.C, Grade.D, Grade.READ


class Throttled(RateLimited):
    """A connector's own, more exact class: treated as what it is."""


class Maintenance(Unavailable):
    """Likewise."""


def throttled() -> Throttled:
    return Throttled("quota", retry_after=timedelta(seconds=30))


def rate_limited(seconds: float = 2) -> RateLimited:
    return RateLimited("429", retry_after=timedelta(seconds=seconds))


AGAIN, PROBE, PERSON, PROCESS, GIVEN_UP = "again", "probe", "person", "process", "given up"

TABLE: list[tuple[ConnectorError, Grade, int, str]] = [
    # nothing happened there: sent again, whatever the grade
    *((Unavailable("connection refused"), grade, 0, AGAIN) for grade in (A, B, C, D, READ)),
    (Unavailable("503"), B, 98, AGAIN),
    (Unavailable("503"), B, 99, GIVEN_UP),
    (Unavailable("no such host"), D, 99, GIVEN_UP),
    (Maintenance("planned"), B, 98, AGAIN),
    (Maintenance("planned"), B, 99, GIVEN_UP),
    *((rate_limited(), grade, 0, AGAIN) for grade in (A, B, C, D, READ)),
    (rate_limited(86_400), B, 0, AGAIN),
    (rate_limited(), B, 198, AGAIN),
    (rate_limited(), B, 199, GIVEN_UP),
    (throttled(), B, 198, AGAIN),
    (throttled(), B, 199, GIVEN_UP),
    (NotYet("the feed is in progress"), B, 0, AGAIN),
    (NotYet("the feed is in progress"), D, 98, AGAIN),
    (NotYet("the feed is in progress"), B, 99, GIVEN_UP),
    (NotAuthorised("key expired"), B, 0, AGAIN),
    (NotAuthorised("a right is missing"), D, 998, AGAIN),
    (NotAuthorised("key expired"), B, 999, GIVEN_UP),
    # unknown: looked for where looking can tell, else a person's
    (Ambiguous("the reply was lost"), A, 0, PROBE),
    (Ambiguous("the reply was lost"), B, 0, PROBE),
    (Ambiguous("the reply was lost"), C, 0, PROBE),
    (Ambiguous("the reply was lost"), D, 0, PERSON),
    (Ambiguous("the reply was lost"), READ, 0, AGAIN),
    (Ambiguous("time-out"), B, 18, PROBE),
    (Ambiguous("time-out"), B, 19, PERSON),
    (Ambiguous("time-out"), READ, 19, GIVEN_UP),
    (ConnectorError("something"), B, 0, PROBE),
    (ConnectorError("something"), D, 0, PERSON),
    # refused for its content: never again by itself
    *((Rejected("the product is archived"), grade, 0, PROCESS) for grade in (A, B, C, D, READ)),
    (Rejected("no such tax", field="tax", remedy="create it"), B, 50, PROCESS),
]  # fmt: skip


def tried(
    grade: Grade, strikes: int, error: ConnectorError | None = None, attempts: int | None = None
) -> Tried:
    cause = next(
        (
            name
            for kind, name in (
                (Unavailable, "unavailable"),
                (RateLimited, "rate_limited"),
                (NotYet, "not_yet"),
                (NotAuthorised, "not_authorised"),
            )
            if isinstance(error, kind)
        ),
        "ambiguous",
    )
    return Tried(
        Operation("do_it", grade, key_lifetime=timedelta(hours=24)),
        attempts if attempts is not None else strikes + 1,
        NOW - timedelta(minutes=5),
        NOW,
        cause=cause,
        strikes=strikes,
    )


def next_step(settlement: Settlement) -> str:
    if settlement.state == "waiting":
        return PROBE if settlement.must_probe else AGAIN
    return {"held": PERSON, "dead": GIVEN_UP, "rejected": PROCESS}[settlement.state]


def test_the_table_has_forty_errors() -> None:
    assert len(TABLE) >= 40


@pytest.mark.parametrize(("error", "grade", "strikes", "expected"), TABLE)
def test_each_error_has_its_next_step(
    error: ConnectorError, grade: Grade, strikes: int, expected: str
) -> None:
    settlement = settle(tried(grade, strikes, error), Failed("k", error), CHANCE)
    assert next_step(settlement) == expected
    assert settlement.error
    assert error.reason in settlement.error
    if expected in (PERSON, GIVEN_UP):
        assert settlement.hold_kind
        assert "crossdock holds release ID" in settlement.hold_fix
    if expected in (AGAIN, PROBE):
        assert settlement.ready_at is not None
        assert settlement.ready_at >= NOW
        assert settlement.strikes == strikes + 1


@pytest.mark.parametrize(
    "error", [Rejected("no"), Rejected("no", code="unknown_sku", remedy="map")]
)
@pytest.mark.parametrize("grade", list(Grade))
def test_what_is_permanent_is_never_waiting(error: Rejected, grade: Grade) -> None:
    for attempts in range(1, 30):
        settlement = settle(tried(grade, attempts), Failed("k", error), CHANCE)
        assert settlement.state == "rejected"


def test_a_refusal_others_wait_for_is_held() -> None:
    operation = Operation("create_party", B, others_wait=True)
    settlement = settle(
        Tried(operation, 1, NOW, NOW), Failed("k", Rejected("no", remedy="mend it")), CHANCE
    )
    assert (settlement.state, settlement.hold_kind) == ("held", "held")
    assert settlement.hold_fix.startswith("mend it")


def test_what_stands_is_done_and_what_differs_is_a_persons() -> None:
    assert settle(tried(B, 0), Observed("k"), CHANCE).state == "done"
    assert settle(tried(B, 0), Observed("k", adopted=True), CHANCE).adopted
    conflict = settle(tried(B, 0), Conflicting("k", "total 9 against 10"), CHANCE)
    assert (conflict.state, conflict.hold_kind) == ("held", "held")
    assert "total 9 against 10" in (conflict.error or "")


def test_a_forgotten_idempotency_key_is_never_trusted() -> None:
    old = Tried(
        Operation("pay", A, key_lifetime=timedelta(hours=24)), 3, NOW - timedelta(hours=25), NOW
    )
    assert after_unknown(old, "lost", CHANCE).state == "held"
    young = Tried(
        Operation("pay", A, key_lifetime=timedelta(hours=24)), 3, NOW - timedelta(hours=23), NOW
    )
    assert after_unknown(young, "lost", CHANCE).must_probe


def test_grade_c_is_looked_for_only_once_it_has_settled() -> None:
    operation = Operation("create", C, settle=timedelta(minutes=2), timeout=timedelta(seconds=60))
    seen = after_unknown(Tried(operation, 1, NOW, NOW), "lost", CHANCE)
    assert seen.ready_at == NOW + timedelta(minutes=2)
    running = Tried(operation, 1, NOW, NOW, may_run_until=NOW + timedelta(seconds=50))
    assert after_unknown(running, "lost", CHANCE).ready_at == NOW + timedelta(seconds=170)


def test_patience_is_per_kind_and_finite_in_all() -> None:
    """After 90 refusals for pace one outage is no reason to give up; 2000 attempts are."""
    other = Tried(Operation("do", B), 91, NOW, NOW, cause="rate_limited", strikes=90)
    assert settle(other, Failed("k", Unavailable("down")), CHANCE).strikes == 1
    assert settle(
        Tried(Operation("do", B), ATTEMPTS_MAX, NOW, NOW), Failed("k", Unavailable("down")), CHANCE
    ).state == "dead"  # fmt: skip
    assert (
        after_unknown(Tried(Operation("do", B), ATTEMPTS_MAX, NOW, NOW), "lost", CHANCE).state
        == "held"
    )


def test_backoff_grows_with_jitter_to_its_last() -> None:
    pauses = [backoff(n, CHANCE) for n in range(1, 60)]
    assert timedelta(seconds=0.25) <= pauses[0] <= timedelta(seconds=0.5)
    assert all(p <= BACKOFF_LAST for p in pauses)
    assert all(p >= BACKOFF_LAST / 2 for p in pauses[20:])
    assert len(set(pauses[20:])) > 30, "without jitter a thousand effects would come back at once"
