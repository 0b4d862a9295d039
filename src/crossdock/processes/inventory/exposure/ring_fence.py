"""Whose pieces lie where: ring-fences filled from the locations that can fill them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Granted = dict[str, dict[str, int]]
"""Pieces by location, then by channel."""


class RingFence(NamedTuple):
    """What one channel still has a right to."""

    channel: str
    pieces: int
    """The ring-fence less what was sold of it."""
    locations: tuple[str, ...]
    velocity: int


def grant(fences: Iterable[RingFence], free: Mapping[str, int]) -> Granted:
    """Fill fences from what is free today, never more than there is.

    The faster channel comes first, then the name decides; each takes from its locations in their
    order. When there is too little, the last get less: the sum over channels never exceeds what
    is free, at any location.
    """
    left = {location: pieces for location, pieces in free.items() if pieces > 0}
    granted: Granted = {}
    for fence in sorted(fences, key=lambda f: (-f.velocity, f.channel)):
        wanted = fence.pieces
        for location in fence.locations:
            taken = min(wanted, left.get(location, 0))
            if taken > 0:
                left[location] -= taken
                wanted -= taken
                granted.setdefault(location, {})[fence.channel] = taken
    return granted


def kept_for_others(granted: Granted, location: str, channel: str) -> int:
    """Pieces at the location that belong to other channels."""
    return sum(n for owner, n in granted.get(location, {}).items() if owner != channel)
