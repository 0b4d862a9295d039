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

    @property
    def ratio(self) -> float | None:
        if not self.baseline_value:
            return None
        return round(self.value / self.baseline_value, 2)

    def document(self) -> dict[str, Any]:
        """As the JSON file has it."""
        fields = asdict(self)
        aim = fields.pop("aim")
        return {**fields, "ratio": self.ratio, "aim": aim}
