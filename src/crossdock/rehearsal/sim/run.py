"""One seed: a house, a day, faults, then peace; the first violation ends it."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

import structlog

from crossdock.engine.store import Store
from crossdock.ops.act import act
from crossdock.rehearsal.plain import fields_of
from crossdock.rehearsal.sim.climates import Climate, climate_of
from crossdock.rehearsal.sim.database import SQL, calm, empty
from crossdock.rehearsal.sim.day import DayPlan, plan
from crossdock.rehearsal.sim.desk import Desk
from crossdock.rehearsal.sim.faults import Faults, Kind
from crossdock.rehearsal.sim.house import SimHouse
from crossdock.rehearsal.sim.invariants import Violation, Watch
from crossdock.rehearsal.sim.scheduler import BEGINNING, Scheduler, VirtualClock
from crossdock.rehearsal.sim.sessions import Steps
from crossdock.transports.http import rehearsed_over
from crossdock.transports.waiting import rehearsed_by

STEPS_MAX = 60_000
PEACE_SECONDS = 3 * 3600.0
"""So long everything may take to come to rest when the faults have ended."""
EVENING_SECONDS = 900.0
"""So long faults go on to strike what customers began."""
WORKERS = 2


@dataclass(slots=True)
class Verdict:
    """What one seed showed."""

    seed: int
    climate: str
    steps: int = 0
    calls: int = 0
    commits: int = 0
    orders: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    struck: Counter[Kind] = field(default_factory=Counter)
    strikes: list[str] = field(default_factory=list)
    violation: Violation | None = None
    trace: int = 0
    holds: Counter[str] = field(default_factory=Counter)
    """Open at the end, by code."""

    def as_json(self) -> dict[str, Any]:
        return fields_of(self)


class Broken(Exception):
    """An invariant does not hold."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


class Simulator:
    """Plays seeds, one after the other, on one database. `with Simulator(url) as simulator:`"""

    def __init__(self, url: str) -> None:
        self._store = Store(url, name="crossdock sim", stepper=Steps(Scheduler(0), Faults(0)))
        self._played = 0
        structlog.configure(
            processors=[_drop], wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
        )

    def __enter__(self) -> Self:
        calm(self._store.stepped)
        return self

    def __exit__(self, *exc: object) -> None:
        self._store.close()

    @contextmanager
    def altered(self, before: Sequence[str], after: Sequence[str]) -> Iterator[None]:
        """A database whose schema was changed by statements, and is mended by others afterwards."""
        pool = self._store.stepped
        for statement in before:
            pool.rows(statement)
        try:
            yield
        finally:
            if after:
                empty(pool)
            for statement in after:
                pool.rows(statement)

    def run(
        self,
        seed: int,
        day: DayPlan | None = None,
        spared: Set[str] = frozenset(),
        *,
        climate: Climate | None = None,
        faults_on: bool = True,
    ) -> Verdict:
        """Play one seed to its end or to its first violation; in its own climate unless given."""
        climate = climate or climate_of(seed)
        day = day or DayPlan()
        day = replace(day, restarts=day.restarts + climate.restarts)
        scheduler = Scheduler(seed, VirtualClock())
        faults = Faults(seed, climate.rates, spared=spared, on=False)
        steps = Steps(scheduler, faults)
        self._store.stepped.use(steps)
        house = SimHouse(scheduler, faults, self._store, steps, climate, first=not self._played)
        self._played += 1
        with rehearsed_over(house.wire), rehearsed_by(scheduler.sleep):
            play = Play(house, Watch(house), day, faults_on)
            try:
                play.whole()
            except Broken as broken:
                play.verdict.violation = broken.violation
            finally:
                house.close()
            return play.closed()


