"""The Poisson tail, exactly enough: how many events are not exceeded with a given certainty."""

from decimal import Decimal
from functools import lru_cache

PER_MILLE = 1000


def quantile(expected: int, certainty: int, most: int) -> int:
    """The least k with P(X <= k) >= certainty, or `most` if that is more.

    `expected`: mean in millionths; `certainty`: per mille, below 1000.
    """
    mean = Decimal(max(0, expected)).scaleb(-6)
    wanted = Decimal(certainty) / PER_MILLE
    term = (-mean).exp()
    reached, k = term, 0
    while reached < wanted and k < most:
        k += 1
        term = term * mean / k
        reached += term
    return k


@lru_cache(maxsize=64)
def steps(certainty: int, most: int) -> tuple[int, ...]:
    """Where the quantile rises: entry k is the greatest mean (millionths) with quantile <= k.

    `bisect_left(steps(certainty, most), expected)` is `quantile(expected, certainty, most)`.
    """
    found: list[int] = []
    low = 0
    for k in range(most):
        high = low + 1
        while quantile(high, certainty, k + 1) <= k:
            high *= 2
        while high - low > 1:
            middle = (low + high) // 2
            if quantile(middle, certainty, k + 1) <= k:
                low = middle
            else:
                high = middle
        found.append(low)
    return tuple(found)
