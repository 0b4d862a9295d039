"""Where a shop keeps stock, and what it shows there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from crossdock.connectors.shopify.mapping.inventory import to_location_id
from crossdock.connectors.shopify.queries import READ_LEVELS, READ_LOCATIONS, Document
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.errors import Rejected

Run = Callable[[Document, Mapping[str, Any]], dict[str, Any]]
ITEMS_PER_READ = 100


class Level(NamedTuple):
    """What one item shows at one location."""

    sku: str
    tracked: bool
    available: int | None
    """None: not stocked at the location."""


def read_levels(run: Run, item_ids: Sequence[str], location_id: str) -> dict[str, Level]:
    """By item; those that do not exist any more are missing."""
    levels: dict[str, Level] = {}
    for start in range(0, len(item_ids), ITEMS_PER_READ):
        ids = list(item_ids[start : start + ITEMS_PER_READ])
        data = run(READ_LEVELS, {"ids": ids, "location": location_id})
        with reading(READ_LEVELS):
            levels.update((node["id"], _level(node)) for node in data["nodes"] if node)
    return levels


def _level(node: Mapping[str, Any]) -> Level:
    level = node["inventoryLevel"]
    available = int(level["quantities"][0]["quantity"]) if level else None
    return Level(str(node["sku"] or ""), bool(node["tracked"]), available)


def read_locations(run: Run) -> dict[str, str]:
    """Names of the active locations of the merchant's own, by global id."""
    names: dict[str, str] = {}
    after: str | None = None
    while True:
        data = run(READ_LOCATIONS, {"after": after})
        with reading(READ_LOCATIONS):
            page = data["locations"]
            names.update((node["id"], node["name"]) for node in page["nodes"])
            after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        if after is None:
            return names


def chosen_location(run: Run, setting: str) -> str:
    """The location that stock is published to where no other is named. Raises Rejected."""
    locations = read_locations(run)
    named = ", ".join(f"{name} ({gid.rpartition('/')[2]})" for gid, name in locations.items())
    if setting:
        location_id = to_location_id(setting)
        if location_id not in locations:
            raise Rejected(
                f"stock_location {setting!r} is none of the shop's active locations: {named}",
                field="stock_location",
                remedy="set stock_location to the number of one of them",
            )
        return location_id
    if len(locations) != 1:
        raise Rejected(
            f"the shop has {len(locations)} active locations: {named or 'none'}",
            field="stock_location",
            remedy="set stock_location to the number of the one that stock is published to",
        )
    return next(iter(locations))
