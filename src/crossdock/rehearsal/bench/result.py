"""One measured figure beside what it is compared with."""

from dataclasses import dataclass, field
from typing import Any


class BenchFailed(Exception):
    """The run proved something wrong, or could not be made: its figures are worthless."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted of a figure, of its ratio, or of both."""

    at_least: float | None = None
    at_most: float | None = None
    ratio_at_least: float | None = None
    ratio_at_most: float | None = None

    def words(self) -> str:
        """Empty when nothing is wanted."""
        parts = {
            "at least": self.at_least, "at most": self.at_most,
            "ratio at least": self.ratio_at_least, "ratio at most": self.ratio_at_most,
        }  # fmt: skip
        return ", ".join(f"{name} {bound:g}" for name, bound in parts.items() if bound is not None)

    def met(self, value: float, ratio: float | None) -> bool | None:
        """None when nothing is wanted."""
        if not self.words():
            return None
        return _within(value, self.at_least, self.at_most) and _within(
            ratio, self.ratio_at_least, self.ratio_at_most
        )


def _within(value: float | None, least: float | None, most: float | None) -> bool:
    if value is None:
        return least is None and most is None
    return (least is None or value >= least) and (most is None or value <= most)


@dataclass(frozen=True, slots=True)
class Result:
    """A figure and, in the same run, what it is compared with; `ratio` is value over baseline."""

    name: str
    metric: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    aim: Aim = field(default_factory=Aim)
    interval: tuple[float, float] | None = None
    """95 % interval of the ratio, where it was measured in pairs."""
    ratio_floor: float | None = None
    """Below it `--check` fails: the limit of a ratio that is measured once, wider than the aim."""
    ratio_ceiling: float | None = None
    """Above it `--check` fails: for what is better when it is smaller."""

    @property
    def ratio(self) -> float | None:
        if not self.baseline_value:
            return None
        return self.value / self.baseline_value

    @property
    def limit(self) -> str:
        """What `--check` asks of a ratio that it measures once, in words; empty: nothing."""
        if self.ratio_floor is not None:
            return f"at least {self.ratio_floor:g} ×"
        return f"at most {self.ratio_ceiling:g} ×" if self.ratio_ceiling is not None else ""

    @property
    def missed(self) -> str:
        """Which limit of the ratio `--check` finds broken, in words; empty: none."""
        ratio = self.ratio or 0
        if self.ratio_floor is not None and ratio < self.ratio_floor:
            return f"ratio {ratio:.3g}, floor {self.ratio_floor:g}"
        if self.ratio_ceiling is not None and not 0 < ratio <= self.ratio_ceiling:
            return f"ratio {ratio:.3g}, ceiling {self.ratio_ceiling:g}"
        return ""

    def document(self) -> dict[str, Any]:
        """As the JSON file has it: no more digits than were measured."""
        return {
            "name": self.name,
            "metric": self.metric,
            "value": rounded(self.value),
            "unit": self.unit,
            "baseline": self.baseline,
            "baseline_value": rounded(self.baseline_value),
            "ratio": rounded(self.ratio),
            "interval": [rounded(end) for end in self.interval] if self.interval else None,
            "aim": self.aim.words(),
            "met": self.aim.met(self.value, self.ratio),
            "limit": self.limit,
        }


def rounded(value: float | None) -> float | None:
    """Four significant digits: a benchmark has no more."""
    return None if value is None else float(f"{value:.4g}")
