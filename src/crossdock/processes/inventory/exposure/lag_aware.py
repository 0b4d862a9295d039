"""A buffer that follows the publish delay and the sales of the other channels.

What a channel shows is old by its delay. Meanwhile the others sell, and it may sell those pieces a
second time. So it is not shown as many as the others will probably sell in that time: their
expected sales and a safety from the Poisson tail. A channel that hears at once needs no buffer and
sells the last piece; a SKU that sells rarely needs none either, whatever the delay.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from crossdock.processes.inventory.exposure.poisson import steps
from crossdock.processes.inventory.exposure.terms import MICRO
from crossdock.processes.inventory.exposure.velocity import DAY

CERTAINTY = 950
"""Per mille: the others sell no more than the buffer in so many delays of a thousand."""
UNKNOWN_DELAY = 300_000
"""Milliseconds assumed of a channel whose delay was never measured."""


class Door(NamedTuple):
    """One channel as the buffers of the others see it."""

    channel: str
    publish_delay: int
    """Milliseconds from a change of ours until the channel shows it."""
    order_delay: int
    """Milliseconds from a sale there until we hear of it."""


def expected_elsewhere(own: Door, others: Iterable[tuple[Door, int]]) -> int:
    """Millionths of a piece that the others sell before this channel can hear of it.

    Each other comes with its sales per day: a sale is unknown here while it travels to us, and
    while our number travels on.
    """
    return sum(v * (own.publish_delay + other.order_delay) for other, v in others) // DAY


def lag_buffer(expected: int, size: int, most: int, certainty: int = CERTAINTY) -> int:
    """Pieces to hold back, at most `most`; 0 when nothing is sold elsewhere.

    `expected`: millionths, from `expected_elsewhere`. `size`: millionths of a piece per order
    (`SalesRate.size`); orders arrive as Poisson events, pieces come in orders.
    """
    orders = bisect_left(steps(certainty, most), expected * MICRO // size)
    return min(most, -(-orders * size // MICRO))


def lag_buffers(
    doors: Sequence[Door],
    velocities: Mapping[str, Sequence[int]],
    most: int,
    certainty: int = CERTAINTY,
) -> dict[str, list[int]]:
    """`lag_buffer` for many SKUs sold piece by piece: sales per day by channel, one entry per SKU.

    A channel that is not in `velocities` has sold nothing.
    """
    table = steps(certainty, most)
    known = [door for door in doors if door.channel in velocities]
    columns = [velocities[door.channel] for door in known]
    total, travelling = [], []
    for row in zip(*columns, strict=True):
        total.append(sum(row))
        travelling.append(sum(v * d.order_delay for v, d in zip(row, known, strict=True)))
    zeros = [0] * len(total)
    result = {}
    for door in doors:
        publish, order = door.publish_delay, door.order_delay
        own = velocities.get(door.channel, zeros)
        result[door.channel] = [
            bisect_left(table, ((sold - v) * publish + way - v * order) // DAY)
            for sold, way, v in zip(total, travelling, own, strict=True)
        ]
    return result
