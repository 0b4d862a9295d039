"""One measured figure beside what it is compared with."""

from dataclasses import asdict, dataclass
from typing import Any


class BenchFailed(Exception):
    """The run proved something wrong, or could not be made: its figures are worthless."""


@dataclass(frozen=True, slots=True)
class Result:
    """A figure; `ratio` is value over baseline, rounded to two places."""

    name: str
    metric: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    aim: str = ""
    """What is wanted, in words: `at least 8000`."""
    ratio_floor: float | None = None
    """Below it `--check` fails. Lower than the aim: a short run on a busy machine must pass it."""
    ratio_ceiling: float | None = None
    """Above it `--check` fails: for what is better when it is smaller."""

    @property
    def ratio(self) -> float | None:
        if not self.baseline_value:
            return None
        return round(self.value / self.baseline_value, 2)

    @property
    def missed(self) -> str:
        """Which limit of the ratio `--check` finds broken, in words; empty: none."""
        if self.ratio_floor is not None and (self.ratio or 0) < self.ratio_floor:
            return f"ratio {self.ratio}, floor {self.ratio_floor}"
        if self.ratio_ceiling is not None and (
            self.ratio is None or self.ratio > self.ratio_ceiling
        ):
            return f"ratio {self.ratio}, ceiling {self.ratio_ceiling}"
        return ""

    def document(self) -> dict[str, Any]:
        """As the JSON file has it."""
        fields = asdict(self)
        aim = fields.pop("aim")
        del fields["ratio_floor"], fields["ratio_ceiling"]
        return {**fields, "ratio": self.ratio, "aim": aim}
