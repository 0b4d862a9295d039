"""R6: one budget for all workers, by the second and by the day; sweeps wait for it too."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossdock.engine import pace
from crossdock.engine.clock import ManualClock
from crossdock.engine.deliver import Deliverer
from crossdock.engine.pace import Pace
from crossdock.engine.registry import Attached
from crossdock.engine.store import Store
from crossdock.engine.sweep import Sweeper
from crossdock.ports.effect import EffectToSend, Failed, Observed
from crossdock.ports.errors import RateLimited
from crossdock.ports.manifest import RateBudget, RateBudgetReading
from crossdock.ports.sweep import SweepPage
from tests.support.paper_connectors import PaperErp, order_body
from tests.support.paper_house import PaperHouse


def give(house: PaperHouse, budget: RateBudget) -> int:
    """A budget for the ERP; returns its connection's number."""
    house.erp.rate_budget = budget
    number = house.erp.connection.connection_id
    with house.store.transaction() as tx:
        pace.ensure(tx, number, house.erp.manifest, 2, house.clock.now())
    return number


def take(house: PaperHouse, cost: float = 1.0, *, interactive: bool = False) -> bool:
    number = house.erp.connection.connection_id
    with house.store.transaction() as tx:
        return pace.take_tokens(
            tx, number, house.erp.manifest, cost, house.clock.now(), interactive=interactive
        )


def bucket(house: PaperHouse) -> Any:
    return house.rows("SELECT * FROM rate_bucket")[0]


def test_a_spent_day_waits_for_the_next_and_keeps_a_tenth_for_those_who_wait(
    house: PaperHouse, clock: ManualClock
) -> None:
    give(house, RateBudget(capacity=1000, tokens_per_second=100, per_day=20))
    assert [take(house) for _ in range(20)] == [True] * 18 + [False] * 2
    assert [take(house, interactive=True) for _ in range(3)] == [True, True, False]
    clock.advance(timedelta(hours=14, minutes=59))
    assert not take(house, interactive=True), "23:59 UTC"
    clock.advance(timedelta(minutes=1))
    assert take(house), "midnight"
    assert bucket(house).spent == 1


def test_effects_wait_for_the_next_day_untouched(house: PaperHouse, clock: ManualClock) -> None:
    give(house, RateBudget(capacity=1000, tokens_per_second=100, per_day=10))
    for _ in range(9):
        assert take(house)
    house.arrive(order_body(1))
    house.settle()
    (effect,) = house.rows("SELECT state, attempts, lane FROM effect")
    assert (effect.state, effect.attempts) == ("waiting", 0)
    clock.advance(timedelta(hours=15))
    house.rows("UPDATE stream SET as_of = %(now)s RETURNING 1", now=clock.now())
    house.settle()
    assert house.status() == "confirmed"


STEP = st.tuples(
    st.floats(0, 4000, allow_nan=False), st.sampled_from([0.5, 1.0, 7.0]), st.booleans()
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=1, max_size=60))
def test_neither_the_bucket_nor_the_day_is_ever_overdrawn(
    house: PaperHouse, clock: ManualClock, steps: list[tuple[float, float, bool]]
) -> None:
    budget = RateBudget(capacity=10, tokens_per_second=0.5, per_day=60)
    clock.advance(timedelta(days=2))
    house.rows("DELETE FROM rate_bucket RETURNING 1")
    give(house, budget)
    taken: list[tuple[float, float, bool, Any]] = []
    elapsed = 0.0
    for seconds, cost, interactive in steps:
        clock.advance(timedelta(seconds=seconds))
        elapsed += seconds
        if take(house, cost, interactive=interactive):
            taken.append((elapsed, cost, interactive, pace.utc_day(clock.now())))
    for i, (began, _, _, _) in enumerate(taken):
        spent = 0.0
        for at, cost, _lane, _day in taken[i:]:
            spent += cost
            assert spent <= budget.capacity + budget.tokens_per_second * (at - began) + 1e-6
    for day in {d for *_, d in taken}:
        of_day = [(c, i) for _, c, i, d in taken if d == day]
        assert sum(c for c, _ in of_day) <= 60
        before = 0.0
        for cost, interactive in of_day:
            assert interactive or before + cost <= 54
            before += cost


def test_the_systems_own_word_sets_the_bucket_once(house: PaperHouse, clock: ManualClock) -> None:
    """Cost points: what it says is left, less what it has not counted yet."""
    number = give(house, RateBudget(capacity=1000, tokens_per_second=1))
    reading = RateBudgetReading(available=400, capacity=2000, tokens_per_second=100)
    erp = WithReading(house.erp.connection, rate_budget=house.erp.rate_budget, reading=reading)
    house.registry.attached[number] = Attached(erp.connection, erp)
    house.rows(
        "UPDATE connection_slot SET until = %(later)s, cost = 30, owner = 'another' "
        "WHERE connection_id = %(c)s AND slot = 1 RETURNING 1",
        later=clock.now() + timedelta(seconds=30), c=number,
    )  # fmt: skip
    house.arrive(order_body(1))
    house.applier().apply_once()
    deliverer = house.deliverer()
    assert deliverer.deliver_once() == 1
    found = bucket(house)
    assert (found.tokens, found.capacity, found.tokens_per_second) == (370, 2000, 100)
    house.applier().apply_once()
    assert deliverer.deliver_once() == 1
    assert bucket(house).tokens == 369, "an old reading is not believed twice"


