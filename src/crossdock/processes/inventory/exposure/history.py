"""Seeded days of one SKU that is sold through several doors: what a back-test replays.

Times are milliseconds since the day began.
"""

import random
from decimal import Decimal
from typing import NamedTuple

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY_LENGTH = 12 * HOUR
PUBLISH_DELAYS = (200, 1_000, 5_000, 30_000, 2 * MINUTE, 5 * MINUTE)
ORDER_DELAYS = (200, 1_000, 5_000, 30_000)


class HistoryDoor(NamedTuple):
    """One channel: how slow it is."""

    publish_delay: int
    order_delay: int
    delays: tuple[int, ...]
    """Of its publications, one after the other, and again from the start."""


class Buyer(NamedTuple):
    """Somebody who wants some pieces at a door, all or none."""

    at: int
    door: int
    pieces: int
    order_delay: int
    cancels_after: int | None
    """From the instant on when we hear of the order."""


class History(NamedTuple):
    """The same for every policy."""

    supply: int
    doors: tuple[HistoryDoor, ...]
    buyers: tuple[Buyer, ...]
    restocks: tuple[tuple[int, int], ...]
    """(at, pieces)"""


class Chance:
    """Whole numbers from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a history must come again from its seed

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def pick(self, values: tuple[int, ...]) -> int:
        return values[self.below(len(values))]

    def is_one_of(self, many: int) -> bool:
        return self.below(many) == 0

    def gap(self, mean: int) -> int:
        """An exponentially distributed time: of events that know nothing of each other."""
        uniform = Decimal(self.below(10**9) + 1).scaleb(-9)
        return int(-uniform.ln() * mean)


def draw_history(seed: int) -> History:
    """Three to six doors, steady and bursty sales, restocks, cancellations."""
    chance = Chance(seed)
    doors = tuple(_door(chance) for _ in range(chance.between(3, 6)))
    buyers = sorted(b for place in range(len(doors)) for b in _buyers(chance, doors, place))
    asked = sum(buyer.pieces for buyer in buyers)
    supply = asked * chance.between(60, 110) // 100
    restocks = tuple((chance.below(DAY_LENGTH), supply // 8) for _ in range(chance.between(0, 4)))
    first = supply - sum(pieces for _, pieces in restocks)
    return History(first, doors, tuple(buyers), restocks)


def _door(chance: Chance) -> HistoryDoor:
    publish, order = chance.pick(PUBLISH_DELAYS), chance.pick(ORDER_DELAYS)
    delays = tuple(publish // 2 + chance.gap(publish // 2) for _ in range(101))
    return HistoryDoor(publish, order, delays)


def _buyers(chance: Chance, doors: tuple[HistoryDoor, ...], place: int) -> list[Buyer]:
    mean = chance.pick((4 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR))
    bursts = [(at := chance.below(DAY_LENGTH), at + 20 * MINUTE) for _ in range(chance.below(3))]
    found, at = [], 0
    while (at := at + _gap(chance, mean, at, bursts)) < DAY_LENGTH:
        pieces = chance.between(2, 5) if chance.is_one_of(5) else 1
        cancels = chance.between(MINUTE, 2 * HOUR) if chance.is_one_of(10) else None
        delay = doors[place].order_delay // 2 + chance.gap(doors[place].order_delay // 2)
        found.append(Buyer(at, place, pieces, delay, cancels))
    return found


def _gap(chance: Chance, mean: int, at: int, bursts: list[tuple[int, int]]) -> int:
    """Until the next buyer: in a burst they come eight times as fast."""
    is_burst = any(begin <= at < end for begin, end in bursts)
    waits = [begin - at for begin, _ in bursts if begin > at]
    gap = chance.gap(mean // 8 if is_burst else mean)
    return min(gap, *waits) if waits and not is_burst else gap
