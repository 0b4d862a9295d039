"""One simulated day with losses: trade, rest, two nights in which the day is closed by itself."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from crossdock.ops.close import last_close, scope_of
from crossdock.ops.close_result import Close
from crossdock.ops.daily_close import DailyClose
from crossdock.ops.loss.place import Place
from crossdock.rehearsal.losses.planter import AT_REST, LONG_AFTER, SILENCED, SQL, Planted, Planter
from crossdock.rehearsal.sim.day import DayPlan, plan
from crossdock.rehearsal.sim.desk import Desk
from crossdock.rehearsal.sim.house import SimHouse
from crossdock.rehearsal.sim.run import at_rest, swept

TRADE = DayPlan(orders=3, seconds=300.0, changes=0.5, outages=1)
"""Customers change and cancel; a warehouse does not answer for a while."""
LATE = (-90, 60, 3560)
"""Seconds from midnight at which customers of a clean day order still: the last one's order is on
its way when the day is closed."""
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
        nights = []
        for number in range(3 if any(self._turn(x) == 2 for x in self.losses) else 2):
            self._strike(number)
            self._night(self._day(number))
            closed = [self._day(n) for n in (number - 1, number) if n >= 0]
            nights.append([self._read(day) for day in closed])
        self.orders = len(self.house.shop_twin.shop.orders)
        self.struck = sum(self.house.faults.struck.values())
        self._judge(nights)
        self._judge_alarms([close for closes in nights for close in closes])

    def _trade(self) -> None:
        house, scheduler = self.house, self.house.scheduler
        house.prepare()
        for number in range(1, 3 if self.faults_on else 2):
            house.workers.start(f"worker{number}")
        self._start_closer()
        scheduler.watch = self._look
        self._until("the first sweep", lambda: swept(house), 3600.0)
        house.faults.on = self.faults_on
        trade = TRADE if self.faults_on else CALM
        for place in {loss.place for loss in self.losses if loss.place in SILENCED}:
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
        self._until("rest", lambda: at_rest(house), REST_SECONDS)
        self.planter.armed.clear()

    def _strike(self, night: int) -> None:
        """Before a night: what is lost then, and what could not be lost before."""
        for loss in self.losses:
            if loss.place in AT_REST and loss.at is None and self._turn(loss) <= night:
                self.planter.strike_at_rest(loss)

    def _turn(self, loss: Planted) -> int:
        """Before the first close of its day, after it, or after the second one."""
        if loss.place not in AT_REST or loss.number % 3 == 0:
            return 0
        return 2 if loss.number % 3 == 1 and loss.place in LONG_AFTER else loss.number % 3 // 2

    def _night(self, day: date) -> None:
        """Time passes until half an hour after midnight; the sweeps run, then the close does."""
        scheduler = self.house.scheduler
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
        evening = midnight - timedelta(minutes=3) if self.faults_on else midnight
        if self.faults_on:
            self._trade_late(midnight)
        scheduler.clock.time = max(scheduler.clock.time, midnight + timedelta(minutes=30))
        self._until(
            "the sweeps of the night",
            lambda: not self.house.store.stepped.rows(SQL.unswept, since=evening)[0].n,
            1700.0,
        )
        due = midnight + timedelta(hours=1)
        scheduler.clock.time = max(scheduler.clock.time, due)
        self._until("the close", lambda: self._closed_since(due), 3600.0)

    def _trade_late(self, midnight: datetime) -> None:
        """Orders around midnight, under faults, and one that the close finds on its way."""
        house, scheduler = self.house, self.house.scheduler
        scheduler.clock.time = max(scheduler.clock.time, midnight - timedelta(minutes=2))
        for seconds in LATE:
            at = midnight + timedelta(seconds=seconds)
            away = (at - scheduler.clock.time).total_seconds()
            scheduler.at(
                max(away, 0.0), lambda: house.shop_twin.shop.place(1, scheduler.clock.now())
            )
        house.faults.on = True
        over = midnight + timedelta(minutes=5)
        self._until("the small hours", lambda: scheduler.clock.time >= over, 900.0)
        house.faults.on = False

    def _closed_since(self, due: datetime) -> bool:
        """The day that has ended, and the one before it once more."""
        rows = self.house.store.stepped.rows(SQL.closes)
        ended = (due.date() - self._day(0)).days
        wanted = {self._day(n) for n in range(max(ended - 2, 0), ended)}
        return wanted <= {row.day for row in rows if row.closed_at >= due}

    def _read(self, day: date) -> Close:
        scope = scope_of(self.house.registry, 1, day, "", self.house.scheduler.clock.now())
        return last_close(self.house.store, scope).close

    def _judge(self, nights: Sequence[Sequence[Close]]) -> None:
        for loss in self.losses:
            subject = f"{loss.work_key} variant {loss.number}"
            found = Found(loss.place, subject=subject, planted=loss.at is not None)
            at = loss.at or self._closed_at(0)
            due = [closes for n, closes in enumerate(nights) if self._closed_at(n) > at]
            for late, closes in enumerate(due if loss.at else ()):
                places = {
                    d.place for c in closes for d in c.differences if d.work_key == loss.work_key
                }
                if places:
                    found.located, found.late = "+".join(sorted(places)), late
                    break
            self.found.append(found)

    def _closed_at(self, number: int) -> datetime:
        day = self._day(number) + timedelta(days=1)
        return datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=45)

    def _judge_alarms(self, seen: Sequence[Close]) -> None:
        """What is told of documents that nobody touched.

        A person has the question, or settled it outside for good. What a customer changed is no
        excuse: the desk has amended it, and said so.
        """
        lost = {loss.work_key for loss in self.losses}
        asked = {r.work_key for r in self.house.store.stepped.rows(SQL.asked)} - lost
        self.false_alarms = [
            f"{c.day} {d.kind} {d.connection} {d.key}: {d.ours} / {d.theirs} ({d.place})"
            for c in seen
            for d in c.differences
            if d.work_key not in lost | asked and not (lost and d.kind == "unbalanced_messages")
        ]
        if not lost:
            self.unsigned = sum(
                not s.signed and s.connection not in _told(c, asked)
                for c in seen
                for s in c.statements
            )
            newest = {f"close:{c.day}": _told(c, asked) for c in seen}
            self.false_alarms += [
                f"hold {r.connection} {r.work_key}"
                for r in self.house.store.stepped.rows(SQL.alarms)
                if r.connection not in newest.get(r.work_key, ())
            ]

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


def _told(close: Close, asked: Set[str]) -> set[str]:
    """Connections of which this close tells that one of these documents differs."""
    return {d.connection for d in close.differences if d.work_key in asked}
