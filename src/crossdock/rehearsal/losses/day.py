"""One simulated day with losses: trade, rest, two nights in which the day is closed by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from crossdock.ops.close import last_close, scope_of
from crossdock.ops.close_result import Close
from crossdock.ops.daily_close import DailyClose
from crossdock.ops.loss.place import Place
from crossdock.rehearsal.losses.planter import AT_REST, NEVER_CAME, SQL, Planted, Planter
from crossdock.rehearsal.sim.database import SQL as SIM_SQL
from crossdock.rehearsal.sim.day import DayPlan, plan
from crossdock.rehearsal.sim.desk import Desk
from crossdock.rehearsal.sim.house import SimHouse

TRADE = DayPlan(orders=3, seconds=300.0, changes=0.0, outages=0)
CALM = DayPlan(
    orders=1, seconds=240.0, changes=0.0, restarts=0, storms=0, expired_tokens=0, clock_jumps=0,
    outages=0,
)  # fmt: skip
"""On a day with losses nothing else goes wrong."""
STEPS_MAX = 80_000
REST_SECONDS = 3 * 3600.0
CLOSER = "closer"


class NoEnd(RuntimeError):
    """A part of the day did not come to its end."""


@dataclass(slots=True)
class Found:
    """What became of one planted loss."""

    place: Place
    located: str = ""
    """Where the meter says it was lost; empty: not found."""
    late: int = 0
    """Periods between the close that should have found it and the one that did."""
    subject: str = ""
    planted: bool = True

    @property
    def right(self) -> bool:
        return self.located == self.place


@dataclass(slots=True)
class LossDay:
    """Plays one house. `losses`: what is planted; without any, the day is a clean one."""

    house: SimHouse
    losses: Sequence[Planted] = ()
    faults_on: bool = False
    found: list[Found] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    unsigned: int = 0
    orders: int = 0
    struck: int = 0
    planter: Planter = field(init=False)
    _commits: int = 0

    def __post_init__(self) -> None:
        self.planter = Planter(self.house)

    def whole(self) -> None:
        """Raises NoEnd."""
        self._trade()
        first, second = self._day(0), self._day(1)
        self._strike([loss for loss in self._at_rest_losses() if loss.number % 3 != 2])
        self._night(first)
        seen = [self._read(first)]
        self._strike([loss for loss in self._at_rest_losses() if loss.at is None])
        self._night(second)
        seen.append(self._read(first))
        self._judge(seen)
        self._judge_alarms([*seen, self._read(second)])

    def _trade(self) -> None:
        house, scheduler = self.house, self.house.scheduler
        house.prepare()
        for number in range(1, 3 if self.faults_on else 2):
            house.workers.start(f"worker{number}")
        self._start_closer()
        scheduler.watch = self._look
        self._until("the first sweep", self._swept, 3600.0)
        house.faults.on = self.faults_on
        trade = TRADE if self.faults_on else CALM
        for place in {loss.place for loss in self.losses if loss.place in NEVER_CAME}:
            self.planter.break_the_way_in(place)
        for number, loss in enumerate(self.losses):
            scheduler.at(60.0 + 20 * number, partial(self.planter.place, loss))
        plan(house, trade)
        if self.faults_on:
            desk = Desk(house)
            scheduler.spawn("desk", "desk", desk.work_on)
        seconds = max(trade.seconds, 120.0 + 20 * len(self.losses))
        end = scheduler.clock.time + timedelta(seconds=seconds)
        self._until("the day", lambda: scheduler.clock.time >= end, seconds + 600)
        house.faults.on = False
        self._until("rest", self._at_rest, REST_SECONDS)
        self.planter.armed.clear()
        self.orders = len(house.shop_twin.shop.orders)
        self.struck = sum(house.faults.struck.values())

    def _strike(self, losses: Sequence[Planted]) -> None:
        for loss in losses:
            self.planter.strike_at_rest(loss)

    def _at_rest_losses(self) -> list[Planted]:
        return [loss for loss in self.losses if loss.place in AT_REST]

    def _night(self, day: date) -> None:
        """Time passes until half an hour after midnight; the sweeps run, then the close does."""
        scheduler = self.house.scheduler
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
        scheduler.clock.time = max(scheduler.clock.time, midnight + timedelta(minutes=30))
        self._until(
            "the sweeps of the night",
            lambda: not self.house.store.stepped.rows(SQL.unswept, since=midnight)[0].n,
            1700.0,
        )
        due = midnight + timedelta(hours=1)
        scheduler.clock.time = max(scheduler.clock.time, due)
        self._until("the close", lambda: self._closed_since(due), 3600.0)

    def _closed_since(self, due: datetime) -> bool:
        """Of every day up to then."""
        rows = self.house.store.stepped.rows(SQL.closes)
        wanted = {self._day(n) for n in range((due.date() - self._day(0)).days)}
        return wanted <= {row.day for row in rows if row.closed_at >= due}

    def _read(self, day: date) -> Close:
        scope = scope_of(self.house.registry, 1, day, "", self.house.scheduler.clock.now())
        return last_close(self.house.store, scope).close

    def _judge(self, seen: Sequence[Close]) -> None:
        for loss in self.losses:
            subject = f"{loss.work_key} variant {loss.number}"
            found = Found(loss.place, subject=subject, planted=loss.at is not None)
            at = loss.at or self._closed_at(0)
            due = [c for number, c in enumerate(seen) if self._closed_at(number) > at]
            for late, close in enumerate(due if loss.at else ()):
                places = {d.place for d in close.differences if d.work_key == loss.work_key}
                if places:
                    found.located, found.late = "+".join(sorted(places)), late
                    break
            self.found.append(found)

    def _closed_at(self, number: int) -> datetime:
        day = self._day(number) + timedelta(days=1)
        return datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=45)

    def _judge_alarms(self, seen: Sequence[Close]) -> None:
        """What is told of documents that nobody touched."""
        lost = {loss.work_key for loss in self.losses}
        self.false_alarms = [
            f"{c.day} {d.kind} {d.connection} {d.key}: {d.ours} / {d.theirs} ({d.place})"
            for c in seen
            for d in c.differences
            if d.work_key not in lost and not (lost and d.kind == "unbalanced_messages")
        ]
        if not lost:
            self.unsigned = sum(1 for c in seen for s in c.statements if not s.signed)
            alarms = self.house.store.stepped.rows(SQL.alarms)
            self.false_alarms += [f"hold {r.connection} {r.work_key}" for r in alarms]

    def _day(self, number: int) -> date:
        return date(2026, 3, 2) + timedelta(days=number)

    def _start_closer(self) -> None:
        """A worker that closes; another takes its place when it is killed."""
        house = self.house
        chore = DailyClose()

        def once() -> bool:
            return chore.once(house.store, house.registry, house.scheduler.clock, CLOSER)

        loop = house.workers._loop(CLOSER, "close", once, None, 60.0)  # noqa: SLF001 - a worker's loop, for its chore alone
        house.scheduler.spawn(CLOSER, "close", loop)

    def _look(self) -> None:
        """After every step."""
        house = self.house
        house.workers.restart_dead()
        if not any(a.process == CLOSER for a in house.scheduler.actors):
            self._start_closer()
        if house.steps.commits != self._commits:
            self._commits = house.steps.commits
            self.planter.look()
            house.wake_the_due()
        if house.workers.crashes:
            raise NoEnd(house.workers.crashes[0])

    def _until(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        scheduler = self.house.scheduler
        late = scheduler.clock.time + timedelta(seconds=seconds)
        scheduler.run(lambda: condition() or scheduler.clock.time > late, STEPS_MAX)
        if not condition():
            raise NoEnd(f"seed {scheduler.seed}: {what} did not come, at {scheduler.clock.time}")

    def _swept(self) -> bool:
        return not self.house.store.stepped.rows(SIM_SQL.streams_unread)[0].n

    def _at_rest(self) -> bool:
        house = self.house
        if house.network.under_way or any(
            job.plan for t in house.warehouse_twins.values() for job in t.warehouse.jobs.values()
        ):
            return False
        row = house.store.stepped.rows(SIM_SQL.open_work)[0]
        return bool(row.messages == 0 and row.effects == 0)
