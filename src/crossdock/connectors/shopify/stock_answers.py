"""What a number is answered, by what its item shows and by what Shopify said of it. Pure."""

from typing import NamedTuple

from crossdock.connectors.shopify.inventory_levels import Level
from crossdock.connectors.shopify.mapping.inventory import OUTCOMES, QuantityError
from crossdock.ports.channel_stock import ChannelStock, Published, PublishOutcome

ACTIVATE = (
    "not stocked at location {place}: tick it in Shopify at the variant, Inventory › Edit locations"
    " (or call inventoryActivate)"
)
UNTRACKED = "Shopify does not count it any more: switch on 'Inventory tracked' at the variant"
CHANGED = "it shows {shown}, not {believed}"
KEY_USED_BEFORE = "an earlier request under this key was received; nothing was written by this one"


class Row(NamedTuple):
    """One number of a batch that can be written."""

    place_in_batch: int
    item: ChannelStock
    item_id: str
    shown: int
    """What is believed to stand, or was read just now."""


def answer_by_level(row: Row, level: Level, place: str) -> Published | None:
    """Why the number cannot be set where this stands; None: it can."""
    if not level.tracked:
        return Published(row.item, PublishOutcome.NOT_STOCKED, None, UNTRACKED)
    if level.available is None:
        reason = ACTIVATE.format(place=place)
        return Published(row.item, PublishOutcome.NOT_STOCKED, None, reason)
    if level.available != row.shown:
        reason = CHANGED.format(shown=level.available, believed=row.shown)
        return Published(row.item, PublishOutcome.CHANGED_MEANWHILE, level.available, reason)
    return None


def answer_by_error(
    row: Row, level: Level, error: QuantityError | None, place: str
) -> Published | None:
    """As Shopify refused it, where what stands does not say it better; None: nobody objects."""
    outcome = OUTCOMES.get(error.code, PublishOutcome.REFUSED) if error else None
    if error is None or outcome is not PublishOutcome.REFUSED:
        by_level = answer_by_level(row, level, place)
        if by_level or error is None:
            return by_level
    return Published(row.item, outcome or PublishOutcome.REFUSED, level.available, error.message)


def answer_after_another(row: Row, level: Level, place: str) -> Published:
    """Of a request that was not executed, since an earlier one had the same key."""
    if level.available == row.item.quantity and level.tracked:
        return Published(row.item, PublishOutcome.SET, level.available, KEY_USED_BEFORE)
    outcome = PublishOutcome.CHANGED_MEANWHILE
    written = Published(row.item, outcome, level.available, KEY_USED_BEFORE)
    by_level = answer_by_level(row, level, place)
    return by_level if by_level and by_level.outcome is not outcome else written


def answer_by_word(row: Row, error: QuantityError) -> Published:
    """Of a refusal that what stands does not explain."""
    outcome = OUTCOMES.get(error.code, PublishOutcome.REFUSED)
    return Published(row.item, outcome, None, error.message)
