"""One seeded scheduler with a virtual clock: who runs next, and what time it is.

Every actor is a greenlet. It runs until it gives way (before a statement, during a call, when it
sleeps or waits for a lock); then the seed chooses who goes on. When nobody can, time jumps to the
next one who sleeps.
"""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from greenlet import getcurrent, greenlet

BEGINNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOOK = "hook"
"""How the name of an actor begins that serves a webhook."""
STEP = timedelta(milliseconds=1)
"""How far the clock moves with every step."""


class Killed(BaseException):
    """As good as kill −9: the actor ends where it stands, and nothing it does meanwhile counts."""


class VirtualClock:
    """The simulation's time."""

    def __init__(self, start: datetime = BEGINNING) -> None:
        self.time = start

    def now(self) -> datetime:
        return self.time


@dataclass(eq=False, slots=True)
class Actor:
    """Somebody who acts: a stage of a worker, a webhook on its way, a customer."""

    name: str
    process: str
    """Actors of one process die together."""
    run: greenlet
    wake_at: datetime | None = None
    """Sleeps until then; None: it can go on."""
    channel: object = None
    """What may wake it before that."""
    still_waits: Callable[[], bool] | None = None
    """Waits for a lock while this is true."""
    doomed: bool = False
    ended: Callable[[], object] = lambda: None
    """Called when it has ended, by itself or killed, even before its first step."""


@dataclass(slots=True)
class Scheduler:
    """Runs actors one at a time. The same seed and the same actors give the same history."""

    seed: int
    clock: VirtualClock = field(default_factory=VirtualClock)
    actors: list[Actor] = field(default_factory=list)
    current: Actor | None = None
    acted: str = ""
    """The process that made the last step."""
    steps: int = 0
    jumped: timedelta = timedelta(0)
    """By how much the clock was moved without anybody having lived through it."""
    watch: Callable[[], None] = lambda: None
    """Called after every step."""
    _chance: random.Random = field(init=False)
    _hub: greenlet = field(default_factory=getcurrent)
    _stay: float = field(init=False)
    """How probable it is that the same actor goes on: differs from seed to seed."""
    trace: int = 0
    """A fingerprint of who ran when."""
    _dying: list[str] = field(default_factory=list)
    _happenings: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self._chance = random.Random(f"{self.seed}:schedule")
        self._stay = self._chance.choice((0.0, 0.3, 0.7, 0.95))

    def spawn(
        self, process: str, name: str, body: Callable[[], object], *, after: float = 0,
        ended: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        """A new actor, that begins `after` so many seconds."""
        actor = Actor(name, process, greenlet(body, self._hub), ended=ended)
        if after:
            actor.wake_at = self.clock.time + timedelta(seconds=after)
        self.actors.append(actor)

    def at(self, seconds: float, happening: Callable[[], object]) -> None:
        """Something nobody does: it happens so many seconds from now, between two steps."""
        due = self.clock.time + timedelta(seconds=seconds)
        heappush(self._happenings, (due, next(self._numbers), happening))

    def strike_dead(self) -> None:
        """Called by an actor: its whole process dies here and now."""
        assert self.current is not None
        self._dying.append(self.current.process)
        self.give_way()

    def give_way(self) -> None:
        """Called by an actor: let others run first. Raises Killed when it has been killed."""
        actor = self.current
        if actor is None:
            return
        if not actor.doomed:
            self._hub.switch()
        if actor.doomed:
            raise Killed

    def sleep(self, seconds: float, channel: object = None) -> None:
        """Let so much time pass, unless `channel` is woken before."""
        actor = self.current
        if actor is None:
            self.clock.time += timedelta(seconds=seconds)
            return
        actor.wake_at = self.clock.time + timedelta(seconds=seconds)
        actor.channel = channel
        self.give_way()

    def wait_while(self, still_waits: Callable[[], bool]) -> None:
        """Do not go on before that is false. Without actors there is nobody to wait for."""
        actor = self.current
        if actor is None:
            return
        actor.still_waits = still_waits
        self.give_way()

    def wake(self, channel: object) -> None:
        """Those who sleep on that channel can go on."""
        for actor in self.actors:
            if actor.channel == channel and actor.wake_at is not None:
                actor.wake_at = None

    def jump(self, seconds: float) -> None:
        """The clock is set."""
        self.jumped += timedelta(seconds=seconds)
        self.clock.time += timedelta(seconds=seconds)

    def kill(self, process: str) -> int:
        """All its actors end where they are. Returns how many there were."""
        dying = [a for a in self.actors if a.process == process]
        self.actors = [a for a in self.actors if a.process != process]
        for actor in dying:
            self._end(actor)
        return len(dying)

    def run(self, until: Callable[[], bool], steps_max: int) -> bool:
        """Step until it is so; False when `steps_max` were not enough, or nobody is left."""
        end = self.steps + steps_max
        while not until():
            actor = self._next()
            if actor is None or self.steps >= end:
                return False
            self._step(actor)
        return True

    def close(self) -> None:
        """End everybody."""
        for process in {a.process for a in self.actors}:
            self.kill(process)

    def _step(self, actor: Actor) -> None:
        self.steps += 1
        self.clock.time += STEP
        line = f"{actor.process} {actor.name} {self.clock.time.timestamp()}"
        self.trace = zlib.crc32(line.encode(), self.trace)
        self.current, self.acted = actor, actor.process
        try:
            actor.run.switch()
        finally:
            self.current = None
        if actor.run.dead and actor in self.actors:
            self.actors.remove(actor)
            actor.ended()
        while self._dying:
            self.kill(self._dying.pop())
        self.watch()

    def _end(self, actor: Actor) -> None:
        actor.doomed = True
        previous, self.current = self.current, actor
        try:
            actor.run.throw(Killed)
        except Killed:
            pass
        finally:
            self.current = previous
        actor.ended()

    def _next(self) -> Actor | None:
        while True:
            self._happen()
            able = [a for a in self.actors if self._able(a)]
            if able:
                return self._choose(able)
            later = [a.wake_at for a in self.actors if a.wake_at is not None]
            later += [due for due, _, _ in self._happenings[:1]]
            if not later:
                return None
            self.clock.time = max(self.clock.time, min(later))

    def _happen(self) -> None:
        while self._happenings and self._happenings[0][0] <= self.clock.time:
            heappop(self._happenings)[2]()

    def _choose(self, able: list[Actor]) -> Actor:
        last = able[0]
        if len(able) > 1 and self._chance.random() < self._stay:
            return last
        chosen = self._chance.choice(able)
        self.actors.remove(chosen)
        self.actors.insert(0, chosen)
        return chosen

    def _able(self, actor: Actor) -> bool:
        if actor.wake_at is not None:
            if actor.wake_at > self.clock.time:
                return False
            actor.wake_at = None
            actor.channel = None
        if actor.still_waits is not None:
            if actor.still_waits():
                return False
            actor.still_waits = None
        return True
