"""What the rows of many SKUs have in common, and what a group of them must answer."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from operator import add
from typing import TypeVar

from crossdock.processes.inventory.exposure.columns import ChannelColumns, StockColumns
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.rule_groups import RuleGroup
from crossdock.processes.inventory.exposure.silence import Feed, feed
from crossdock.processes.inventory.exposure.terms import MICRO, arrives, in_time

NOTHING_KNOWN = ChannelColumns()
T = TypeVar("T")
Floors = tuple[tuple[str, int | None], ...]
"""Locations, and for how many pieces each is trusted; None: for all it has."""


class WholeStock:
    """All rows, and what several groups need of them."""

    def __init__(self, stock: StockColumns, silence: Mapping[str, int]) -> None:
        self.stock = stock
        self.silence = silence
        self.now = {name: place.now() for name, place in stock.locations.items()}
        self.kept: dict[str, list[int]] = {}
        """Pieces that are ring-fenced at a location, by row; groups of plain SKUs fill it."""
        self.own: dict[tuple[str, str], list[int]] = {}
        """The same, by location and owner."""
        self._available: dict[tuple[str, int], list[int]] = {}
        self._pieces: dict[tuple[str, int], list[int]] = {}
        self._fastest: dict[frozenset[str], Sequence[int]] = {}

    def available(self, location: str, horizon_days: int) -> list[int]:
        """Millionths of every row, receipts in time included, never below zero."""
        key = location, horizon_days
        if key not in self._available:
            now, receipts = self.now[location], self.stock.locations[location].receipts
            column = [n if n > 0 else 0 for n in now]
            for row in receipts if horizon_days else ():
                due = sum(r.left for r in receipts[row] if in_time(r, horizon_days))
                column[row] = max(0, now[row] + due)
            self._available[key] = column
        return self._available[key]

    def pieces(self, location: str, horizon_days: int) -> list[int]:
        """Whole pieces of every row."""
        key = location, horizon_days
        if key not in self._pieces:
            self._pieces[key] = [n // MICRO for n in self.available(*key)]
        return self._pieces[key]

    def fastest(self, channels: frozenset[str]) -> Sequence[int]:
        """The greatest velocity among channels, by row; empty: nobody knows any."""
        if channels not in self._fastest:
            known = [v for name in sorted(channels) if (v := self.facts(name).velocity)]
            few = known[0] if known else ()
            self._fastest[channels] = list(map(max, *known)) if len(known) > 1 else few
        return self._fastest[channels]

    def earliest(self, rules: ExposureRules, row: int, need: int) -> int | None:
        """Days until an eligible location has `need` of the SKU, by its receipts."""
        days = [
            found
            for name in rules.locations
            if (place := self.stock.locations.get(name))
            and (receipts := place.receipts.get(row))
            and (found := arrives(self.now[name][row], receipts, need)) is not None
        ]
        return min(days, default=None)

    def facts(self, channel: str) -> ChannelColumns:
        return self.stock.channels.get(channel, NOTHING_KNOWN)

    def feeds(self, rules: ExposureRules) -> dict[str, Feed]:
        """The state of each eligible location that keeps anything."""
        return {
            name: feed(rules, self.silence.get(name, 0))
            for name in rules.locations
            if name in self.stock.locations
        }

    def floors(self, rules: ExposureRules, *, trusts_frozen: bool) -> Floors:
        """How far each eligible location is trusted."""
        floored = {Feed.SILENT} if trusts_frozen else {Feed.SILENT, Feed.FROZEN}
        feeds = self.feeds(rules)
        return tuple((n, rules.floor if f in floored else None) for n, f in feeds.items())


class GroupPools(ABC):
    """The rows of one group."""

    def __init__(self, whole: WholeStock, group: RuleGroup) -> None:
        self.whole = whole
        self.group = group

    def of_group(self, column: Sequence[T]) -> Sequence[T]:
        """The group's part of a list over all rows; of an empty one nothing."""
        return taken(column, self.group.rows) if column else column

    @abstractmethod
    def pool(self, channel: str, rules: ExposureRules, *, trusts_frozen: bool) -> list[int]:
        """Pieces over all eligible locations; frozen ones in full, or for their floor."""

    @abstractmethod
    def frozen(self, channel: str, rules: ExposureRules) -> list[int]:
        """Above 0 where the pool rests on a location whose feed is frozen."""

    @abstractmethod
    def own_fence(self, channel: str, rules: ExposureRules) -> list[int]:
        """What a channel that shows its ring-fence only may show."""


def taken(column: Sequence[T], rows: Sequence[int]) -> Sequence[T]:
    """The entries of some rows; a range stands for all of them."""
    return column if isinstance(rows, range) else [column[row] for row in rows]


def put(column: list[int], rows: Sequence[int], values: list[int]) -> None:
    """The reverse of `taken`."""
    if isinstance(rows, range):
        column[:] = values
        return
    for row, value in zip(rows, values, strict=True):
        column[row] = value


def summed(columns: Iterable[Sequence[int]], length: int) -> list[int]:
    """Entry by entry; zeros when there is no column."""
    total: list[int] | None = None
    for column in columns:
        total = list(map(add, total, column)) if total else list(column)
    return total or [0] * length
