"""What the numbers are made from. Amounts are integers of a millionth of the SKU's unit.

The caller reads them (`numeric(20, 6)` times a million is exact) and knows what day it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

MICRO = 10**6
"""One piece."""


def micro(amount: Decimal) -> int:
    """An amount in millionths. Raises ValueError when it has more than six decimal places."""
    scaled = amount.scaleb(6)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more than six decimal places")
    return int(scaled)


def pieces(amount: int) -> Decimal:
    """Millionths as an amount that people read."""
    return Decimal(amount).scaleb(-6).normalize() + 0


class Receipt(NamedTuple):
    """Goods on their way to a location."""

    days: int
    """From today on in the location's own time; below zero: overdue, so nobody knows when."""
    left: int
    """Still open and promised to nobody."""


@dataclass(frozen=True, slots=True)
class LocationTerms:
    """One SKU at one location."""

    supply: int
    """There, as the location's authority says. May be below zero."""
    unsellable: int = 0
    """Of that supply, damaged or in quarantine; 0 where the authority has left it out already."""
    shipped: int = 0
    """Left the house, and no count includes it yet."""
    foreign_demand: int = 0
    """To leave for reasons that did not come through us."""
    allocated: int = 0
    """Promised by us from what is there; what was promised from a receipt lowers the receipt."""
    receipts: tuple[Receipt, ...] = ()

    @property
    def now(self) -> int:
        """Free to promise today; below zero when more is owed than there is."""
        gone = self.unsellable + self.shipped + self.foreign_demand + self.allocated
        return self.supply - gone

    def within(self, horizon_days: int) -> int:
        """What arrives in time: a horizon of 0 counts nothing, not even what is due today."""
        return sum(r.left for r in self.receipts if in_time(r, horizon_days))


def in_time(receipt: Receipt, horizon_days: int) -> bool:
    """Whether the horizon reaches it; an overdue receipt is not relied on."""
    return horizon_days > 0 and 0 <= receipt.days <= horizon_days and receipt.left > 0


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What is known of one SKU on one channel."""

    ring_fence_used: int = 0
    """Pieces sold here since the ring-fence was set."""
    velocity: int = 0
    """Sales rate, in any unit that is the same for all channels."""
    lag_buffer: int = 0
    """Pieces, as `lag_aware` reckons them; used when the rules switch it on."""
    published: int | None = None
    """The number the channel was told last; None: never."""


NOTHING_KNOWN = ChannelFacts()


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a kit, or the pieces of a pack."""

    item: "Item"
    per_kit: int
    """In millionths of the component's unit, above zero."""


@dataclass(frozen=True, slots=True)
class Item:
    """One SKU with all that its numbers rest on. A kit has components and no supply of its own."""

    sku: str
    locations: Mapping[str, LocationTerms] = field(default_factory=dict)
    channels: Mapping[str, ChannelFacts] = field(default_factory=dict)
    components: tuple[Component, ...] = ()

    def facts(self, channel: str) -> ChannelFacts:
        return self.channels.get(channel, NOTHING_KNOWN)


class BelowZero(NamedTuple):
    """A location that owes more than it has: it counts as 0 and somebody should look."""

    sku: str
    location: str
    amount: int


def arrives(now: int, receipts: tuple[Receipt, ...], need: int) -> int | None:
    """Days until a location has `need`, by its receipts; None: not by what is known."""
    for receipt in sorted(r for r in receipts if r.days >= 0 and r.left > 0):
        now += receipt.left
        if now >= need:
            return receipt.days
    return None
