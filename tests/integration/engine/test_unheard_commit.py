"""The database goes away around a call: a worker that has nothing in hand keeps nothing."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from crossdock.engine.clock import Clock
from crossdock.engine.deliver import Deliverer
from crossdock.engine.heartbeat import LONGEST_CALL
from crossdock.engine.store import StoreUnavailable
from crossdock.engine.worker import Worker
from tests.integration.engine.test_worker import confirmed, live, wait_for, working
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

__all__ = ["live"]
LEASE = timedelta(seconds=1)
LONG_LEASE = timedelta(minutes=10)
SOON_SECONDS = 20


@pytest.fixture
def gone_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """The session breaks at the end of one step of a delivery, once."""

    def arm(step: str) -> list[str]:
        original = getattr(Deliverer, step)
        gone: list[str] = []

        def broken(self: Deliverer, *arguments: Any) -> Any:
            done = None if step == "_record" and not gone else original(self, *arguments)
            if not gone and (done is not None or step == "_record"):
                gone.append(step)
                raise StoreUnavailable("the session broke")
            return done

        monkeypatch.setattr(Deliverer, step, broken)
        return gone

    return arm


def test_what_a_call_brought_is_written_as_soon_as_the_database_is_back(
    live: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease has not ended, nobody looks for what is known, and its slot is free again."""
    original, gone = Deliverer._observe, list[str]()

    def away_once(self: Deliverer, *arguments: Any) -> None:
        if not gone:
            gone.append("away")
            raise StoreUnavailable("the session broke")
        original(self, *arguments)

    monkeypatch.setattr(Deliverer, "_observe", away_once)
    with working(live, lease=LONG_LEASE):
        live.arrive(order_body(1))
        wait_for(lambda: confirmed(live) == 1, "the order is confirmed")
    with live.store.transaction() as tx:
        assert [r.purpose for r in tx.rows("SELECT DISTINCT purpose FROM attempt")] == ["send"]


def test_what_a_call_brought_is_kept_when_nobody_can_tell_the_time_at_its_end(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a long call the clock asks the database, which is away."""
    clock, original, away = AwayClock(house.clock), Deliverer._probe_or_send, list[str]()

    def call(self: Deliverer, *arguments: Any) -> Any:
        brought = original(self, *arguments)
        clock.away = True
        away.append("away")
        return brought

    monkeypatch.setattr(Deliverer, "_probe_or_send", call)
    house.arrive(order_body(1))
    house.applier().apply_once()
    deliverer = house.deliverer()
    deliverer.clock = clock
    with pytest.raises(StoreUnavailable):
        deliverer.deliver_once()
    clock.away = False
    deliverer.deliver_once()
    outcomes = house.rows("SELECT outcome FROM attempt WHERE number = 1")
    assert away
    assert [r.outcome for r in outcomes] == ["observed"]


class AwayClock:
    """A database's clock; raises StoreUnavailable while `away`."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self.away = clock, False

    def now(self) -> datetime:
        if self.away:
            raise StoreUnavailable("the database is away")
        return self._clock.now()


@pytest.mark.parametrize("step", ["_take", "_record"])
def test_what_a_worker_does_not_know_of_is_given_back(
    live: PaperHouse, gone_once: Callable[[str], list[str]], step: str
) -> None:
    """`_take`: it was committed, unheard. `_record`: the call ended, and nobody could write it."""
    gone = gone_once(step)
    began = time.monotonic()
    with working(live, lease=LEASE) as workers:
        assert all(isinstance(worker, Worker) for worker in workers)
        live.arrive(order_body(1))
        wait_for(lambda: confirmed(live) == 1, "the order is confirmed")
    assert gone == [step]
    assert time.monotonic() - began < SOON_SECONDS < LONGEST_CALL.total_seconds()
    assert len(live.erp.created) == 1
