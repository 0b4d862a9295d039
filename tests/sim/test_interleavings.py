"""R1, R2, T1, T5: whatever the order of arrivals, deaths, delays and errors, the end is one.

Random schedules of two workers per stage, taken apart into their steps and run in one thread under
a clock the test moves: one seed repeats a failure, step by step.
"""

import random
from collections import Counter, defaultdict
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

WEIGHTS = {"arrive": 3, "apply": 5, "deliver": 7, "go_on": 24, "die": 1, "advance": 3, "watch": 2,
           "fail_before": 1, "fail_after": 1}  # fmt: skip
"""What may happen next, and how often it does."""
STEPS = 110
REACHED: Counter[str] = Counter()
"""What the schedules came to, all together: a schedule that reaches nothing proves nothing."""


def schedule_of(seed: int) -> tuple[list[tuple[Any, ...]], set[tuple[int, int]]]:
    """The steps and the cancelled versions that a seed stands for."""
    chance = random.Random(seed)
    worker, orders, versions = ["w1", "w2"], range(1, ORDERS + 1), range(1, VERSIONS + 1)
    arguments: dict[str, Callable[[], tuple[Any, ...]]] = {
        "arrive": lambda: (
            [(chance.choice(orders), chance.choice(versions)) for _ in range(chance.randint(1, 3))],
        ),
        "apply": lambda: (chance.choice(worker),),
        "deliver": lambda: (chance.choice(["erp", "erp", "shop"]), chance.choice(worker)),
        "go_on": lambda: (chance.randrange(4),),
        "die": lambda: (chance.randrange(4),),
        "advance": lambda: (chance.choice([1, 5, 31]),),
        "watch": lambda: (),
        "fail_before": lambda: (chance.choice(sorted(ERRORS)),),
        "fail_after": lambda: (chance.choice(UNKNOWN),),
    }
    names = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=STEPS)
    steps = [(name, *arguments[name]()) for name in ["arrive", *names]]
    cancelled = {(n, chance.choice(versions[1:])) for n in orders if chance.random() < 0.3}
    return steps, cancelled


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
        self.rearmed = 0

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
        self.rearmed += bool(self.house.watchdog().look())

    def do_fail_before(self, error: str) -> None:
        self.house.erp.before = _once(error)

    def do_fail_after(self, error: str) -> None:
        self.house.erp.after = _once(error)


def _once(error: str) -> Callable[[str], None]:
    left = [ERRORS[error]()]

    def hook(operation: str) -> None:
        if left:
            raise left.pop()

    return hook


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(seed=st.integers(0, 2**48))
def test_any_schedule_comes_to_one_end(shared: Store, seed: int) -> None:
    steps, cancelled = schedule_of(seed)
    schedule = Schedule(shared, cancelled)
    schedule.run(steps)
    check_at_rest(schedule.house)
    _check_newest_in_force(schedule)
    _check_the_erps_own_log(schedule.house)
    _count(schedule)


def test_the_schedules_went_everywhere() -> None:
    """Deaths, lost replies, adoptions, stale versions, cancellations: all of them happened."""
    for what in ("deaths", "probes", "adopted", "stale", "cancelled", "confirmed", "rearmed"):
        assert REACHED[what] >= 5, (what, REACHED)


def _count(schedule: Schedule) -> None:
    house = schedule.house
    REACHED["deaths"] += schedule.crew.deaths
    REACHED["rearmed"] += schedule.rearmed
    REACHED["probes"] += len(house.erp.probes)
    REACHED["adopted"] += len(house.rows("SELECT 1 FROM effect WHERE adopted"))
    REACHED["stale"] += len(house.rows("SELECT 1 FROM message WHERE state = 'stale'"))
    REACHED.update(row.status for row in house.rows("SELECT status FROM document"))


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
