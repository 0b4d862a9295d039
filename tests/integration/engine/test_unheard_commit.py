"""The database goes away around a call: a worker that has nothing in hand keeps nothing."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

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
