"""The same terms as `terms.py`, for many SKUs: one list per term, one entry per SKU."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crossdock.processes.inventory.exposure.terms import Item, LocationTerms, Receipt

NO_TERMS = LocationTerms(supply=0)


@dataclass(frozen=True, slots=True)
class LocationColumns:
    """One location: a SKU that it does not keep has 0 in every list. Millionths."""

    supply: Sequence[int]
    unsellable: Sequence[int]
    shipped: Sequence[int]
    foreign_demand: Sequence[int]
    allocated: Sequence[int]
    receipts: dict[int, tuple[Receipt, ...]] = field(default_factory=dict)
    """By row; only rows that expect something."""

    def now(self) -> list[int]:
        """Free to promise today, by row."""
        columns = (
            self.supply, self.unsellable, self.shipped, self.foreign_demand, self.allocated,
        )  # fmt: skip
        return [s - u - h - f - a for s, u, h, f, a in zip(*columns, strict=True)]


@dataclass(frozen=True, slots=True)
class ChannelColumns:
    """One channel. An empty list says that nothing is known of any SKU."""

    ring_fence_used: dict[int, int] = field(default_factory=dict)
    """By row; only rows of which something was used."""
    velocity: Sequence[int] = ()
    lag_buffer: Sequence[int] = ()
    published: Sequence[int | None] = ()


@dataclass(frozen=True, slots=True)
class StockColumns:
    """Many SKUs; the row of a SKU is its place in `skus`."""

    skus: Sequence[str]
    locations: dict[str, LocationColumns]
    channels: dict[str, ChannelColumns] = field(default_factory=dict)
    kits: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Components by the kit's row: (row, millionths per kit); a component is no kit itself."""


def columns_of(items: Sequence[Item]) -> StockColumns:
    """Items as columns; the components of a kit must be among the items. KeyError otherwise."""
    row_of = {item.sku: row for row, item in enumerate(items)}
    locations = dict.fromkeys(name for item in items for name in item.locations)
    channels = dict.fromkeys(name for item in items for name in item.channels)
    return StockColumns(
        skus=[item.sku for item in items],
        locations={name: _location(items, name) for name in locations},
        channels={name: _channel(items, name) for name in channels},
        kits={
            row: tuple((row_of[part.item.sku], part.per_kit) for part in item.components)
            for row, item in enumerate(items)
            if item.components
        },
    )


def _location(items: Sequence[Item], name: str) -> LocationColumns:
    terms = [item.locations.get(name, NO_TERMS) for item in items]
    return LocationColumns(
        supply=[t.supply for t in terms],
        unsellable=[t.unsellable for t in terms],
        shipped=[t.shipped for t in terms],
        foreign_demand=[t.foreign_demand for t in terms],
        allocated=[t.allocated for t in terms],
        receipts={row: t.receipts for row, t in enumerate(terms) if t.receipts},
    )


def _channel(items: Sequence[Item], name: str) -> ChannelColumns:
    facts = [item.facts(name) for item in items]
    return ChannelColumns(
        ring_fence_used={
            row: f.ring_fence_used for row, f in enumerate(facts) if f.ring_fence_used
        },
        velocity=[f.velocity for f in facts],
        lag_buffer=[f.lag_buffer for f in facts],
        published=[f.published for f in facts],
    )
