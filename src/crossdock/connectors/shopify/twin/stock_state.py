"""What the shop has for sale: inventory items, their levels by location, and how they change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from crossdock.connectors.shopify.twin.catalogue import Catalogue
from crossdock.connectors.shopify.twin.fulfilment_records import LOCATIONS, MAIN, LocationState
from crossdock.connectors.shopify.twin.order_state import LineState, OrderState

ITEM_ID_OFFSET = 2_000_000_000_000
"""An inventory item's id is that of its variant and this."""
AVAILABLE_AT_FIRST = 100


@dataclass(slots=True)
class StockItem:
    """One variant's stock."""

    item_id: int
    variant_id: int
    sku: str
    name: str
    tracked: bool = True
    mutable: bool = True
    """False: a bundle's parent, say, whose stock is that of its parts."""
    available: dict[int, int] = field(default_factory=dict)
    """Pieces for sale by location id; below zero where more was sold. Not there: not stocked."""


@dataclass(slots=True)
class Remembered:
    """What became of a request with an idempotency key."""

    at: datetime
    request: str
    reply: dict[str, object]


class NoSuchStock(ValueError):
    """No such item, or not at this location."""


class ShopStock:
    """Items of the catalogue and others, at the active locations."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.locations: dict[int, LocationState] = {MAIN.location_id: MAIN}
        """Active ones of the merchant's own."""
        self.keys: dict[str, Remembered] = {}
        self.items: dict[int, StockItem] = {}
        self._by_variant: dict[int, StockItem] = {}
        self._by_sku: dict[str, list[StockItem]] = {}
        self._variant_ids = count(46_000_000_000_001)
        for item in catalogue.items:
            name = f"{item.title} - {item.variant_title}" if item.variant_title else item.title
            self.add(item.sku, name, item.variant_id)

    def add(self, sku: str, name: str, variant_id: int = 0) -> StockItem:
        """A variant on sale at the main location."""
        variant_id = variant_id or next(self._variant_ids)
        item = StockItem(variant_id + ITEM_ID_OFFSET, variant_id, sku, name)
        item.available[MAIN.location_id] = AVAILABLE_AT_FIRST
        self.items[item.item_id] = self._by_variant[variant_id] = item
        self._by_sku.setdefault(sku.casefold(), []).append(item)
        return item

    def remove(self, item: StockItem) -> None:
        """Delete the variant."""
        del self.items[item.item_id], self._by_variant[item.variant_id]
        self._by_sku[item.sku.casefold()].remove(item)

    def found(self, skus: Sequence[str]) -> Iterator[StockItem]:
        """As searches find them: letter case does not count."""
        for sku in dict.fromkeys(sku.casefold() for sku in skus):
            yield from self._by_sku.get(sku, ())

    def item(self, sku: str) -> StockItem:
        """The first of that SKU. Raises NoSuchStock."""
        for item in self._by_sku.get(sku.casefold(), ()):
            if item.sku == sku:
                return item
        raise NoSuchStock(f"no variant has the SKU {sku!r}")

    def open(self, location_id: int) -> None:
        """Make the location an active one of the merchant's own. Raises NoSuchStock."""
        if location_id not in LOCATIONS:
            raise NoSuchStock(f"there is no location {location_id}")
        self.locations[location_id] = LOCATIONS[location_id]

    def set(self, item: StockItem, location_id: int, available: int | None) -> None:
        """Somebody else's change; None: the item is not stocked there any more."""
        if location_id not in self.locations:
            raise NoSuchStock(f"there is no active location {location_id}")
        if available is None:
            item.available.pop(location_id, None)
        else:
            item.available[location_id] = available

    def sell(self, item: StockItem, units: int, location_id: int) -> bool:
        """As a checkout that sells no more than there is; whether it was sold."""
        standing = item.available.get(location_id, 0)
        if item.tracked and standing < units:
            return False
        if item.tracked:
            item.available[location_id] = standing - units
        return True

    def commit(self, order: OrderState) -> None:
        """What the order takes cannot be sold again."""
        for line in order.lines:
            self.take(line, line.current_quantity)

    def give_back(self, order: OrderState) -> None:
        """What is left of the order can be sold again."""
        for line in order.lines:
            self.take(line, -line.current_quantity)

    def take(self, line: LineState, units: int) -> None:
        """Units of the line off the main location, below zero if need be."""
        item = self._by_variant.get(line.variant_id or 0)
        if item and item.tracked and MAIN.location_id in item.available:
            item.available[MAIN.location_id] -= units
