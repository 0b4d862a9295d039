"""Ratios measured in pairs, and what may be concluded from them.

A machine whose speed varies by half changes little between the two halves of one short pair. The
logarithm of each pair's ratio is one observation; their mean and its Student t-interval, taken
back from the logarithm, are the ratio and its interval. Sources: A. Georges, D. Buytaert, L.
Eeckhout, "Statistically Rigorous Java Performance Evaluation", OOPSLA 2007, section 3 (intervals
instead of single figures, t for few observations); T. Kalibera, R. Jones, "Rigorous Benchmarking
in Reasonable Time", ISMM 2013 (ratios of means).
"""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, TypeVar

from crossdock.rehearsal.bench.result import Aim, Result

PAIRS = 7
CONFIDENCE = 0.95
FEWEST = 3
SLACK = 1.1
"""A check takes the machine as it is: it may miss a bound by a tenth; a record may not."""

T = TypeVar("T")
Pair = tuple[float, float]
"""A value and its baseline, measured one directly after the other."""
Key = tuple[str, str, str]
"""Benchmark, metric and baseline: which recorded ratio a new one is compared with."""


class Better(StrEnum):
    """Which direction is the good one."""

    HIGHER = "higher"
    LOWER = "lower"


class Interval(NamedTuple):
    """Of a ratio."""

    low: float
    ratio: float
    high: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a ratio lies on any sane machine, whatever was recorded."""

    least: float = 0.0
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Paired:
    """One ratio, measured in pairs.

    `tolerance`: so many times worse than recorded is too much, and so wide may its interval be.
    """

    name: str
    metric: str
    unit: str
    baseline: str
    better: Better
    tolerance: float
    pairs: Sequence[Pair]
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def key(self) -> Key:
        return (self.name, self.metric, self.baseline)

    @property
    def interval(self) -> Interval:
        return ratio_interval(self.pairs)

    def limit(self, recorded: float) -> float:
        """The worst ratio that passes beside a recorded one: the tolerance, within the bounds."""
        if self.higher:
            return max(recorded / self.tolerance, self.bounds.least / SLACK)
        return min(recorded * self.tolerance, self.bounds.most * SLACK)

    def with_more(self, pairs: Sequence[Pair]) -> "Paired":
        """The same, known better."""
        return replace(self, pairs=[*self.pairs, *pairs])

    def result(self, aim: Aim) -> Result:
        """As a figure: the medians of both sides, with the interval of their ratio."""
        low, _, high = self.interval
        return Result(
            self.name, self.metric, statistics.median(v for v, _ in self.pairs), self.unit,
            self.baseline, statistics.median(b for _, b in self.pairs), aim, (low, high),
        )  # fmt: skip

    @property
    def higher(self) -> bool:
        return self.better is Better.HIGHER


def in_turn(
    value: Callable[[], T], baseline: Callable[[], T], turns: Iterable[int] = range(PAIRS)
) -> list[tuple[T, T]]:
    """Measure both in turn, each going first as often as the other (give or take one).

    What drifts, like a machine that warms up, favours neither.
    """
    found: list[tuple[T, T]] = []
    for number in turns:
        if number % 2:
            second = baseline()
            found.append((value(), second))
        else:
            first = value()
            found.append((first, baseline()))
    return found


def ratio_interval(pairs: Sequence[Pair]) -> Interval:
    """The geometric mean of the pairs' ratios and its 95 % t-interval.

    Raises ValueError for fewer than three pairs, or one that is not positive.
    """
    if len(pairs) < FEWEST:
        raise ValueError(f"{len(pairs)} pairs tell nothing: {FEWEST} are the fewest")
    if any(side <= 0 for pair in pairs for side in pair):
        raise ValueError("a pair has a side that is not positive: it cannot be compared")
    logarithms = [math.log(value / baseline) for value, baseline in pairs]
    middle = statistics.fmean(logarithms)
    error = statistics.stdev(logarithms) / math.sqrt(len(pairs))
    half = student_quantile(len(pairs) - 1) * error
    return Interval(math.exp(middle - half), math.exp(middle), math.exp(middle + half))


def student_quantile(degrees: int) -> float:
    """The quantile of Student's t that leaves 2.5 % above it, for two degrees of freedom or more.

    By the expansion around the normal distribution's (M. Abramowitz, I. Stegun, "Handbook of
    Mathematical Functions", 26.7.5): 1 % off at two degrees, less than 0.1 % from four on.
    """
    z = statistics.NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / float(degrees) ** n for n, term in enumerate(terms, start=1))