@dataclass(slots=True)
class Play:
    """The course of one seed."""

    house: SimHouse
    watch: Watch
    day: DayPlan
    faults_on: bool
    verdict: Verdict = field(init=False)
    _commits: int = 0
    _effects: int = 0
    _answered: dict[Callable[[SimHouse], bool], tuple[int, bool]] = field(default_factory=dict)
    _changed: str = ""
    """The newest transaction that wrote something: where it stays, nothing was changed."""

    def __post_init__(self) -> None:
        self.verdict = Verdict(self.house.scheduler.seed, self.house.climate.name)

    def whole(self) -> None:
        """Opening, day, peace, reckoning. Raises Broken."""
        house, scheduler = self.house, self.house.scheduler
        house.prepare()
        for number in range(1, WORKERS + 1):
            house.workers.start(f"worker{number}")
        scheduler.watch = self._look
        self._until("the first sweep", self._swept, 3600.0)
        house.faults.on = self.faults_on
        plan(house, self.day)
        desk = Desk(house)
        scheduler.spawn("desk", "desk", desk.work_on)
        evening = scheduler.clock.time.timestamp() + self.day.seconds
        night = evening + EVENING_SECONDS

        def over() -> bool:
            now = scheduler.clock.time.timestamp()
            return now >= night or (now >= evening and self._at_rest())

        self._until("the day", over, self.day.seconds + 2 * EVENING_SECONDS)
        house.faults.on = False
        self._until("rest", self._at_rest, PEACE_SECONDS)
        self._until("a last look everywhere", self._looked_again(), PEACE_SECONDS)
        for violation in self.watch.at_rest():
            raise Broken(violation)

    def closed(self) -> Verdict:
        """The verdict with its figures."""
        house, verdict = self.house, self.verdict
        verdict.steps, verdict.trace = house.scheduler.steps, house.scheduler.trace
        verdict.commits = house.steps.commits
        verdict.calls = sum(len(t.log.calls) for t in house.twins.values())
        verdict.orders = len(house.shop_twin.shop.orders)
        verdict.struck, verdict.strikes = house.faults.struck, house.faults.names
        verdict.statuses = Counter(self.watch.statuses.values())
        rows = house.store.stepped.rows(
            "SELECT code, count(*) AS n FROM hold WHERE closed_at IS NULL GROUP BY code"
        )
        verdict.holds = Counter({r.code: r.n for r in rows})
        return verdict

    def _until(self, what: str, condition: Any, seconds: float) -> None:
        scheduler = self.house.scheduler
        late = scheduler.clock.time.timestamp() + seconds
        started = scheduler.steps

        def over() -> bool:
            return condition() or scheduler.clock.time.timestamp() > late

        done = scheduler.run(over, STEPS_MAX)
        if not done or not condition():
            raise Broken(
                Violation(
                    "it comes to an end", f"{what} did not, in {scheduler.steps - started} steps"
                )
            )

    def _look(self) -> None:
        """After every step: whatever could have changed is checked."""
        house = self.house
        house.workers.restart_dead()
        effects = sum(len(t.log.effects) for t in house.twins.values())
        if effects != self._effects:
            self._effects = effects
            for violation in self.watch.after_call():
                raise Broken(violation)
        if house.steps.commits != self._commits:
            self._commits = house.steps.commits
            changed = house.store.stepped.rows(SQL.newest_transaction)[0].id
            if changed == self._changed:
                return
            self._changed = changed
            house.wake_the_due()
            for violation in self.watch.after_commit():
                raise Broken(violation)

    def _swept(self) -> bool:
        return self._since_the_commit(swept)

    def _at_rest(self) -> bool:
        return not outside_is_busy(self.house) and self._since_the_commit(nothing_open)

    def _looked_again(self) -> Callable[[], bool]:
        """At rest, and every sweep has read what no webhook brought until now."""
        since = self.house.scheduler.clock.now()
        self.house.scheduler.spawn("desk", "ask every sweep", lambda: self._sweep_now(since))

        def read(house: SimHouse) -> bool:
            return not house.store.stepped.rows(SQL.streams_unread, since=since)[0].n

        return lambda: self._since_the_commit(read) and self._at_rest()

    def _sweep_now(self, now: datetime) -> None:
        """An actor's: a stream that is being written is waited for."""
        act(self.house.store, lambda tx: tx.run(SQL.sweep_now, now=now))

    def _since_the_commit(self, question: Callable[[SimHouse], bool]) -> bool:
        """Asked once after each commit: nothing else changes the answer."""
        commits = self.house.steps.commits
        if self._answered.get(question, (-1, False))[0] != commits:
            self._answered[question] = (commits, question(self.house))
        return self._answered[question][1]


def swept(house: SimHouse) -> bool:
    """Every sweep has read once."""
    return not house.store.stepped.rows(SQL.streams_unread, since=BEGINNING)[0].n


def at_rest(house: SimHouse) -> bool:
    """Nothing is under way any more."""
    return not outside_is_busy(house) and nothing_open(house)


def outside_is_busy(house: SimHouse) -> bool:
    """A webhook is on its way, or a warehouse has not shipped yet what it will."""
    jobs = (job for t in house.warehouse_twins.values() for job in t.warehouse.jobs.values())
    return bool(house.network.under_way) or any(job.plan for job in jobs)


def nothing_open(house: SimHouse) -> bool:
    """Neither a message nor an effect waits or is worked on."""
    row = house.store.stepped.rows(SQL.open_work)[0]
    return bool(row.messages == 0 and row.effects == 0)


def _drop(_logger: Any, _name: str, _event: Any) -> Any:
    raise structlog.DropEvent
