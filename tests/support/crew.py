"""Workers taken apart into their steps, so that a test can interleave, delay and kill them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from crossdock.engine.clock import ManualClock
from tests.support.paper_house import PaperHouse


class Killed(BaseException):
    """As good as kill -9: nothing after it runs."""


def applying(house: PaperHouse, worker: str) -> Iterator[None]:
    """claim │ read and translate │ decide and write"""
    applier = house.applier(worker)
    claimed = applier._claim()
    if not claimed:
        return
    yield
    works = applier._read(claimed)
    yield
    applier._decide_and_write(works)


def delivering(house: PaperHouse, connection: str, worker: str) -> Iterator[None]:
    """take │ call or probe │ observe"""
    deliverer = house.deliverer(connection, worker)
    batch = deliverer._take()
    if batch is None:
        return
    yield
    results = deliverer._probe_or_send(batch)
    yield
    deliverer._observe(batch, results, 0.1)


@dataclass
class Crew:
    """Every worker that has begun something and not finished it."""

    house: PaperHouse
    clock: ManualClock
    at_work: list[Iterator[None]] = field(default_factory=list)
    deaths: int = 0

    def begin(self, work: Iterator[None]) -> None:
        self.at_work.append(work)
        self.go_on(len(self.at_work) - 1)

    def go_on(self, which: int) -> None:
        """One worker does its next step; it leaves when it has finished or died."""
        if not self.at_work:
            return
        work = self.at_work[which % len(self.at_work)]
        try:
            next(work)
        except StopIteration:
            self.at_work.remove(work)
        except Killed:
            self.deaths += 1
            self.at_work.remove(work)

    def die(self, which: int) -> None:
        """One worker is gone, wherever it stood."""
        if self.at_work:
            self.deaths += 1
            self.at_work.pop(which % len(self.at_work))

    def recover(self, also: Callable[[], None] = lambda: None) -> None:
        """Everybody at work is gone; the watchdog and new workers bring the house to rest."""
        self.at_work.clear()
        for _ in range(40):
            self.clock.advance(timedelta(seconds=40))
            with self.house.store.transaction() as tx:
                tx.run("UPDATE stream SET as_of = %(now)s", now=self.clock.now())
            rearmed = self.house.watchdog().look()
            self.house.settle(steps=400)
            also()
            if not rearmed and not self._pending():
                return
        raise AssertionError("it never came to rest")

    def _pending(self) -> bool:
        return bool(
            self.house.rows(
                "SELECT 1 FROM message WHERE state IN ('waiting', 'working') "
                "UNION ALL SELECT 1 FROM effect e WHERE state = 'sending' OR (state = 'waiting' "
                "AND NOT EXISTS (SELECT 1 FROM effect p WHERE p.connection_id = e.connection_id "
                "AND p.target_key = e.target_key AND p.effect_id < e.effect_id "
                "AND p.state IN ('held', 'dead'))) LIMIT 1"
            )
        )
