"""A sale.order's deliveries as `web_read` brings them → what is open, done and ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crossdock.ports.erp import ErpShipment

OUTGOING = "outgoing"
STEPS = (OUTGOING, "internal")
"""Operations on the way to the customer; returns are `incoming`."""
ENDED = ("done", "cancel")


def _asked(*names: str, **children: Any) -> dict[str, Any]:
    return {**{name: {} for name in names}, **{n: {"fields": c} for n, c in children.items()}}


SPECIFICATION: Mapping[str, Any] = _asked(
    "name", "state", "invoice_status",
    order_line=_asked(
        "product_id", "product_uom_id", "product_uom_qty", "qty_delivered", "qty_delivered_method"
    ),
    picking_ids=_asked(
        "name", "state", "picking_type_code", "location_id", "location_dest_id",
        move_ids=_asked(
            "sale_line_id", "product_id", "state", "product_uom_qty", "product_uom",
            "has_tracking", "location_id",
            move_line_ids=_asked(
                "quantity", "picked", "lot_id", "location_id", "package_id", "owner_id"
            ),
        ),
    ),
)  # fmt: skip
"""One call brings an order with its lines, deliveries, moves and move lines."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: how many of its reference unit it is, and the finest quantity of it."""

    factor: Decimal
    rounding: Decimal

    def cleaned(self, quantity: Any) -> Decimal:
        """What Odoo means by its binary floating point number."""
        exact = Decimal(str(quantity)) / self.rounding
        return exact.quantize(Decimal(1)) * self.rounding


@dataclass(frozen=True, slots=True)
class SaleLine:
    """Goods that were ordered; quantities in the line's unit."""

    id: int
    external_id: str
    product_id: int
    unit: Unit
    ordered: Decimal
    delivered: Decimal


@dataclass(frozen=True, slots=True)
class MoveLine:
    """So much of a move, from one place and lot; `name` is its external id."""

    id: int
    name: str
    quantity: Decimal
    picked: bool
    lot_id: int
    location_id: int
    package_id: int
    owner_id: int


@dataclass(frozen=True, slots=True)
class Move:
    """Goods of one order line in one delivery; quantities in the move's unit."""

    id: int
    sale_line_id: int
    product_id: int
    state: str
    demand: Decimal
    unit_id: int
    unit: Unit
    tracking: str
    location_id: int
    lines: Sequence[MoveLine]

    @property
    def open(self) -> Decimal:
        """What may be moved now; nothing while it waits for a step before it."""
        return Decimal(0) if self.state in (*ENDED, "waiting") else self.demand


@dataclass(frozen=True, slots=True)
class Picking:
    """One step of one delivery."""

    id: int
    name: str
    state: str
    code: str
    location_id: int
    location_dest_id: int
    moves: Sequence[Move]

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED and self.code in STEPS

    @property
    def has_left(self) -> bool:
        return self.state == "done" and self.code == OUTGOING


@dataclass(frozen=True, slots=True)
class Deliveries:
    """An order's lines of goods and its deliveries, oldest first."""

    order_id: int
    name: str
    state: str
    invoice_status: str
    lines: Mapping[int, SaleLine]
    pickings: Sequence[Picking]

    def line(self, external_id: str) -> SaleLine | None:
        return next((li for li in self.lines.values() if li.external_id == external_id), None)

    def open_of(self, line: SaleLine) -> Decimal:
        """Still to be delivered, in reference units: at most what the open moves carry."""
        moves = [
            m for p in self.pickings if p.is_open for m in p.moves if m.sale_line_id == line.id
        ]
        carried = sum((move.open * move.unit.factor for move in moves), Decimal(0))
        if any(move.unit != line.unit for move in moves):
            return carried
        return max(Decimal(0), min(carried, (line.ordered - line.delivered) * line.unit.factor))


def unit_ids(order: Mapping[str, Any]) -> set[int]:
    """All units that an order and its moves name."""
    moves = (move for picking in order["picking_ids"] for move in picking["move_ids"])
    return {line["product_uom_id"] for line in order["order_line"] if line["product_uom_id"]} | {
        move["product_uom"] for move in moves
    }


def to_deliveries(
    order: Mapping[str, Any], units: Mapping[int, Unit], lines: Mapping[int, str],
    move_lines: Mapping[int, str],
) -> Deliveries:  # fmt: skip
    """`lines` and `move_lines` are external ids; one that was not read counts as none."""
    goods = [li for li in order["order_line"] if li["qty_delivered_method"] == "stock_move"]
    found = sorted(order["picking_ids"], key=lambda picking: int(picking["id"]))
    return Deliveries(
        order_id=order["id"],
        name=order["name"],
        state=order["state"],
        invoice_status=order["invoice_status"] or "no",
        lines={li["id"]: _line(li, units[li["product_uom_id"]], lines) for li in goods},
        pickings=[_picking(picking, units, move_lines) for picking in found],
    )


def _line(line: Mapping[str, Any], unit: Unit, names: Mapping[int, str]) -> SaleLine:
    ordered, delivered = (unit.cleaned(line[n]) for n in ("product_uom_qty", "qty_delivered"))
    external_id = names.get(line["id"], "")
    return SaleLine(line["id"], external_id, line["product_id"], unit, ordered, delivered)


def _picking(
    picking: Mapping[str, Any], units: Mapping[int, Unit], names: Mapping[int, str]
) -> Picking:
    return Picking(
        id=picking["id"], name=picking["name"], state=picking["state"],
        code=picking["picking_type_code"], location_id=picking["location_id"],
        location_dest_id=picking["location_dest_id"],
        moves=[_move(m, units[m["product_uom"]], names) for m in picking["move_ids"]],
    )  # fmt: skip


def _move(move: Mapping[str, Any], unit: Unit, names: Mapping[int, str]) -> Move:
    return Move(
        id=move["id"], sale_line_id=move["sale_line_id"] or 0, product_id=move["product_id"],
        state=move["state"], demand=unit.cleaned(move["product_uom_qty"]),
        unit_id=move["product_uom"], unit=unit, tracking=move["has_tracking"],
        location_id=move["location_id"],
        lines=[
            MoveLine(
                id=line["id"], name=names.get(line["id"], ""),
                quantity=unit.cleaned(line["quantity"]), picked=bool(line["picked"]),
                lot_id=line["lot_id"] or 0, location_id=line["location_id"],
                package_id=line["package_id"] or 0, owner_id=line["owner_id"] or 0,
            )
            for line in move["move_line_ids"]
        ],
    )  # fmt: skip


def markable(order: Mapping[str, Any]) -> Iterable[int]:
    """Move lines that may be a shipment of ours: picked, or gone."""
    for picking in order["picking_ids"]:
        for move in picking["move_ids"]:
            yield from (line["id"] for line in move["move_line_ids"] if line["picked"])


def to_erp_shipment(seen: Deliveries, pickings: Sequence[str]) -> ErpShipment:
    """Quantities in the order lines' units, for the lines that have an external id of ours."""
    lines = [line for line in seen.lines.values() if line.external_id]
    remaining = {line.external_id: seen.open_of(line) / line.unit.factor for line in lines}
    return ErpShipment(
        pickings=list(pickings),
        delivered={line.external_id: plain(line.delivered) for line in lines},
        remaining={
            line.external_id: plain(line.unit.cleaned(remaining[line.external_id]))
            for line in lines
            if remaining[line.external_id] > 0
        },
        invoice_status=seen.invoice_status,
    )


def plain(quantity: Decimal) -> str:
    """Without exponent and trailing zeros."""
    return f"{quantity.normalize() + 0:f}"
