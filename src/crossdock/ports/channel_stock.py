"""What a sales channel is told of stock, and what it answers.

Absolute numbers, guarded by what the channel is believed to show: nobody else's change is
overwritten unseen.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable


class ChannelStock(NamedTuple):
    """One SKU's number at one of the channel's own locations."""

    sku: str
    location: str
    """The channel's own id of the location; empty for a channel with one."""
    quantity: int
    """Pieces that may be sold, never negative."""
    believed: int | None
    """What the channel is believed to show now; None: not known, so it is read first."""


class PublishOutcome(StrEnum):
    """What became of one number."""

    SET = "set"
    CHANGED_MEANWHILE = "changed_meanwhile"
    """It showed another number than believed: nothing was written; `shown` says what it shows."""
    UNKNOWN_SKU = "unknown_sku"
    NOT_STOCKED = "not_stocked"
    """The channel does not keep this SKU's stock, or not at this location."""
    REFUSED = "refused"


class Published(NamedTuple):
    """The channel's answer to one number."""

    item: ChannelStock
    outcome: PublishOutcome
    shown: int | None
    """What it shows afterwards, where it said so."""
    reason: str = ""


@runtime_checkable
class PublishesStock(Protocol):
    """A connector whose channel shows stock."""

    @property
    def publish_batch_max(self) -> int:
        """How many numbers one call may carry."""

    def publish_stock(self, items: Sequence[ChannelStock], key: str) -> Sequence[Published]:
        """Set these numbers; one answer each, in their order.

        `key`: of this batch; the same key and items sent twice take effect once. Raises the errors
        of `ports.errors`: Unavailable, RateLimited, Ambiguous, NotAuthorised.
        """
