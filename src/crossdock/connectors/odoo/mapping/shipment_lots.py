"""Which lots of a shipment are still to leave, and whether what was written is of those lots."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crossdock.connectors.odoo.mapping.deliveries import Move, Picking, SaleLine, plain
from crossdock.connectors.odoo.mapping.shipment import ShipmentRequest, ShippedLine
from crossdock.connectors.odoo.mapping.shipment_refused import refused

NONE = Decimal(0)
Lots = Mapping[tuple[int, str], int]
"""Lots' ids by product and name."""
Left = dict[str, tuple[int | None, Decimal]]
"""Lots that are still to leave, by name: their id, and how much in reference units."""
UNTRACKED = "none"
"""`has_tracking` of goods without lots."""


@dataclass(frozen=True, slots=True)
class Taken:
    """So much of a move, in its unit and by its lots' ids; no lots for goods that have none."""

    move: Move
    quantity: Decimal
    lots: Sequence[tuple[int, Decimal]]


def lots_left(
    request: ShipmentRequest, gone: Iterable[Picking], line: ShippedLine, sale: SaleLine, lots: Lots
) -> Left:
    """The line's lots without what has left already, in reference units, by name and id.

    Raises Rejected when another lot has left for this shipment, or more of one than is ours.
    """
    left: dict[str, Decimal] = {}
    for name, quantity in line.lots:
        left[name] = left.get(name, NONE) + quantity * sale.unit.factor
    ids = {name: lots.get((line.product_id, name)) for name in left}
    moves = [m for p in gone for m in p.moves if m.sale_line_id == sale.id]
    for lot, quantity in _marked_lots(request, moves).items():
        name = next((name for name, number in ids.items() if number == lot), "")
        if left.get(name, NONE) < quantity:
            raise refused(
                f"line {line.external_id}: {plain(quantity)} of {_lot(lot)} have left for this"
                f" shipment in Odoo, ours is {plain(left.get(name, NONE))} of {name or 'it'}",
                "lots", "conflict",
            )  # fmt: skip
        left[name] -= quantity
    return {name: (ids[name], quantity) for name, quantity in left.items()}


def _marked_lots(request: ShipmentRequest, moves: Iterable[Move]) -> dict[int, Decimal]:
    """In reference units, of the moves whose goods have lots."""
    found: dict[int, Decimal] = {}
    for move in moves:
        for line in move.lines:
            if move.tracking != UNTRACKED and request.owns(line.name) and line.quantity:
                base = line.quantity * move.unit.factor
                found[line.lot_id] = found.get(line.lot_id, NONE) + base
    return found


def _lot(lot_id: int) -> str:
    return f"the lot with id {lot_id}" if lot_id else "no lot"


def lots_of(move: Move, base: Decimal, line: ShippedLine, left: Left) -> list[tuple[int, Decimal]]:
    """Takes `base` of the line's lots that are left. In the move's unit, by id."""
    if move.tracking == UNTRACKED:
        return []
    if not line.lots:
        raise refused(
            f"line {line.external_id}: its product is tracked and the shipment names no lot",
            "lots", "lots_missing",
        )  # fmt: skip
    found: list[tuple[int, Decimal]] = []
    for name, (lot, there) in list(left.items()):
        used = min(there, base)
        if not used:
            continue
        left[name], base = (lot, there - used), base - used
        if lot is None:
            raise refused(
                f"line {line.external_id}: Odoo has no lot or serial number {name} of product"
                f" {line.product_id}",
                "lots", "lot_unknown",
            )  # fmt: skip
        found.append((lot, in_unit_of(move, used, line)))
    return found


def in_unit_of(move: Move, base: Decimal, line: ShippedLine) -> Decimal:
    """A quantity in reference units, in the move's. Raises Rejected when it is not exact."""
    quantity = base / move.unit.factor
    if quantity * move.unit.factor != base or quantity % move.unit.rounding:
        raise refused(
            f"line {line.external_id}: {plain(line.quantity)} is no exact quantity in the unit that"
            f" Odoo moves it in ({plain(quantity)}, its finest is {plain(move.unit.rounding)})",
            "quantity", "unit",
        )  # fmt: skip
    return quantity


def check_lots(
    request: ShipmentRequest, picking: Picking, move: Move, parts: Sequence[Taken]
) -> None:
    """What an attempt before has written must be of the lots that we would write now."""
    planned: dict[int, Decimal] = {}
    for lot, quantity in (pair for part in parts for pair in part.lots):
        planned[lot] = planned.get(lot, NONE) + quantity * move.unit.factor
    carried = _marked_lots(request, [move])
    if carried != planned:
        raise refused(
            f"{picking.name} in Odoo carries {_words(carried, move)} for this shipment, ours is"
            f" {_words(planned, move)}",
            "lots", "conflict",
        )  # fmt: skip


def _words(lots: Mapping[int, Decimal], move: Move) -> str:
    parts = [f"{plain(lots[lot] / move.unit.factor)} of {_lot(lot)}" for lot in sorted(lots)]
    return ", ".join(parts) or "nothing"
