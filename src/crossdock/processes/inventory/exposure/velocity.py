"""How fast a SKU sells on a channel, and how long the channel takes to hear: measured, forgotten.

Instants and durations are milliseconds that the caller counts from any fixed instant.
"""

from typing import NamedTuple

from crossdock.processes.inventory.exposure.decay import decayed
from crossdock.processes.inventory.exposure.terms import MICRO

DAY = 86_400_000
HALF_LIFE = 3_600_000
"""Sales of an hour ago weigh half."""
GRACE = 1_800_000
"""As if this long nothing was sold before the first look: a first sale makes no rush."""
PER_LN2 = 1_442_695
"""A million divided by the natural logarithm of 2."""
SCALE = 1 << 20
"""Weights are kept this much finer, because forgetting rounds down."""


class SalesRate(NamedTuple):
    """Exponentially weighted sales of one SKU on one channel."""

    since: int
    """When looking began."""
    at: int
    """Of which instant the weights are."""
    weight: int = 0
    squares: int = 0

    def sold(self, pieces: int, at: int) -> "SalesRate":
        """One order line heard of; one that comes late counts as if it were of `at`."""
        at = max(at, self.at)
        weight, squares = self._weights(at)
        added = pieces * MICRO * SCALE
        return SalesRate(self.since, at, weight + added, squares + pieces * added)

    def per_day(self, now: int) -> int:
        """Millionths of a piece per day; 0 as long as nothing was sold.

        The weights are divided by the time they stand for, not by the time they would stand for
        after years: a young rate is not too low.
        """
        age = MICRO - decayed(MICRO, now - self.since, HALF_LIFE)
        seen = HALF_LIFE * PER_LN2 // MICRO * age // MICRO
        return self._weights(now)[0] * DAY // ((seen + GRACE) * SCALE)

    def size(self) -> int:
        """Mean pieces of the order that a piece was sold in, in millionths; at least one piece.

        Ten pieces in one order are not ten buyers: the tail is that of orders, times this size.
        """
        return max(MICRO, self.squares * MICRO // self.weight) if self.weight else MICRO

    def _weights(self, now: int) -> tuple[int, int]:
        gone = now - self.at
        return decayed(self.weight, gone, HALF_LIFE), decayed(self.squares, gone, HALF_LIFE)


class Delay(NamedTuple):
    """A measured delay, smoothed as RFC 6298 smooths round-trip times."""

    mean: int = 0
    deviation: int = 0
    measurements: int = 0

    def measured(self, took: int) -> "Delay":
        """One more measurement; one below zero is a clock's fault and counts as 0."""
        took = max(0, took)
        if not self.measurements:
            return Delay(took, took // 2, 1)
        deviation = (3 * self.deviation + abs(took - self.mean)) // 4
        return Delay((7 * self.mean + took) // 8, deviation, self.measurements + 1)

    def expected(self, unknown: int) -> int:
        """The mean and one deviation; `unknown` before the first measurement."""
        return self.mean + self.deviation if self.measurements else unknown
