"""Exponential forgetting in whole numbers: what was seen half a life ago weighs half."""

from math import isqrt

BITS = 64
ONE = 1 << BITS
PARTS = 64
"""A half-life is divided in so many steps."""


def _powers() -> tuple[int, ...]:
    """2 ** (-i / PARTS) as fixed-point numbers: six square roots of one half."""
    root = ONE // 2
    for _ in range(PARTS.bit_length() - 1):
        root = isqrt(root << BITS)
    powers = [ONE]
    for _ in range(PARTS - 1):
        powers.append(powers[-1] * root >> BITS)
    return tuple(powers)


POWERS = _powers()


def decayed(value: int, elapsed: int, half_life: int) -> int:
    """What is left of a value of 0 or more after a time, rounded down. Both times in one unit."""
    whole, rest = divmod(max(0, elapsed) * PARTS // half_life, PARTS)
    return value * POWERS[rest] >> BITS + whole
