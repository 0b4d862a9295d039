"""Attempts by the million: what the outcome policy makes of unknown outcomes, grade by grade.

A model of an outside system of each grade takes calls whose replies are lost, whose execution
comes late, and whose memory of a key ends. The policy (`engine.outcome_policy`) decides, as it
does after every real call; the model counts how often each effect took place.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crossdock.engine.outcome_policy import Settlement, Tried, settle
from crossdock.ports.effect import Absent, Failed, Grade, Observed, Operation
from crossdock.ports.errors import Ambiguous, Rejected, Unavailable
from crossdock.rehearsal.sim.scheduler import BEGINNING

KEY_LIFETIME = timedelta(hours=24)
RUNS_ON_AT_MOST = timedelta(minutes=3)
"""So long a request can still be executed after its sender gave up."""
OPERATIONS = {
    Grade.A: Operation("keyed", Grade.A, key_lifetime=KEY_LIFETIME),
    Grade.B: Operation("unique", Grade.B),
    Grade.C: Operation("searched", Grade.C, settle=RUNS_ON_AT_MOST),
    Grade.D: Operation("blind", Grade.D),
}
LATE = 0.5
"""Of the calls whose reply is lost: they take place later, while they may still run."""


@dataclass(slots=True)
class OutsideSystem:
    """What it did for one effect, by its own clock."""

    grade: Grade
    done_at: list[datetime] = field(default_factory=list)
    on_their_way: list[datetime] = field(default_factory=list)
    """Instants at which requests will be executed."""

    def receive(self, at: datetime) -> None:
        """One request is executed then."""
        self.on_their_way.append(at)

    def live_until(self, now: datetime) -> None:
        """Execute what is due: a key it remembers, or a unique name, makes it a repeat."""
        for at in sorted(at for at in self.on_their_way if at <= now):
            self.on_their_way.remove(at)
            first = self.done_at[0] if self.done_at else None
            keyed = self.grade is Grade.A and first is not None and at - first <= KEY_LIFETIME
            if not (first is not None and (keyed or self.grade is Grade.B)):
                self.done_at.append(at)


@dataclass(slots=True)
class Tally:
    """What became of all effects."""

    attempts: int = 0
    effects: int = 0
    unknown: int = 0
    """Attempts without a reply."""
    doubles: Counter[str] = field(default_factory=Counter)
    """Effects that took place more than once, by grade."""
    ends: Counter[str] = field(default_factory=Counter)
    """`A done`, `D held` …"""
    blind_repeats: int = 0
    """Grade D effects sent again by the machine after an unknown outcome."""
    false_ends: int = 0
    """Said to be done, and not there."""

    @property
    def holds_true(self) -> bool:
        return not (self.doubles or self.blind_repeats or self.false_ends)

    def words(self) -> str:
        """In a sentence."""
        held = self.ends["D held"]
        return (
            f"{self.attempts:,} attempts of {self.effects:,} effects, {self.unknown:,} without a "
            f"reply: {sum(self.doubles.values())} doubles, {self.blind_repeats} blind repeats, "
            f"{self.false_ends} false ends; {held:,} of grade D went to a person."
        )


def play(count: int, unknown: float = 0.05, seed: int = 1) -> Tally:
    """Effects of all grades, until so many attempts were made."""
    chance, tally = random.Random(seed), Tally()
    while tally.attempts < count:
        for grade, operation in OPERATIONS.items():
            _one(grade, operation, chance, unknown, tally)
    return tally


def _one(
    grade: Grade, operation: Operation, chance: random.Random, unknown: float, tally: Tally
) -> None:
    system, now, settlement = OutsideSystem(grade), BEGINNING, Settlement("waiting", "")
    attempts, first_sent = 0, None
    lost = False
    while settlement.state == "waiting":
        attempts += 1
        tally.attempts += 1
        tried = Tried(operation, attempts, first_sent or now, now, settlement.cause,
                      settlement.strikes)  # fmt: skip
        result: Observed | Failed | Absent = Absent("effect")
        if settlement.must_probe:
            result = _probe(system, now, chance, unknown)
        if isinstance(result, Absent):
            first_sent = first_sent or now
            tally.blind_repeats += lost and grade is Grade.D
            result, lost = _send(system, now, chance, unknown)
            tally.unknown += lost
        system.live_until(now)
        now += timedelta(seconds=chance.random())
        settlement = settle(tried, result, chance)
        now = max(now, settlement.ready_at or now)
    system.live_until(now + RUNS_ON_AT_MOST)
    tally.effects += 1
    tally.ends[f"{grade.value} {settlement.state}"] += 1
    tally.false_ends += settlement.state == "done" and not system.done_at
    if len(system.done_at) > 1:
        tally.doubles[grade.value] += 1


def _probe(
    system: OutsideSystem, now: datetime, chance: random.Random, unknown: float
) -> Observed | Failed | Absent:
    if chance.random() < unknown:
        return Failed("effect", Ambiguous("the probe failed"))
    system.live_until(now)
    return Observed("effect", adopted=True) if system.done_at else Absent("effect")


def _send(
    system: OutsideSystem, now: datetime, chance: random.Random, unknown: float
) -> tuple[Observed | Failed, bool]:  # fmt: skip
    """The result, and whether its outcome is unknown."""
    drawn = chance.random()
    if drawn < unknown:
        fate = chance.random()
        if fate < LATE:
            system.receive(now + RUNS_ON_AT_MOST * chance.random())
        elif fate < 0.8:
            system.receive(now)
        return Failed("effect", Ambiguous("no reply")), True
    if drawn < unknown + 0.05:
        return Failed("effect", Unavailable("refused")), False
    if drawn < unknown + 0.06:
        return Failed("effect", Rejected("no", field="x", remedy="y")), False
    system.receive(now)
    return Observed("effect"), False
