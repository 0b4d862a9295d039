"""Sweeps meet a database that goes away, a page that never comes and a source that says wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.heartbeat import LONGEST_CALL, Heartbeat
from crossdock.engine.stages import ensure
from crossdock.engine.store import Store, StoreUnavailable, Transaction
from crossdock.engine.sweep import Sweeper, stream_due_now
from crossdock.ports.check import CheckResult
from crossdock.ports.errors import RateLimited
from crossdock.ports.sweep import SweepPage
from tests.support.listed_shop import ListedShop, stream, sweeper
from tests.support.paper_connectors import PaperShop
from tests.support.paper_house import PaperHouse

BEAT = timedelta(seconds=5)


class Flaky:
    """A store whose database is away while `down` is set."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.down = False

    @contextmanager
    def transaction(self, *args: Any, **kwargs: Any) -> Iterator[Transaction]:
        if self.down:
            raise StoreUnavailable("the database restarts")
        with self.store.transaction(*args, **kwargs) as tx:
            yield tx


def beating(house: PaperHouse, worker: str) -> Heartbeat:
    return Heartbeat(house.store, house.clock, worker, timedelta(seconds=30))


def hint(house: PaperHouse) -> None:
    with house.store.transaction() as tx:
        stream_due_now(tx, house.shop.connection.connection_id, "orders", house.clock.now())


def test_a_stream_outlives_a_database_that_was_away_during_its_sweep(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    """Its worker lives on and its heart beats: it takes its own stream up again at once."""
    listed.changes = [(1000 * i, i) for i in range(1, 10)]
    flaky = Flaky(house.store)
    mine = Sweeper(cast(Store, flaky), house.registry, clock, "w1")
    listed.during = lambda: setattr(flaky, "down", True)
    with pytest.raises(StoreUnavailable):
        mine.sweep_once()
    listed.during, flaky.down = None, False
    clock.advance(BEAT)
    beating(house, "w1").beat(["sweep"])
    assert not sweeper(house, "w2").sweep_once(), "it has an owner who lives"
    assert mine.sweep_once()
    row = stream(house)
    assert (row.owner, row.failures, row.cursor) == (None, 0, "0000009000|0000000009")


def test_what_a_worker_left_behind_does_not_keep_it_from_its_other_streams(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    """It is taken up last. A stream nobody offers any more fails, and blocks no other."""
    listed.changes = [(500, 1)]
    house.rows(
        "INSERT INTO stream (connection_id, company_id, stream, due_at, interval_seconds) "
        "VALUES (%(c)s, 1, 'abolished', %(due)s, 60) RETURNING 1",
        c=house.shop.connection.connection_id, due=clock.now(),
    )  # fmt: skip
    clock.advance(BEAT)
    earlier = "UPDATE stream SET due_at = %(at)s WHERE stream = 'orders' RETURNING 1"
    house.rows(earlier, at=clock.now() - timedelta(hours=1))
    flaky = Flaky(house.store)
    mine = Sweeper(cast(Store, flaky), house.registry, clock, "w1")
    listed.during = lambda: setattr(flaky, "down", True)
    with pytest.raises(StoreUnavailable):
        mine.sweep_once()
    listed.during, flaky.down = None, False
    assert mine.sweep_once()
    assert stream(house).owner == "w1"
    (abolished,) = house.rows("SELECT * FROM stream WHERE stream = 'abolished'")
    assert (abolished.owner, abolished.failures) == (None, 1)
    assert "abolished" in abolished.error
    assert mine.sweep_once()
    assert not mine.sweep_once()
    assert stream(house).cursor == "0000000500|0000000001"


@pytest.mark.parametrize("pages_before", [0, 2])
def test_a_page_that_never_comes_gives_the_stream_to_another_worker(
    house: PaperHouse, listed: ListedShop, clock: ManualClock, pages_before: int
) -> None:
    """However often the heart of its worker beats; the late page is refused."""
    listed.changes = [(1000 * i, i) for i in range(1, 10)]
    taken_after: list[timedelta] = []

    def beat_until(over: timedelta) -> timedelta:
        """Until another worker gets it; how long that took."""
        during, listed.during, began = listed.during, None, clock.now()
        while clock.now() - began < over and not sweeper(house, "other").sweep_once():
            clock.advance(BEAT)
            beating(house, "hung").beat(["sweep"])
        listed.during = during
        return clock.now() - began

    def hang() -> None:
        if listed.pages_read < pages_before:
            slow = LONGEST_CALL - BEAT
            assert beat_until(slow) == slow, "a slow page is not a hung one"
            return
        listed.during = None
        taken_after.append(beat_until(timedelta(hours=1)))

    listed.during = hang
    sweeper(house, "hung").sweep_once()
    (after,) = taken_after
    assert LONGEST_CALL <= after <= LONGEST_CALL + timedelta(seconds=40)
    assert stream(house).cursor == "0000009000|0000000009"
    assert len(house.rows("SELECT 1 FROM delivery")) == 9


def test_a_hint_does_not_cut_short_the_pause_a_source_asked_for(
    house: PaperHouse, listed: ListedShop, clock: ManualClock
) -> None:
    """Neither one that comes during the sweep that is refused, nor one that comes after it."""
    pause = timedelta(minutes=10)
    listed.changes = [(500, 1)]
    listed.error = RateLimited("slow down", retry_after=pause)
    real = listed.sweep

    def sweep(*given: Any) -> Iterator[SweepPage]:
        hint(house)
        yield from real(*given)

    listed.sweep = sweep  # type: ignore[method-assign, assignment]
    began = clock.now()
    assert sweeper(house).sweep_once()
    assert not sweeper(house).sweep_once()
    hint(house)
    assert not sweeper(house).sweep_once()
    assert stream(house).due_at == began + pause
    clock.advance(pause)
    assert sweeper(house).sweep_once()


def test_upkeep_is_left_to_workers_that_know_our_address(
    house: PaperHouse, clock: ManualClock
) -> None:
    asked: list[str] = []

    class Keeper(PaperShop):
        def maintain(self, now: datetime, receive_url: str) -> list[CheckResult]:
            asked.append(receive_url)
            return []

        def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
            raise NotImplementedError

    house.registry.attach(house.shop.connection, Keeper(house.shop.connection))
    address = "https://edge.example"
    ensure(house.store, house.registry, clock.now(), address)
    assert not sweeper(house, "inside").sweep_once()
    assert house.rows("SELECT as_of FROM stream WHERE stream = 'upkeep'")[0].as_of is None
    assert Sweeper(house.store, house.registry, clock, "edge", public_url=address).sweep_once()
    assert asked == ["https://edge.example/hooks/shop"]
