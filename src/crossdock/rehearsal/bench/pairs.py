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
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from crossdock.rehearsal.bench.result import Aim, Result

PAIRS = 7
CONFIDENCE = 0.95
FEWEST = 3

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
class Paired:
    """One ratio, measured in pairs. `tolerance` is its limit: so many times worse is too much."""

    name: str
    metric: str
    unit: str
    baseline: str
    better: Better
    tolerance: float
    pairs: Sequence[Pair]

    @property
    def key(self) -> Key:
        return (self.name, self.metric, self.baseline)

    @property
    def interval(self) -> Interval:
        return ratio_interval(self.pairs)

    def limit(self, recorded: float) -> float:
        """The worst ratio that passes beside a recorded one."""
        return recorded / self.tolerance if self._higher else recorded * self.tolerance

    def worse_than(self, recorded: float) -> str:
        """What `--check` says: empty unless the whole interval is beyond the limit."""
        found, limit = self.interval, self.limit(recorded)
        if not (found.high < limit if self._higher else found.low > limit):
            return ""
        bound = "at least" if self._higher else "at most"
        return (
            f"ratio {found.ratio:.3g}, interval {found.low:.3g} to {found.high:.3g}; recorded "
            f"{recorded:.3g}, limit {bound} {limit:.3g}"
        )

    def result(self, aim: Aim) -> Result:
        """As a figure: the medians of both sides, with the interval of their ratio."""
        low, _, high = self.interval
        return Result(
            self.name, self.metric, statistics.median(v for v, _ in self.pairs), self.unit,
            self.baseline, statistics.median(b for _, b in self.pairs), aim, (low, high),
        )  # fmt: skip

    @property
    def _higher(self) -> bool:
        return self.better is Better.HIGHER


def in_turn(
    value: Callable[[], float], baseline: Callable[[], float], turns: Iterable[int] = range(PAIRS)
) -> list[Pair]:
    """Measure both in turn, each going first as often as the other (give or take one).

    What drifts, like a machine that warms up, favours neither.
    """
    found: list[Pair] = []
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
