"""T21: a sweep misses nothing and doubles nothing, and its cursor never moves backwards."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.stages import ensure
from crossdock.engine.sweep import Sweeper, stream_due_now
from crossdock.ports.check import CheckResult, Verdict
from crossdock.ports.errors import Unavailable
from crossdock.ports.sweep import SweepPage
from tests.support.listed_shop import Killed, ListedShop, stream, sweeper
from tests.support.paper_connectors import PaperShop, order_body
from tests.support.paper_house import PaperHouse


def kept(house: PaperHouse) -> list[tuple[int, int]]:
    rows = house.rows("SELECT work_key, version FROM message WHERE source = 'sweep' ORDER BY 1, 2")
    return sorted((int(r.version), int(r.work_key.rpartition(":")[2])) for r in rows)


def test_equal_timestamps_over_several_pages_are_all_read_once(
    house: PaperHouse, listed: ListedShop
) -> None:
    listed.changes = [(100, i) for i in range(1, 11)] + [(101, 1)]
    assert sweeper(house).sweep_once()
    assert kept(house) == sorted(listed.changes)
    assert len(house.rows("SELECT 1 FROM delivery")) == 11


@pytest.mark.parametrize("die_after", [1, 2, 3])
def test_a_worker_killed_between_two_pages_costs_nothing(
    house: PaperHouse, listed: ListedShop, clock: ManualClock, die_after: int
) -> None:
    """The stream is another worker's when its lease ends, and goes on at the last page's cursor."""
    listed.changes = [(1000 * i, i) for i in range(1, 11)]
    listed.die_after_page = die_after
    with pytest.raises(Killed):
        sweeper(house, "dying").sweep_once()
    assert not sweeper(house, "early").sweep_once()
    clock.advance(timedelta(minutes=5, seconds=1))
    assert sweeper(house, "next").sweep_once()
    assert listed.cursors[1] == f"{3000 * die_after:010d}|{3 * die_after:010d}"
    assert kept(house) == sorted(listed.changes)
    assert len(house.rows("SELECT 1 FROM delivery")) == 10


def test_what_commits_late_in_the_past_is_found_within_the_overlap(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    """Number 2 was written by a long transaction: its stamp is older than what was seen already."""
    listed.changes = [(500, 1), (510, 3)]
    sweeper(house).sweep_once()
    listed.changes.append((400, 2))
    clock.advance(timedelta(minutes=16))
    sweeper(house).sweep_once()
    assert kept(house) == [(400, 2), (500, 1), (510, 3)]
    assert stream(house).cursor == "0000000510|0000000003"


def test_the_cursor_never_moves_backwards(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    """Neither because the source lists only old rows, nor because a clock went back 90 seconds."""
    listed.changes = [(500, 1)]
    sweeper(house).sweep_once()
    as_of = stream(house).as_of
    listed.changes = [(450, 2)]
    clock.advance(timedelta(minutes=16))
    sweeper(house).sweep_once()
    assert stream(house).cursor == "0000000500|0000000001"
    assert kept(house) == [(450, 2), (500, 1)]
    clock.advance(timedelta(minutes=16))
    sweeper(house).sweep_once()
    newest = stream(house).as_of
    assert newest > as_of
    clock.advance(timedelta(seconds=-90))
    with house.store.transaction() as tx:
        stream_due_now(tx, house.shop.connection.connection_id, "orders", clock.now())
    assert sweeper(house).sweep_once()
    assert stream(house).cursor == "0000000500|0000000001"
    assert stream(house).as_of == newest


def test_a_worker_that_lost_its_stream_writes_nothing(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    listed.changes = [(1000 * i, i) for i in range(1, 8)]
    overtaken: list[bool] = []

    def overtake() -> None:
        if listed.pages_read == 1 and not overtaken:
            overtaken.append(True)
            clock.advance(timedelta(minutes=6))
            assert sweeper(house, "quick").sweep_once()

    listed.during = overtake
    sweeper(house, "slow").sweep_once()
    assert overtaken
    assert kept(house) == sorted(listed.changes)
    assert len(house.rows("SELECT 1 FROM delivery")) == 7
    assert stream(house).owner is None
    assert stream(house).cursor == "0000007000|0000000007"


def test_a_hint_during_a_sweep_is_not_lost(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    """The change behind the hint may have come after the page that would have shown it."""
    listed.changes = [(500, 1)]

    def hint() -> None:
        with house.store.transaction() as tx:
            stream_due_now(tx, house.shop.connection.connection_id, "orders", clock.now())

    listed.during = hint
    assert sweeper(house).sweep_once()
    listed.during = None
    assert sweeper(house).sweep_once(), "once more at once"
    assert not sweeper(house).sweep_once()


@pytest.mark.parametrize("error", [Unavailable("down"), ValueError("a fault of ours")])
def test_a_failed_sweep_is_tried_again_soon_and_said(
    house: PaperHouse, listed: ListedShop, clock: ManualClock, error: Exception
) -> None:
    listed.changes, listed.error = [(500, 1)], error
    for failures in range(1, 6):
        assert sweeper(house).sweep_once()
        row = stream(house)
        assert (row.failures, row.owner, row.interval_seconds) == (failures, None, 60)
        assert str(error) in row.error
        clock.advance(row.due_at - clock.now())
    listed.error = None
    assert sweeper(house).sweep_once()
    assert (kept(house), stream(house).failures, stream(house).error) == ([(500, 1)], 0, None)


def test_a_sweep_slows_down_while_webhooks_bring_everything_and_hurries_when_one_was_missed(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    """A12."""
    listed.changes = [(500, 1)]
    house.arrive(order_body(1, version=500))
    intervals = []
    for _ in range(10):
        assert sweeper(house).sweep_once()
        intervals.append(stream(house).interval_seconds)
        clock.advance(stream(house).due_at - clock.now())
    assert intervals == sorted(intervals)
    assert (intervals[0], intervals[-1]) == (90, 900)
    listed.changes.append((600, 2))
    sweeper(house).sweep_once()
    assert (stream(house).interval_seconds, stream(house).last_missed) == (60, 1)


def test_nobody_sweeps_a_stream_twice_at_once(house: PaperHouse, listed: ListedShop) -> None:
    """T20's cousin: four replicas, one list."""
    entered: list[int] = []

    def meanwhile() -> None:
        entered.append(1)
        assert not sweeper(house, "other").sweep_once()

    listed.changes, listed.during = [(500, 1)], meanwhile
    assert sweeper(house).sweep_once()
    assert entered == [1]


def test_subscriptions_are_looked_after_on_schedule(house: PaperHouse, clock: ManualClock) -> None:
    """Once every ten minutes, by one worker, and only where our own address is known."""
    asked: list[str] = []

    class Keeper(PaperShop):
        def maintain(self, now: datetime, receive_url: str) -> list[CheckResult]:
            asked.append(receive_url)
            return [CheckResult("webhooks", Verdict.WARNING, "was missing; subscribed")]

        def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
            raise NotImplementedError

    house.registry.attach(house.shop.connection, Keeper(house.shop.connection))
    ensure(house.store, house.registry, clock.now(), "https://edge.example/")
    sweepers = [
        Sweeper(house.store, house.registry, clock, name, public_url="https://edge.example/")
        for name in ("one", "two")
    ]
    for _ in range(3):
        for one in sweepers:
            one.sweep_once()
    assert asked == ["https://edge.example/hooks/shop"]
    clock.advance(timedelta(minutes=11))
    assert sweepers[1].sweep_once()
    assert len(asked) == 2