@dataclass
class WithReading(PaperErp):
    reading: RateBudgetReading | None = None

    def budget(self) -> RateBudgetReading | None:
        return self.reading


@dataclass
class Paged(PaperErp):
    """Ten pages a sweep; notes when each was asked for."""

    clock: ManualClock | None = None
    asked: list[Any] = field(default_factory=list)

    def sweep(self, stream: str, cursor: str | None, now: Any) -> Iterator[SweepPage]:
        assert self.clock
        for number in range(int(cursor or "0") + 1, 11):
            self.asked.append(self.clock.now())
            yield SweepPage(f"{number:03d}", last=number == 10)


def paged(house: PaperHouse, clock: ManualClock, budget: RateBudget) -> Paged:
    number = give(house, budget)
    erp = Paged(house.erp.connection, rate_budget=budget, clock=clock)
    house.registry.attached[number] = Attached(erp.connection, erp)
    house.rows("UPDATE stream SET due_at = due_at + interval '1 year' "
               "WHERE stream <> 'products' RETURNING 1")  # fmt: skip
    return erp


def test_a_sweep_waits_for_an_empty_budget(house: PaperHouse, clock: ManualClock) -> None:
    erp = paged(house, clock, RateBudget(capacity=2, tokens_per_second=0.5))

    def wait(seconds: float) -> bool:
        clock.advance(timedelta(seconds=seconds))
        return False

    began = clock.now()
    sweeper = Sweeper(house.store, house.registry, clock, "w1", wait=wait)
    assert sweeper.sweep_once()
    assert len(erp.asked) == 10
    seconds = [round((at - began).total_seconds()) for at in erp.asked]
    assert seconds == [0, 0, 2, 4, 6, 8, 10, 12, 14, 16]


def test_a_sweep_whose_day_is_spent_goes_on_the_next(house: PaperHouse, clock: ManualClock) -> None:
    erp = paged(house, clock, RateBudget(capacity=100, tokens_per_second=10, per_day=5))
    sweeper = Sweeper(house.store, house.registry, clock, "w1", chance=random.Random(1))
    assert sweeper.sweep_once()
    assert len(erp.asked) == 4
    (row,) = house.rows("SELECT cursor, due_at, error FROM stream WHERE stream = 'products'")
    assert row.cursor == "004"
    assert row.due_at == pace.next_utc_day(clock.now())
    assert row.error == "the rate budget is used up"
    assert not house.rows("SELECT 1 FROM breaker WHERE failures > 0")
    clock.advance(row.due_at - clock.now())
    assert sweeper.sweep_once()
    assert len(erp.asked) == 8


class Wall:
    """A system that really refuses what is over its budget."""

    def __init__(self, budget: RateBudget) -> None:
        self.budget, self.tokens, self.at = budget, budget.capacity, time.monotonic()
        self.served = self.refused = 0
        self.lock = threading.Lock()

    def ask(self) -> bool:
        with self.lock:
            now = time.monotonic()
            earned = (now - self.at) * self.budget.tokens_per_second
            self.tokens, self.at = min(self.budget.capacity, self.tokens + earned), now
            if self.tokens < 1:
                self.refused += 1
                return False
            self.tokens -= 1
            self.served += 1
            return True


class Behind(PaperErp):
    wall: Wall

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Observed | Failed]:
        if self.wall.ask():
            return [Observed(e.effect_key) for e in batch]
        error = RateLimited("429", retry_after=timedelta(seconds=0.2))
        return [Failed(e.effect_key, error) for e in batch]


def test_four_replicas_share_one_budget(database: str) -> None:
    """R6: at most one call in a hundred is refused for pace."""
    budget = RateBudget(capacity=20, tokens_per_second=100)
    wall, effects = Wall(budget), 300
    with Store(database, size=4, name="first") as store:
        house = PaperHouse(store, store.clock())
        connection = house.erp.connection
        erp = Behind(connection, rate_budget=budget)
        erp.wall = wall
        with store.transaction() as tx:
            pace.ensure(tx, connection.connection_id, erp.manifest, 8, store.clock().now())
            tx.run("UPDATE connection SET concurrency_limit = 8")
        house.rows(
            "INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, "
            "work_key, lane, state, request, created_at, ready_at) "
            "SELECT 1, %(c)s, 'e' || n, 'create_party', 't' || n, 'w' || n, 1, 'waiting', '{}', "
            "now(), now() FROM generate_series(1, %(n)s) n RETURNING 1",
            c=connection.connection_id, n=effects,
        )  # fmt: skip
        threads = [
            threading.Thread(target=_replica, args=(database, Attached(connection, erp), wall, i))
            for i in range(4)
        ]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        seconds = time.monotonic() - began
    assert wall.served == effects
    assert wall.refused <= effects / 100
    assert seconds >= (effects - budget.capacity) / budget.tokens_per_second * 0.95


def _replica(database: str, attached: Attached, wall: Wall, number: int) -> None:
    with Store(database, size=2, name=f"replica {number}") as store:
        deliverer = Deliverer(store, store.clock(), attached, f"w{number}", Pace(8))
        deadline = time.monotonic() + 50
        while wall.served < 300 and time.monotonic() < deadline:
            if not deliverer.deliver_once():
                threading.Event().wait(0.01)
