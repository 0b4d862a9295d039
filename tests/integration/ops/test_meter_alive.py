"""The meter itself: its canaries, and its death."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from crossdock.api.metrics import backlog_gauges
from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Transaction
from crossdock.ops import close_account
from crossdock.ops.close import close_day, scope_of
from crossdock.ops.close_account import Scope
from crossdock.ops.daily_close import DailyClose
from crossdock.ops.loss import canary_inside, gaps
from crossdock.ops.loss.vital_signs import CLOSE_AFTER_AT_MOST, GRACE, VitalSigns, read_vital_signs
from crossdock.ops.reconciliation.compare_books import compare_books
from crossdock.ops.reconciliation.comparison import Comparison
from crossdock.ops.status import read_status
from crossdock.ops.word import Word
from crossdock.ports.listing import Listed
from tests.support.closing_house import DAY, HOUR, ONE, as_owner, nights, runs
from tests.support.listing_house import ListingHouse


def test_a_meter_that_finds_nothing_is_dead(trade: ListingHouse, closed_at: ManualClock) -> None:
    """The comparing half drops what it does not know: the planted document goes with it."""
    trade.place(1)
    word = Word("anna", closed_at.now())

    def blind(tx: Transaction, lists: Mapping[str, Sequence[Listed]], scope: Scope) -> Comparison:
        found = compare_books(tx, lists, scope)
        return Comparison([pair for pair in found.pairs if pair.order is not None])

    scope = scope_of(trade.house.registry, 1, DAY, "", closed_at.now())
    close = close_day(trade.house.store, scope, word, blind).close
    assert {(d.kind, d.connection) for d in close.differences} == {
        ("meter_dead", name) for name in ("shop", "erp", "wms", "annex")
    }
    assert not any(s.signed or s.meter_alive for s in close.statements)
    assert trade.close().close.clean


def test_a_meter_that_overlooks_its_own_arrival_is_dead(
    trade: ListingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary_inside, "read_unaccounted", lambda _tx, _scope, _keys=None: [])
    close = trade.close().close
    assert {d.kind for d in close.differences} == {"meter_dead"}
    assert not any(s.signed for s in close.statements)


def test_canaries_leave_nothing_behind(trade: ListingHouse) -> None:
    trade.place(1)
    before = trade.house.rows("SELECT count(*) AS n FROM delivery")[0].n
    close = trade.close().close
    assert trade.house.rows("SELECT count(*) AS n FROM delivery")[0].n == before
    assert "canary" not in str(close)
    assert all("canary" not in one.key for s in trade.systems.values() for one in s.sought)


def test_the_death_of_the_meter_is_reported(trade: ListingHouse, closed_at: ManualClock) -> None:
    def deaths() -> list[str]:
        with trade.house.store.transaction() as tx:
            status = read_status(tx, closed_at.now())
        assert [s.connection for s in status.meter if s.dead] == [
            t.partition(":")[0] for t in status.troubles if "not signed" in t
        ]
        return [s.connection for s in status.meter if s.dead]

    assert deaths() == [], "a connection owes nothing before its first day has ended"
    chore = nights(trade, 2)
    closed_at.advance(GRACE)
    assert deaths() == []
    closed_at.advance(ONE - GRACE)
    assert deaths() == [], "one period, and the time of grace"
    closed_at.advance(GRACE)
    assert deaths() == ["annex", "erp", "shop", "wms"]
    nights(trade, 1, chore)
    assert deaths() == []


def test_a_close_that_is_not_signed_keeps_nobody_alive(
    trade: ListingHouse, database: str, closed_at: ManualClock
) -> None:
    trade.place(1)
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    nights(trade, 1)
    closed_at.advance(GRACE)
    with trade.house.store.transaction() as tx:
        signs = read_vital_signs(tx, closed_at.now())
    assert [(s.connection, s.signed) for s in signs if s.dead] == [("shop", None)]
    assert f"crossdock close --date {DAY}" in next(s.words for s in signs if s.dead)


def test_a_close_in_time_is_no_death() -> None:
    assert CLOSE_AFTER_AT_MOST < GRACE


BRANCHES = [*canary_inside.CONTRADICTIONS, "hold_gone", "unmoved"]


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_meter_that_overlooks_one_kind_of_contradiction_is_dead(
    trade: ListingHouse, monkeypatch: pytest.MonkeyPatch, branch: str
) -> None:
    """Each reading without its answer about one of the planted losses."""
    read_gaps, read_open = gaps.read_gaps, close_account.read_open
    monkeypatch.setattr(
        canary_inside, "read_gaps",
        lambda *given: [r for r in read_gaps(*given) if not r.work_key.endswith(f":{branch}")],
    )  # fmt: skip
    monkeypatch.setattr(
        canary_inside,
        "read_open",
        lambda *given: [] if branch == "hold_gone" else read_open(*given),
    )
    if branch == "unmoved":
        monkeypatch.setattr(canary_inside, "read_unmoved", lambda *_given: [])
    close = trade.close().close
    assert {d.connection for d in close.differences if d.kind == "meter_dead"} == set(trade.systems)
    assert all(branch in d.ours for d in close.differences)


def signs_of(trade: ListingHouse, connection: str) -> VitalSigns:
    with trade.house.store.transaction() as tx:
        found = read_vital_signs(tx, trade.house.clock.now())
    return next(s for s in found if s.connection == connection)


def test_half_a_day_keeps_nobody_alive(trade: ListingHouse, closed_at: ManualClock) -> None:
    trade.place(1)
    assert trade.close().close.clean
    closed_at.advance(ONE + GRACE + HOUR)
    assert signs_of(trade, "shop").signed is None
    assert signs_of(trade, "shop").dead
    assert not trade.close(DAY).repeated, "what was found before the day had ended is no proof"
    assert signs_of(trade, "shop").signed == DAY


def test_a_signature_that_was_withdrawn_keeps_nobody_alive(
    trade: ListingHouse, closed_at: ManualClock, database: str
) -> None:
    trade.place(1)
    nights(trade, 1)
    closed_at.advance(GRACE)
    assert not signs_of(trade, "shop").dead
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    trade.close(DAY)
    assert (signs_of(trade, "shop").signed, signs_of(trade, "shop").dead) == (None, True)
    assert not signs_of(trade, "erp").dead


def test_a_day_that_nobody_closed_is_reported_though_later_ones_were(
    trade: ListingHouse, closed_at: ManualClock
) -> None:
    chore = DailyClose()
    chore._left_alone[1, DAY] = closed_at.now() + 30 * ONE
    nights(trade, 3, chore)
    closed_at.advance(GRACE)
    signs = signs_of(trade, "shop")
    assert (signs.dead, signs.signed, signs.skipped) == (True, DAY + 2 * ONE, DAY)
    assert f"{DAY} was not closed" in signs.words


@pytest.mark.parametrize("after", [HOUR, CLOSE_AFTER_AT_MOST])
def test_a_company_around_the_world_is_alive_as_long_as_its_days_are_closed(
    trade: ListingHouse, closed_at: ManualClock, after: timedelta
) -> None:
    """Auckland's day ends 20 hours before that of Los Angeles, and both are closed then."""
    house = trade.house
    zones = {"shop": "Pacific/Auckland", "annex": "America/Los_Angeles"}
    for name, zone in zones.items():
        attached = house.registry.by_name(name)
        settings = {**attached.connection.settings, "time_zone": zone}
        connection = replace(attached.connection, settings=settings)
        house.registry.attached[connection.connection_id] = replace(attached, connection=connection)
        house.rows(
            "UPDATE connection SET settings = settings || %(z)s::jsonb WHERE name = %(n)s "
            "RETURNING 1", n=name, z=f'{{"time_zone": "{zone}"}}',
        )  # fmt: skip
    chore = DailyClose(after=after)
    for _ in range(36):
        trade.later(2 * HOUR)
        while chore.once(house.store, house.registry, house.clock, "w1"):
            pass
        assert {n for n in trade.systems if signs_of(trade, n).dead} == set(), closed_at.now()
    assert runs(trade)
    trade.later(3 * ONE)
    assert all(signs_of(trade, name).dead for name in trade.systems)


def gauges(trade: ListingHouse) -> dict[tuple[str, str, str], float]:
    """What a scrape shows of the meter: by name, company and connection."""
    with trade.house.store.transaction() as tx:
        status = read_status(tx, trade.house.clock.now())
    return {
        (s.name.removeprefix("crossdock_meter_"), s.labels["company"], s.labels["connection"]):
            s.value
        for m in backlog_gauges(status, 0) for s in m.samples if "_meter_" in s.name
    }  # fmt: skip


def test_a_scrape_tells_that_the_meter_is_dead(trade: ListingHouse, closed_at: ManualClock) -> None:
    """No worker closes: nobody but whoever scrapes hears of it."""
    assert gauges(trade) == {("alive", "1", name): 1 for name in trade.systems}
    nights(trade, 1)
    closed_at.advance(HOUR)
    assert gauges(trade)["signed_age_seconds", "1", "shop"] == HOUR.total_seconds()
    closed_at.advance(ONE + GRACE)
    assert gauges(trade)["alive", "1", "shop"] == 0
    assert gauges(trade)["signed_age_seconds", "1", "shop"] == (ONE + GRACE + HOUR).total_seconds()
