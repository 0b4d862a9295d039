"""A planned step → the rows of one `load` of its delivery: move lines of our own, picked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from crossdock.connectors.odoo.mapping.deliveries import OUTGOING, Move, MoveLine, plain
from crossdock.connectors.odoo.mapping.shipment import ShipmentRequest
from crossdock.connectors.odoo.mapping.shipment_lots import Taken
from crossdock.connectors.odoo.mapping.shipment_plan import Step

ID, TRACKING = ".id", "carrier_tracking_ref"
_LINE_FIELDS = (
    "id", "move_id/.id", "product_id/.id", "product_uom_id/.id", "quantity", "picked", "lot_id/.id",
    "location_id/.id", "package_id/.id", "owner_id/.id",
)  # fmt: skip
LINE_FIELDS = tuple(f"move_line_ids/{name}" for name in _LINE_FIELDS)
"""Odoo names the record `.id` and each line `id`: its own external id."""


@dataclass(frozen=True, slots=True)
class Place:
    """So much of a lot (0: of goods without lots) in one place, package and ownership."""

    quantity: Decimal
    lot_id: int
    location_id: int
    package_id: int = 0
    owner_id: int = 0


Whereabouts = dict[int, list[Place]]
"""Where lots lie of which Odoo has reserved too little; used up by the rows that are made."""


def fields_of(step: Step, request: ShipmentRequest) -> tuple[str, ...]:
    """Without the tracking column an existing tracking number stays."""
    tracked = bool(request.tracking) and step.picking.code == OUTGOING
    return (ID, TRACKING, *LINE_FIELDS) if tracked else (ID, *LINE_FIELDS)


def rows_of(
    step: Step, request: ShipmentRequest, whereabouts: Whereabouts
) -> list[tuple[str, ...]]:
    """The first row names the delivery, the others carry only their line."""
    head = [str(step.picking.id)]
    if TRACKING in fields_of(step, request):
        head.append(request.tracking)
    parts = [(taken.move, part) for taken in step.taken for part in _parts(taken, whereabouts)]
    rows = []
    for number, (move, part) in enumerate(parts, 1):
        name = f"{request.marker}_p{step.picking.id}_{number}"
        own = head if number == 1 else [""] * len(head)
        rows.append((*own, name, *_cells(move, part)))
    return rows


def _cells(move: Move, part: Place) -> tuple[str, ...]:
    return (
        str(move.id), str(move.product_id), str(move.unit_id), plain(part.quantity), "1",
        _id(part.lot_id), _id(part.location_id), _id(part.package_id), _id(part.owner_id),
    )  # fmt: skip


def _id(number: int) -> str:
    return str(number) if number else ""


def unreserved_lots(step: Step) -> Iterator[int]:
    """Lots of which Odoo has reserved too little for the step: where they lie must be looked up."""
    for taken in step.taken:
        for lot, quantity in taken.lots:
            there = sum((li.quantity for li in _reserved(taken.move, lot)), Decimal(0))
            if there < quantity:
                yield lot


def _parts(taken: Taken, whereabouts: Whereabouts) -> Iterator[Place]:
    for lot, quantity in taken.lots or [(0, taken.quantity)]:
        yield from _parts_of(taken.move, lot, quantity, whereabouts)


def _parts_of(move: Move, lot: int, quantity: Decimal, whereabouts: Whereabouts) -> Iterator[Place]:
    """From where Odoo has reserved it or it lies, the rest from the move's own place."""
    places = whereabouts.get(lot)
    if places is None:
        places = [
            Place(line.quantity, lot, line.location_id, line.package_id, line.owner_id)
            for line in _reserved(move, lot)
        ]
    for number, place in enumerate(places):
        used = min(quantity, place.quantity)
        if used > 0:
            places[number] = replace(place, quantity=place.quantity - used)
            quantity -= used
            yield replace(place, quantity=used)
    if quantity:
        yield Place(quantity, lot, move.location_id)


def _reserved(move: Move, lot: int) -> list[MoveLine]:
    return [li for li in move.lines if not li.picked and li.lot_id == lot and li.quantity > 0]
