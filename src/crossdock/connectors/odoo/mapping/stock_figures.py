"""stock.quant and stock.move → the figures of each product in each warehouse.

Goods leave what can be sold once: with the move whose source is sellable and whose destination is
not in the same warehouse's stock. The later steps of pick, pack and ship start from packing or
output, where the goods are no longer sellable, so no chain is counted twice. Goods arrive once as
well: with the move that enters the warehouse from outside; what waits in input or quality stands
under `unsellable` and is expected no more.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.mapping.stock_places import ELSEWHERE, Place

Row = Mapping[str, Any]
Pair = tuple[int, int]
"""Product and warehouse, by id."""
MOVE_FIELDS = (
    "product_id", "product_qty", "location_id", "location_dest_id", "location_final_id",
    "sale_line_id", "origin", "reference", "date",
)  # fmt: skip
PURCHASE_LINE = "purchase_line_id"
"""Of a move, where Odoo's Purchase is installed."""
OPEN = ("confirmed", "waiting", "partially_available", "assigned")
SENDERS = ("supplier", "transit", "internal")
"""Where expected goods come from; what customers send back may not be fit for sale."""
_FINEST = Decimal("0.000001")
_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Expected:
    """Open goods of one line; `date` is Odoo's instant in UTC."""

    quantity: Decimal
    date: str


@dataclass(slots=True)
class Figures:
    """What one warehouse has of one product, in the product's own unit."""

    on_hand: Decimal = _NONE
    reserved: Decimal = _NONE
    foreign_demand: Decimal = _NONE
    unsellable: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    receipts: dict[tuple[str, str], Expected] = field(default_factory=dict)
    """By reference and line."""
    changed_at: str = ""
    """The newest write_date of what was read."""


class StockFigures:
    """Gathers the figures of some products."""

    def __init__(self, places: Mapping[int, Place]) -> None:
        self._places = places
        """By location; filled further while it is used."""
        self.by_pair: defaultdict[Pair, Figures] = defaultdict(Figures)

    def add_quants(self, groups: Iterable[Row]) -> None:
        """Sums by product and location."""
        for group in groups:
            place = self._place(group["location_id"])
            if not (place.warehouse_id and place.holds):
                continue
            found = self.by_pair[_id(group["product_id"]), place.warehouse_id]
            quantity = exact(group["quantity:sum"])
            if place.sellable:
                found.on_hand += quantity
                found.reserved += exact(group["reserved_quantity:sum"])
            elif quantity:
                found.unsellable[place.state] += quantity
            _touch(found, group)

    def add_history(self, groups: Iterable[Row]) -> None:
        """The last change by product, source and destination, done and cancelled moves too: the
        only trace of a quant that Odoo deleted because it was empty."""
        for group in groups:
            ends = [self._place(group[name]) for name in ("location_id", "location_dest_id")]
            for warehouse in {place.warehouse_id for place in ends if place.holds} - {0}:
                _touch(self.by_pair[_id(group["product_id"]), warehouse], group)

    def add_moves(self, rows: Iterable[Row], ours: Container[int]) -> None:
        """Open moves; `ours` are the sale lines that came through us."""
        for row in rows:
            source, target = self._place(row["location_id"]), self._place(row["location_dest_id"])
            product, quantity = row["product_id"], exact(row["product_qty"])
            stays = target.sellable and target.warehouse_id == source.warehouse_id
            if source.sellable and not stays and row["sale_line_id"] not in ours:
                self.by_pair[product, source.warehouse_id].foreign_demand += quantity
            if quantity > 0 and self._arrives(row, source, target):
                _expect(self.by_pair[product, target.warehouse_id], row, quantity)

    def _arrives(self, row: Row, source: Place, target: Place) -> bool:
        """Into a warehouse from outside of it, and not only to pass through."""
        final = self._place(row["location_final_id"] or row["location_dest_id"])
        enters = target.holds and target.warehouse_id not in (0, source.warehouse_id)
        return enters and source.usage in SENDERS and final.warehouse_id == target.warehouse_id

    def _place(self, location: Any) -> Place:
        return self._places.get(_id(location), ELSEWHERE)


def exact(value: Any) -> Decimal:
    """What Odoo means by its binary floating point number, to six places."""
    return Decimal(str(value or 0)).quantize(_FINEST)


def line_of(row: Row) -> str:
    """The purchase line where there is one, so that a backorder goes on under its name."""
    purchase = row.get(PURCHASE_LINE)
    return f"purchase_line:{purchase}" if purchase else f"move:{row['id']}"


def _expect(found: Figures, row: Row, quantity: Decimal) -> None:
    """Open goods of one line come together, at the latest of their dates."""
    line = line_of(row)
    key = (str(row["origin"] or row["reference"] or line), line)
    before = found.receipts.get(key, Expected(_NONE, ""))
    found.receipts[key] = Expected(before.quantity + quantity, max(before.date, str(row["date"])))


def _touch(found: Figures, group: Row) -> None:
    found.changed_at = max(found.changed_at, str(group["write_date:max"] or ""))


def _id(value: Any) -> int:
    """Groups carry [id, label] whatever was asked for."""
    return int(value[0] if isinstance(value, list) else value or 0)
