"""R1, R2, T1, T5: whatever the order of arrivals, deaths, delays and errors, the end is one.

Random schedules of two workers per stage, taken apart into their steps and run in one thread under
a clock the test moves: every failure has a schedule that hypothesis shrinks and repeats.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.ports.errors import Ambiguous, NotYet, RateLimited, Unavailable
from tests.support.crew import Crew, Killed, applying, delivering
from tests.support.database_pool import emptied
from tests.support.invariants import ENDED, check_always, check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

ORDERS, VERSIONS = 3, 4
ERRORS: dict[str, Callable[[], BaseException]] = {
    "killed": Killed,
    "ambiguous": lambda: Ambiguous("the reply was lost"),
    "unavailable": lambda: Unavailable("down"),
    "not_yet": lambda: NotYet("busy"),
    "rate_limited": lambda: RateLimited("slow down", retry_after=timedelta(seconds=3)),
    "bug": lambda: ZeroDivisionError("ours"),
}
UNKNOWN = ("killed", "ambiguous", "bug")
"""What may be raised after the effect took place; the other classes say that nothing happened."""

which = st.integers(0, 3)
worker = st.sampled_from(["w1", "w2"])
STEPS: dict[st.SearchStrategy[tuple[Any, ...]], int] = {
    st.tuples(
        st.just("arrive"),
        st.lists(
            st.tuples(st.integers(1, ORDERS), st.integers(1, VERSIONS)), min_size=1, max_size=3
        ),
    ): 2,
    st.tuples(st.just("apply"), worker): 3,
    st.tuples(st.just("deliver"), st.sampled_from(["erp", "erp", "erp", "shop"]), worker): 4,
    st.tuples(st.just("go_on"), which): 9,
    st.tuples(st.just("die"), which): 1,
    st.tuples(st.just("advance"), st.sampled_from([1, 5, 31])): 2,
    st.tuples(st.just("watch")): 1,
    st.tuples(st.just("fail"), st.just("before"), st.sampled_from(sorted(ERRORS))): 1,
    st.tuples(st.just("fail"), st.just("after"), st.sampled_from(sorted(UNKNOWN))): 1,
}
"""What may happen next, and how often it does."""
step = st.one_of([strategy for strategy, weight in STEPS.items() for _ in range(weight)])
schedules = st.lists(step, min_size=60, max_size=90)
cancelled = st.sets(st.tuples(st.integers(1, ORDERS), st.integers(2, VERSIONS)), max_size=2)


@pytest.fixture(scope="module")
def shared(database_pool: Any) -> Iterator[Store]:
    """One database for all schedules, emptied before each."""
    with database_pool.lend() as url, Store(url, size=4, name="sim") as store:
        yield store


class Schedule:
    """One house, run by one schedule."""

    def __init__(self, store: Store, cancelled: set[tuple[int, int]]) -> None:
        emptied(store.url)
        self.clock = ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        self.house = PaperHouse(store, self.clock)
        self.crew = Crew(self.house, self.clock)
        self.cancelled = cancelled
        self.newest: defaultdict[int, int] = defaultdict(int)
        self.ended: dict[int, str] = {}

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        for name, *arguments in steps:
            getattr(self, f"do_{name}")(*arguments)
            self.check()
        self.house.erp.before = self.house.erp.after = lambda operation: None
        self.crew.recover(self.check)

    def check(self) -> None:
        check_always(self.house)
        rows = self.house.rows(
            "SELECT message_id, state FROM message WHERE state = ANY (%(e)s)", e=list(ENDED)
        )
        now = {r.message_id: r.state for r in rows}
        assert self.ended.items() <= now.items(), "what ended stays ended"
        self.ended = now

    def do_arrive(self, versions: list[tuple[int, int]]) -> None:
        bodies = [
            order_body(n, version=v, note=f"v{v}", cancelled=(n, v) in self.cancelled)
            for n, v in versions
        ]
        self.house.arrive(*bodies)
        for n, v in versions:
            self.newest[n] = max(self.newest[n], v)

    def do_apply(self, worker: str) -> None:
        self.crew.begin(applying(self.house, worker))

    def do_deliver(self, connection: str, worker: str) -> None:
        self.crew.begin(delivering(self.house, connection, worker))

    def do_go_on(self, which: int) -> None:
        self.crew.go_on(which)

    def do_die(self, which: int) -> None:
        self.crew.die(which)

    def do_advance(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def do_watch(self) -> None:
        self.house.watchdog().look()

    def do_fail(self, where: str, error: str) -> None:
        left = [ERRORS[error]()]

        def hook(operation: str) -> None:
            if left:
                raise left.pop()

        setattr(self.house.erp, where, hook)


@settings(
    max_examples=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)
@given(steps=schedules, cancelled=cancelled)
def test_any_schedule_comes_to_one_end(
    shared: Store, steps: list[tuple[Any, ...]], cancelled: set[tuple[int, int]]
) -> None:
    schedule = Schedule(shared, cancelled)
    schedule.run(steps)
    check_at_rest(schedule.house)
    _check_newest_in_force(schedule)
    _check_the_erps_own_log(schedule.house)


STANDS: dict[str, tuple[str | None, ...]] = {
    "confirmed": ("sale",),
    "cancelled": ("cancel", None),
}
"""What the ERP shows of an order, by its status here."""


def _check_newest_in_force(schedule: Schedule) -> None:
    house = schedule.house
    documents = {
        int(r.work_key.rpartition(":")[2]): r
        for r in house.rows(
            "SELECT work_key, status, source_version, data ->> 'external_id' AS external_id "
            "FROM document"
        )
    }
    assert documents.keys() == schedule.newest.keys()
    for number, document in documents.items():
        assert int(document.source_version) == schedule.newest[number]
        order = house.erp.orders.get(document.external_id)
        stands = order["state"] if order else None
        assert stands in STANDS[document.status], (number, document, stands)
        if not any(n == number for n, _ in schedule.cancelled):
            assert document.status == "confirmed"


def _check_the_erps_own_log(house: PaperHouse) -> None:
    """Nothing was served before what came before it for the same target (promise P3)."""
    ids = {
        r.effect_key: (r.target_key, r.effect_id)
        for r in house.rows("SELECT effect_key, target_key, effect_id FROM effect")
    }
    newest: dict[str, int] = {}
    for key in house.erp.served:
        target, effect_id = ids[key]
        assert effect_id >= newest.get(target, 0), f"{key} was served late"
        newest[target] = effect_id
