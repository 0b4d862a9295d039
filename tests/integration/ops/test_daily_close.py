"""The close made by itself, every day and once more, and the questions it asks."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.stages import Stage, StagePlan, WorkerOptions
from crossdock.engine.store import Store
from crossdock.ops import close as close_module
from crossdock.ops import daily_close
from crossdock.ops.close import OvertakenClose, close_day, scope_of
from crossdock.ops.close_account import Scope
from crossdock.ops.close_alarm import CODE, FAILED
from crossdock.ops.daily_close import FAILURES, LEFT_ALONE, DailyClose, due_closes
from crossdock.ops.loss.vital_signs import CAUGHT_UP
from crossdock.ops.reconciliation.compare_books import compare_books
from crossdock.ops.word import Word
from tests.support.closing_house import DAY, HOUR, ONE, as_owner, nights, runs
from tests.support.listing_house import ListingHouse


def test_every_day_is_closed_by_itself_and_once_more(trade: ListingHouse) -> None:
    trade.place(1)
    chore = DailyClose()
    house = trade.house
    assert not chore.once(house.store, house.registry, house.clock, "w1"), "the day goes on"
    nights(trade, 1)
    assert runs(trade) == [(DAY, "crossdock")]
    nights(trade, 1)
    assert runs(trade) == [(DAY, "crossdock"), (DAY, "crossdock"), (DAY + ONE, "crossdock")]
    assert not trade.house.rows("SELECT 1 FROM lease")
    acts = trade.house.rows("SELECT detail FROM audit WHERE action = 'day.close'")
    assert acts[0].detail["signed"] == ["annex", "erp", "shop", "wms"]


def test_one_worker_closes_at_a_time(trade: ListingHouse, closed_at: ManualClock) -> None:
    closed_at.advance(ONE)
    house = trade.house
    house.rows(
        "INSERT INTO lease (company_id, work_key, fence, owner, until) "
        "VALUES (1, %(key)s, 1, 'w2', %(until)s) RETURNING 1",
        key=f"close:{DAY}", until=closed_at.now() + HOUR,
    )  # fmt: skip
    assert not DailyClose().once(house.store, house.registry, house.clock, "w1")
    assert runs(trade) == []
    house.rows("DELETE FROM lease RETURNING 1")
    assert DailyClose().once(house.store, house.registry, house.clock, "w1")


def test_days_without_a_worker_are_made_up_for(trade: ListingHouse, closed_at: ManualClock) -> None:
    attached = list(trade.house.registry.attached.values())
    dues = list(due_closes(attached, closed_at.now(), closed_at.now() + 30 * ONE, HOUR))
    assert len({day for day, _ in dues}) == CAUGHT_UP
    assert list(due_closes(attached, closed_at.now(), closed_at.now(), HOUR)) == []
    auckland = {**attached[0].connection.settings, "time_zone": "Pacific/Auckland"}
    early = replace(attached[0], connection=replace(attached[0].connection, settings=auckland))
    noon = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    assert [day for day, _ in due_closes([early], noon, noon, HOUR)] == []
    assert [d for d, _ in due_closes([early], closed_at.now(), noon, HOUR)] == [DAY]
    assert list(due_closes([early, attached[1]], closed_at.now(), noon, HOUR)) == []


def test_a_difference_becomes_a_question_and_ends_it(
    trade: ListingHouse, closed_at: ManualClock, database: str
) -> None:
    trade.place(1)
    nights(trade, 1)
    assert CODE not in trade.house.held()
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    nights(trade, 2)
    [hold] = trade.house.rows("SELECT * FROM hold WHERE code = %(c)s", c=CODE)
    assert (hold.work_key, hold.owner, hold.closed_at) == (f"close:{DAY}", "integration", None)
    assert "message_missing" in hold.reason
    assert f"crossdock close --date {DAY}" in hold.fix
    as_owner(
        database,
        "WITH d AS (DELETE FROM delivery WHERE delivery_id = 1 RETURNING *) SELECT * FROM d",
    )
    scope = scope_of(trade.house.registry, 1, DAY, "", closed_at.now())
    word = Word("anna", closed_at.now())
    close_day(trade.house.store, scope, word, compare_books)
    [hold] = trade.house.rows("SELECT * FROM hold WHERE code = %(c)s", c=CODE)
    assert hold.closed_by == "anna"


def test_a_worker_with_the_sweep_stage_does_the_chores(trade: ListingHouse) -> None:
    house = trade.house
    house.registry.chores.append(DailyClose())

    def steps(*stages: Stage) -> list[str]:
        options = WorkerOptions(stages=stages)
        plan = StagePlan(
            house.store, house.registry, house.clock, "w1", options, lambda _seconds: False
        )
        return [step.name for step in plan.steps()]

    assert "close" in steps(Stage.SWEEP)
    assert "close" not in steps(Stage.APPLY, Stage.DELIVER)


def question(trade: ListingHouse) -> Any:
    return trade.house.rows("SELECT * FROM hold WHERE code = %(c)s", c=CODE)[-1]


def test_a_close_is_kept_with_its_questions_or_not_at_all(
    trade: ListingHouse, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the two."""
    trade.place(1)
    as_owner(database, "DELETE FROM message WHERE message_id = 1")

    def dies(*_given: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(close_module, "tell", dies)
        with pytest.raises(RuntimeError, match="killed"):
            nights(trade, 1)
    assert runs(trade) == []
    assert not trade.house.rows("SELECT 1 FROM lease"), "it is free for others"
    nights(trade, 1)
    assert question(trade).work_key == f"close:{DAY}"


def test_a_close_by_hand_asks_as_well_once_the_day_is_over(
    trade: ListingHouse, closed_at: ManualClock, database: str
) -> None:
    trade.place(1)
    trade.place(2)
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    assert not trade.close(DAY).close.clean
    assert CODE not in trade.house.held(), "the day goes on: what is missing may still come"
    trade.later(ONE)
    trade.close(DAY)
    first = question(trade)
    assert "message_missing" in first.reason
    as_owner(
        database,
        "DELETE FROM message WHERE work_key = 'shop:order:2' AND source = 'webhook'",
    )
    trade.close(DAY)
    assert question(trade).hold_id == first.hold_id
    assert question(trade).reason != first.reason, "it says what differs now"


def test_a_connection_that_is_not_connected_is_asked_about(
    trade: ListingHouse, closed_at: ManualClock
) -> None:
    trade.place(1)
    number = trade.house.registry.by_name("annex").connection.connection_id
    attached = trade.house.registry.attached.pop(number)
    nights(trade, 1)
    assert (question(trade).connection_id, question(trade).closed_at) == (number, None)
    trade.house.registry.attached[number] = attached
    trade.close(DAY)
    assert question(trade).closed_at == closed_at.now()


def test_a_day_that_cannot_be_closed_holds_up_no_other(
    trade: ListingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(store: Store, scope: Scope, *given: Any, **more: Any) -> Any:
        if scope.day == DAY:
            raise ValueError("a document that nobody can read")
        return close_day(store, scope, *given, **more)

    monkeypatch.setattr(daily_close, "close_day", fails)
    trade.later(3 * ONE)
    chore, house = DailyClose(), trade.house
    with pytest.raises(ValueError, match="nobody can read"):
        chore.once(house.store, house.registry, house.clock, "w1")
    while chore.once(house.store, house.registry, house.clock, "w1"):
        pass
    assert {day for day, _ in runs(trade)} == {DAY + ONE, DAY + 2 * ONE}
    assert not house.rows("SELECT 1 FROM lease")
    monkeypatch.undo()
    nights(trade, 1, chore)
    assert DAY in {day for day, _ in runs(trade)}


def test_a_day_that_somebody_is_closing_is_passed_over(trade: ListingHouse) -> None:
    trade.later(2 * ONE)
    house = trade.house
    house.rows(
        "INSERT INTO lease (company_id, work_key, fence, owner, until) "
        "VALUES (1, %(key)s, 1, 'w2', %(until)s) RETURNING 1",
        key=f"close:{DAY}", until=house.clock.now() + HOUR,
    )  # fmt: skip
    assert DailyClose().once(house.store, house.registry, house.clock, "w1")
    assert {day for day, _ in runs(trade)} == {DAY + ONE}


def test_a_stale_closer_overwrites_nothing(
    trade: ListingHouse, closed_at: ManualClock, database: str
) -> None:
    """It was asleep for an hour; meanwhile another found a loss and asked about it."""
    trade.place(1)
    closed_at.advance(ONE)
    scope = scope_of(trade.house.registry, 1, DAY, "", closed_at.now())
    early = Word("anna", closed_at.now())
    closed_at.advance(HOUR)
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    trade.close(DAY)
    as_owner(database, "DELETE FROM delivery WHERE delivery_id = 1")
    with pytest.raises(OvertakenClose, match="began later"):
        close_day(trade.house.store, scope, early, compare_books)
    assert len(runs(trade)) == 1
    assert question(trade).closed_at is None


def test_a_closer_that_lost_its_lease_keeps_nothing(
    trade: ListingHouse, closed_at: ManualClock
) -> None:
    house = trade.house
    trade.later(ONE)

    def taken() -> None:
        house.rows("UPDATE lease SET fence = fence + 1, owner = 'w2' RETURNING 1")

    trade.systems["shop"].after_list = taken
    assert DailyClose().once(house.store, house.registry, house.clock, "w1")
    assert runs(trade) == []
    assert [r.owner for r in house.rows("SELECT owner FROM lease")] == ["w2"]


def test_a_lease_is_extended_while_lists_are_read(
    trade: ListingHouse, closed_at: ManualClock
) -> None:
    house = trade.house
    trade.later(ONE)

    def slow() -> None:
        closed_at.advance(10 * HOUR / 60)

    for system in trade.systems.values():
        system.after_list = slow
    assert DailyClose().once(house.store, house.registry, house.clock, "w1")
    assert runs(trade) == [(DAY, "crossdock")]


def test_a_day_that_fails_again_and_again_becomes_a_question(
    trade: ListingHouse, closed_at: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: Any, **_named: Any) -> None:
        raise ValueError("a document that nobody can read")

    def holds() -> list[Any]:
        sql = "SELECT work_key, reason, fix, owner, closed_at FROM hold WHERE code = %(c)s"
        return list(trade.house.rows(sql, c=FAILED))

    house, chore = trade.house, DailyClose()
    monkeypatch.setattr(daily_close, "close_day", fails)
    closed_at.advance(ONE)
    asked = []
    for _ in range(FAILURES + 1):
        with pytest.raises(ValueError, match="nobody can read"):
            chore.once(house.store, house.registry, house.clock, "w1")
        asked.append(len(holds()))
        closed_at.advance(LEFT_ALONE)
    assert asked == [0, 0, 1, 1], "one question, however often it fails"
    [hold] = holds()
    assert (hold.work_key, hold.owner, hold.closed_at) == (f"close:{DAY}", "integration", None)
    assert hold.reason.endswith("4 times in a row: ValueError: a document that nobody can read")
    assert f"crossdock close --date {DAY}" in hold.fix
    monkeypatch.undo()
    trade.close(DAY, "shop")
    assert holds()[0].closed_at is None, "one connection's close is not the day's"
    assert chore.once(house.store, house.registry, house.clock, "w1")
    assert holds()[0].closed_at is not None
