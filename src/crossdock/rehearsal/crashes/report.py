"""What one scenario did, and whether the promises held."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from crossdock.rehearsal.plain import fields_of

UNOWNED_SECONDS_MAX = 30.0
"""Beyond the end of a lease: by then somebody else has it (promise P4)."""

Tell = Callable[[str], None]
"""Progress, in words."""


class Verdict(StrEnum):
    """How a scenario ended."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_RUN = "not run"


class CannotRun(Exception):
    """This machine forbids what the scenario needs; says what."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a scenario is played."""

    directory: Path
    rounds: int
    seed: int = 1
    lease_seconds: float = 30.0
    orders_per_second: float = 2.0
    pause_seconds: float = 6.0
    """Between two blows, for work to be in hand again."""
    tell: Tell = lambda _: None


@dataclass(slots=True)
class Report:
    """One scenario's."""

    name: str
    done: Counter[str] = field(default_factory=Counter)
    """Blows, by what they were."""
    notes: dict[str, float] = field(default_factory=dict)
    """Seconds that were measured, by what they are."""
    orders: int = 0
    acknowledged: int = 0
    """Arrivals answered with 2xx while the blows fell, and looked for afterwards."""
    lost: int = 0
    """Of those, the ones that are not in the log of arrivals."""
    unowned_seconds: float = 0.0
    """The longest time anything was open without lease, wake-up or person."""
    doubled: list[str] = field(default_factory=list)
    """Effects that the twins' own logs have twice."""
    differences: list[str] = field(default_factory=list)
    """Between shop, ledger and Odoo."""
    failures: list[str] = field(default_factory=list)
    """What the scenario itself expected and did not see."""
    not_run: str = ""
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        if self.not_run:
            return Verdict.NOT_RUN
        late = self.unowned_seconds > UNOWNED_SECONDS_MAX
        broken = self.lost or self.doubled or self.differences or self.failures or late
        return Verdict.FAILED if broken else Verdict.PASSED

    def slowest(self, what: str, seconds: float) -> None:
        """Note the longest of several times it took."""
        self.notes[what] = max(seconds, self.notes.get(what, 0.0))

    def expect(self, held: object, otherwise: str) -> None:
        """Note `otherwise` as a failure unless it held."""
        if not held:
            self.failures.append(otherwise)

    def wrong(self) -> list[str]:
        """Every reason for a failed verdict, in words."""
        found = [*self.failures, *self.differences, *(f"doubled: {key}" for key in self.doubled)]
        if self.lost:
            found.append(f"{self.lost} acknowledged arrivals are lost")
        if self.unowned_seconds > UNOWNED_SECONDS_MAX:
            found.append(f"something was unowned for {self.unowned_seconds:.0f} s")
        return found

    def as_json(self) -> dict[str, Any]:
        return {**fields_of(self), "verdict": self.verdict}
