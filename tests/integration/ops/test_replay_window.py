"""Many messages again: of a window, in order, nothing twice, and said before it is done."""

from datetime import timedelta

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.governance.audit import list_acts, verify_chain
from crossdock.ops import replay_window as module
from crossdock.ops.replay_window import (
    Change,
    Window,
    WindowCount,
    count_window,
    preview_window,
    replay_window,
)
from crossdock.ops.word import Resolution, Word
from tests.integration.ops.test_replay import EVERYTHING
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

HOUR = timedelta(hours=1)
ENDS = (
    "SELECT message_id, state, end_code, end_detail, ended_at, duplicate_of FROM message "
    "ORDER BY message_id"
)


@pytest.fixture
def clock(store: Store) -> ManualClock:
    return ManualClock(store.clock().now())


@pytest.fixture
def house(store: Store, clock: ManualClock) -> PaperHouse:
    """Ten orders an hour apart, all of a product that is not known: held."""
    house = PaperHouse(store, clock)
    for number in range(1, 11):
        house.arrive(order_body(number, sku="NEW"))
        house.settle()
        clock.advance(HOUR)
        house.rows("UPDATE stream SET as_of = %(now)s RETURNING 1", now=clock.now())
    return house


def know_it(house: PaperHouse) -> None:
    house.rows("UPDATE projection_key SET key = 'sku:NEW' WHERE key = 'sku:A-1' RETURNING 1")


def last(house: PaperHouse, hours: int, **more: str) -> Window:
    now = house.clock.now()
    return Window(until=now, since=now - hours * HOUR, **more)


def preview(house: PaperHouse, window: Window, keep: int = 100) -> module.WindowPreview:
    return preview_window(house.store, house.registry, house.clock, window, keep=keep)


def test_a_window_is_counted_by_every_filter(house: PaperHouse) -> None:
    house.arrive(order_body(11))
    house.arrive(order_body(12, quantity="-1"))
    now = house.clock.now() + HOUR
    with house.store.transaction() as tx:
        for window, expected in (
            (Window(now), WindowCount(0, 2, 10)),
            (last(house, 3, state="held"), WindowCount(3, 0)),
            (Window(now, connection="shop"), WindowCount(0, 2, 10)),
            (Window(now, connection="erp"), WindowCount(0, 0)),
            (Window(now, kind="paper.order", state="held"), WindowCount(10, 0)),
            (Window(now, state="dead"), WindowCount(0, 0)),
        ):
            assert count_window(tx, window) == expected


def test_a_dry_run_says_what_would_change_and_changes_nothing(house: PaperHouse) -> None:
    before = house.rows(EVERYTHING)
    found = preview(house, last(house, 10, state="held"))
    assert found.counts == {Change.NONE: 10}
    know_it(house)
    found = preview(house, last(house, 4, state="held"), keep=3)
    assert (found.counts, found.new_effects) == ({Change.EFFECTS: 4}, 4)
    assert [p.work_key for p in found.changes] == [f"shop:order:{n}" for n in (7, 8, 9)]
    assert house.rows(EVERYTHING) == before


def test_a_replay_takes_up_exactly_the_window_and_can_be_given_again(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    know_it(house)
    word = Word("anna", house.clock.now(), "mended")
    seen: list[int] = []
    wanted = last(house, 7, state="held")
    assert replay_window(house.store, wanted, word, progress=seen.append) == 7
    assert seen == [3, 3, 1]
    house.settle(steps=100)
    assert [house.status(n) for n in range(1, 11)].count("held") == 3
    assert house.rows("SELECT 1 FROM lease") == []
    created = list(house.erp.created)
    assert len(created) == 7
    with house.store.transaction() as tx:
        acts = list_acts(tx)
        assert not verify_chain(tx, 1).broken
    assert [len(a.detail["messages"]) for a in reversed(acts)] == [3, 3, 1]
    assert acts[0].detail["why"] == "mended"
    replay_window(house.store, Window(house.clock.now(), state="held"), word)
    house.settle(steps=200)
    assert house.erp.created[:7] == created
    assert len(house.erp.created) == len(set(house.erp.created)) == 10


def test_everything_replayed_again_makes_no_new_effect(house: PaperHouse) -> None:
    """Effects on: 0 new ones where all was done already."""
    know_it(house)
    word = Word("anna", house.clock.now(), "")
    replay_window(house.store, Window(house.clock.now(), state="held"), word)
    house.settle(steps=200)
    house.clock.advance(HOUR)  # type: ignore[attr-defined]
    house.rows("UPDATE stream SET as_of = %(now)s RETURNING 1", now=house.clock.now())
    effects = house.rows("SELECT effect_key, state, attempts FROM effect ORDER BY effect_id")
    calls, answers = list(house.erp.calls), list(house.shop.answers)
    assert preview(house, Window(house.clock.now())).new_effects == 0
    assert replay_window(house.store, Window(house.clock.now()), word) > 10
    house.settle(steps=200)
    after = house.rows("SELECT effect_key, state, attempts FROM effect ORDER BY effect_id")
    assert after == effects
    assert (house.erp.calls, house.shop.answers) == (calls, answers)


def test_a_window_leaves_to_people_what_is_theirs_and_what_they_have_answered(
    house: PaperHouse,
) -> None:
    know_it(house)
    house.release(as_=Resolution.DONE)
    house.arrive(order_body(11, sku="OTHER"))
    house.settle()
    house.clock.advance(HOUR)  # type: ignore[attr-defined]
    now = house.clock.now()
    with house.store.transaction() as tx:
        assert count_window(tx, Window(now)) == WindowCount(0, 0, 11)
    assert preview(house, Window(now)).counts == {}
    assert replay_window(house.store, Window(now), Word("anna", now)) == 0
    house.settle()
    assert house.held() == ["unknown_sku"]
    assert house.message_states() == ["done"] * 10 + ["held"]
    assert replay_window(house.store, Window(now, state="done"), Word("anna", now)) == 0


def test_what_changes_nothing_keeps_the_end_it_had(store: Store, clock: ManualClock) -> None:
    """An older version was applied when it came: a replay does not call it stale afterwards."""
    house = PaperHouse(store, clock)
    house.arrive(order_body(1, quantity="1"))
    house.settle()
    house.arrive(order_body(1, quantity="1", version=2))
    house.arrive(order_body(1, quantity="1", version=2, note="other"))
    house.settle()
    clock.advance(HOUR)
    before = house.rows(ENDS)
    events = house.rows("SELECT count(*) AS n FROM event")[0].n
    window = Window(clock.now())
    assert preview(house, window).counts == {Change.NONE: len(before)}
    for _ in range(2):
        replay_window(house.store, window, Word("anna", clock.now()))
        house.settle()
        assert house.rows(ENDS) == before
    assert house.rows("SELECT count(*) AS n FROM event")[0].n == events


def test_outcomes_of_an_order_that_has_gone_on_are_known(store: Store, clock: ManualClock) -> None:
    """A confirmation is no news to an order that was cancelled since, or is being cancelled."""
    house = PaperHouse(store, clock)
    house.arrive(order_body(1))
    house.settle()
    for status in ("cancelled", "cancelling"):
        house.rows(
            "UPDATE document SET status = %(s)s, "
            "data = jsonb_set(data, '{status}', to_jsonb(%(s)s::text)) RETURNING 1",
            s=status,
        )
        clock.advance(HOUR)
        before = house.rows(ENDS)
        window = Window(clock.now(), kind="engine.outcome")
        assert replay_window(house.store, window, Word("anna", clock.now())) > 1
        house.settle()
        assert (house.rows(ENDS), house.held(), house.status()) == (before, [], status)
