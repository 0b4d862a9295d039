"""From SKUs to inventory items at locations: what of a batch can be written at all."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from crossdock.connectors.shopify.inventory_items import InventoryItems, Run, Unfit
from crossdock.connectors.shopify.inventory_levels import Level, chosen_location, read_levels
from crossdock.connectors.shopify.mapping.inventory import to_location_id
from crossdock.connectors.shopify.stock_answers import Row, answer_by_level
from crossdock.ports.channel_stock import ChannelStock, Published, PublishOutcome
from crossdock.ports.errors import Rejected

RENEWED = "another variant has this SKU now: it is looked up anew next time"
Answers = dict[int, Published]
"""By the number's place in the batch."""


class StockRows:
    """Finds items and locations of one shop, and remembers them. Thread-safe."""

    def __init__(self, run: Run, stock_location: str) -> None:
        self._run = run
        self._setting = stock_location
        self._items = InventoryItems()
        self._chosen = ""

    def find(self, items: Sequence[ChannelStock], answers: Answers) -> dict[str, list[Row]]:
        """Rows by location; numbers that cannot be written are answered."""
        places = self._places(items, answers)
        found = self._items.find(self._run, [items[index].sku for index in places])
        rows: dict[str, list[Row]] = defaultdict(list)
        for index, place in places.items():
            item, item_id = items[index], found[items[index].sku]
            if isinstance(item_id, Unfit):
                answers[index] = Published(item, item_id.outcome, None, item_id.reason)
            else:
                rows[place].append(Row(index, item, item_id, item.believed or 0))
        return {place: self._with_shown(place, some, answers) for place, some in rows.items()}

    def still_theirs(
        self, run: Run, rows: Sequence[Row], levels: Mapping[str, Level], answers: Answers
    ) -> Iterator[tuple[Row, Level]]:
        """Rows with their levels; those whose item is gone or has another SKU are answered."""
        lost = []
        for row in rows:
            level = levels.get(row.item_id)
            if level is not None and level.sku == row.item.sku:
                yield row, level
            else:
                lost.append(row)
        self._items.forget([row.item.sku for row in lost])
        found = self._items.find(run, [row.item.sku for row in lost])
        for row in lost:
            now = found[row.item.sku]
            if not isinstance(now, Unfit):
                now = Unfit(PublishOutcome.CHANGED_MEANWHILE, RENEWED)
            answers[row.place_in_batch] = Published(row.item, now.outcome, None, now.reason)

    def forget_location(self) -> None:
        """Choose the location anew next time."""
        self._chosen = ""

    def _places(self, items: Sequence[ChannelStock], answers: Answers) -> dict[int, str]:
        """The location of each number."""
        chosen, refusal = "", ""
        if not all(item.location for item in items):
            try:
                chosen = self._only_location()
            except Rejected as error:
                refusal = f"{error.reason}; {error.remedy}"
        places: dict[int, str] = {}
        for index, item in enumerate(items):
            place = to_location_id(item.location) if item.location else chosen
            if place:
                places[index] = place
                continue
            reason = f"{item.location!r} is no location's id in Shopify" if item.location else ""
            answers[index] = Published(item, PublishOutcome.REFUSED, None, reason or refusal)
        return places

    def _only_location(self) -> str:
        if not self._chosen:
            self._chosen = chosen_location(self._run, self._setting)
        return self._chosen

    def _with_shown(self, place: str, rows: Sequence[Row], answers: Answers) -> list[Row]:
        """In their order in the batch; what is not believed is read."""
        ready = [row for row in rows if row.item.believed is not None]
        unsure = [row for row in rows if row.item.believed is None]
        levels = read_levels(self._run, [row.item_id for row in unsure], place)
        for row, level in self.still_theirs(self._run, unsure, levels, answers):
            seen = row._replace(shown=level.available or 0)
            if unfit := answer_by_level(seen, level, place):
                answers[row.place_in_batch] = unfit
            else:
                ready.append(seen)
        return sorted(ready, key=lambda row: row.place_in_batch)
