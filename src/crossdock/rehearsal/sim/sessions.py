"""The database as the simulated processes meet it: a step before each statement, faults, locks."""

from collections.abc import Callable
from dataclasses import dataclass

from crossdock.engine.store import SessionLost
from crossdock.rehearsal.sim.faults import Faults, Kind
from crossdock.rehearsal.sim.scheduler import HOOK, Actor, Scheduler

STALL_SECONDS = 45.0
"""Longer than a lease."""
ARRIVAL_WEIGHT = 8.0
"""Keeping a webhook takes three statements of a day's ten thousand: it is struck more often."""


@dataclass(slots=True)
class Steps:
    """The stepper of every simulated session."""

    scheduler: Scheduler
    faults: Faults
    commits: int = 0

    def before_statement(self, commit: bool) -> None:
        actor = self.scheduler.current
        if actor is None:
            return
        place = f"{actor.name} {'commit' if commit else 'statement'}"
        weight = _weight(actor)
        self.scheduler.give_way()
        if self.faults.strike(Kind.KILLED, place, weight):
            self.scheduler.strike_dead()
        if self.faults.strike(Kind.STALLED, place, weight):
            self.scheduler.sleep(STALL_SECONDS)
        if self.faults.strike(Kind.SESSION_LOST, place, weight):
            raise SessionLost("the connection is lost (simulated)")

    def after_statement(self, commit: bool) -> None:
        if not commit:
            return
        self.commits += 1
        actor = self.scheduler.current
        if actor is None:
            return
        if self.faults.strike(Kind.COMMIT_UNHEARD, actor.name, _weight(actor)):
            raise SessionLost("the connection is lost after the commit (simulated)")

    def wait_for_lock(self, still_waits: Callable[[], bool]) -> None:
        self.scheduler.wait_while(still_waits)


def _weight(actor: Actor) -> float:
    return ARRIVAL_WEIGHT if actor.name.startswith(HOOK) else 1.0
