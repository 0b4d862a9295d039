"""Does the lag-aware buffer earn its keep? Seeded histories under it and under simpler policies."""

from collections.abc import Iterable
from dataclasses import dataclass

from crossdock.processes.inventory.exposure.history import draw_history
from crossdock.processes.inventory.exposure.lag_aware import CERTAINTY
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.replay import Outcome, Replay

LAG_AWARE = "lag-aware"
SEEDS = range(1000, 1050)
"""The fifty histories of the test. What was tuned was tuned on seeds below 1000."""
FIXED = (0, 1, 2, 5, 10)
PERCENTAGES = (0, 5, 10, 20)
"""Shares that are held back."""


@dataclass(frozen=True, slots=True)
class Result:
    """Each policy over all histories."""

    outcomes: dict[str, Outcome]

    def with_more(self, other: "Result") -> "Result":
        """Both together: of further histories under the same policies."""
        names = self.outcomes or other.outcomes
        return Result(
            {name: _sum(r.outcomes[name] for r in (self, other) if r.outcomes) for name in names}
        )

    def dominators(self) -> list[str]:
        """Policies that are as good as the lag-aware one on both measures and better on one."""
        own = self.outcomes[LAG_AWARE]
        return [name for name, other in self.outcomes.items() if _dominates(other, own)]

    def dominated(self) -> list[str]:
        """Policies over which the lag-aware one is that."""
        own = self.outcomes[LAG_AWARE]
        return [name for name, other in self.outcomes.items() if _dominates(own, other)]


def rules_by_name() -> dict[str, ExposureRules]:
    """The policies that are compared."""
    place = ("EVERYWHERE",)
    fixed = {f"buffer {n}": ExposureRules(locations=place, buffer=n) for n in FIXED}
    shares = {
        f"hold back {n} %": ExposureRules(locations=place, percentage=100 - n) for n in PERCENTAGES
    }
    lag_aware = ExposureRules(locations=place, lag_aware=True)
    return {LAG_AWARE: lag_aware, **fixed, **shares}


def run(seeds: Iterable[int] = SEEDS, certainty: int = CERTAINTY) -> Result:
    """Every policy on every history; the same seeds give the same result everywhere."""
    histories = [draw_history(seed) for seed in seeds]
    return Result(
        {
            name: _sum(Replay(history, rules, certainty).run() for history in histories)
            for name, rules in rules_by_name().items()
        }
    )


def _sum(outcomes: Iterable[Outcome]) -> Outcome:
    columns = list(zip(*outcomes, strict=True))
    oversold, lost, sold = (sum(column) for column in columns) if columns else (0, 0, 0)
    return Outcome(oversold, lost, sold)


def _dominates(one: Outcome, other: Outcome) -> bool:
    is_as_good = one.oversold <= other.oversold and one.lost <= other.lost
    return is_as_good and (one.oversold, one.lost) != (other.oversold, other.lost)
