"""What is still to be done in Odoo for a shipment: pure, from what was read.

The move lines of a shipment are its own, with external ids that begin with its marker: they are
made in the call that sets the quantities, they are unique in PostgreSQL, they stay with the
delivery when the rest of it becomes a backorder, and they go when a person unreserves it.
Tried on 19.0: `_action_done` drops the reserved lines of a move that has picked ones.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crossdock.connectors.odoo.mapping.deliveries import (
    OUTGOING,
    Deliveries,
    Move,
    MoveLine,
    Picking,
    SaleLine,
    plain,
)
from crossdock.connectors.odoo.mapping.shipment import ShipmentRequest, ShippedLine
from crossdock.connectors.odoo.mapping.shipment_lots import (
    NONE,
    Left,
    Lots,
    Taken,
    check_lots,
    in_unit_of,
    lots_left,
    lots_of,
)
from crossdock.connectors.odoo.mapping.shipment_refused import refused


@dataclass(frozen=True, slots=True)
class Step:
    """A delivery to validate with these quantities."""

    picking: Picking
    taken: Sequence[Taken]
    marked: bool
    """An attempt before has set them already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The next steps; none when the shipment stands, in the deliveries named."""

    steps: Sequence[Step]
    stands_in: Sequence[str] = ()


def plan_shipment(request: ShipmentRequest, seen: Deliveries, lots: Lots) -> Plan:
    """Raises Rejected when Odoo's deliveries cannot carry what was shipped."""
    asked = [(line, _sale_line(seen, line)) for line in request.lines]
    gone = [picking for picking in seen.pickings if picking.has_left]
    shipped = {sale.id: _marked_quantity(request, gone, sale) for _, sale in asked}
    still = {sale.id: lots_left(request, gone, line, sale, lots) for line, sale in asked}
    if all(shipped[sale.id] == _base(line, sale) for line, sale in asked):
        own = [p.name for p in gone if any(request.owns(li.name) for li in _lines(p))]
        return Plan((), own)
    if seen.state != "sale":
        raise refused(f"{seen.name} is in state {seen.state} in Odoo", "state", "not_confirmed")
    if any(shipped.values()):
        _check_rest_is_marked(request, seen, asked)
    taken: dict[int, list[Taken]] = {}
    for line, sale in asked:
        need = _base(line, sale) - shipped[sale.id]
        _check_open(seen, line, sale, need)
        for picking, part in _take(request, seen, line, sale, need, still[sale.id]):
            taken.setdefault(picking.id, []).append(part)
    steps = [_step(request, p, taken[p.id]) for p in seen.pickings if p.id in taken]
    earlier = [step for step in steps if step.picking.code != OUTGOING]
    return Plan(earlier or steps)


def _sale_line(seen: Deliveries, line: ShippedLine) -> SaleLine:
    found = seen.line(line.external_id)
    if found is None or found.product_id != line.product_id:
        raise refused(
            f"{seen.name} has no line {line.external_id} with product {line.product_id} in Odoo",
            "lines", "line_missing",
        )  # fmt: skip
    return found


def _base(line: ShippedLine, sale: SaleLine) -> Decimal:
    return line.quantity * sale.unit.factor


def _lines(picking: Picking) -> Iterator[MoveLine]:
    for move in picking.moves:
        yield from move.lines


def _marked_quantity(
    request: ShipmentRequest, pickings: Iterable[Picking], sale: SaleLine
) -> Decimal:
    """In reference units."""
    moves = (m for picking in pickings for m in picking.moves if m.sale_line_id == sale.id)
    return sum((_marked_of(request, move) * move.unit.factor for move in moves), NONE)


def _marked_of(request: ShipmentRequest, move: Move) -> Decimal:
    return sum((line.quantity for line in move.lines if request.owns(line.name)), NONE)


def _check_rest_is_marked(
    request: ShipmentRequest, seen: Deliveries, asked: Sequence[tuple[ShippedLine, SaleLine]]
) -> None:
    """A part has left: the rest of it must wait in a delivery of its own, else it was changed."""
    leaving = [p for p in seen.pickings if p.has_left or (p.is_open and p.code == OUTGOING)]
    for line, sale in asked:
        stands = _marked_quantity(request, leaving, sale) / sale.unit.factor
        if stands != line.quantity:
            raise refused(
                f"line {line.external_id}: Odoo has shipped {plain(stands)} of this shipment, ours"
                f" is {plain(line.quantity)}",
                "quantity", "conflict",
            )  # fmt: skip


def _check_open(seen: Deliveries, line: ShippedLine, sale: SaleLine, need: Decimal) -> None:
    still_open = seen.open_of(sale)
    if need <= still_open:
        return
    stranger = [
        p.name for p in seen.pickings if p.has_left and not any(li.name for li in _lines(p))
    ]
    by_hand = f"; validated there, not by us: {', '.join(stranger)}" if stranger else ""
    raise refused(
        f"line {line.external_id} of {seen.name}: {plain(line.quantity)} shipped,"
        f" {plain(still_open / sale.unit.factor)} open in Odoo{by_hand}",
        "quantity", "over_shipped",
    )  # fmt: skip


def _take(
    request: ShipmentRequest, seen: Deliveries, line: ShippedLine, sale: SaleLine, need: Decimal,
    left: Left,
) -> Iterator[tuple[Picking, Taken]]:  # fmt: skip
    """From the step nearest to the customer that, with all after it, has enough."""
    for level in _levels(seen, sale):
        level.sort(key=lambda found: (not _marked_of(request, found[1]), found[1].id))
        there = sum((move.open * move.unit.factor for _, move in level), NONE)
        if there >= need:
            yield from _from_level(level, line, need, left)
            return
        need -= there


def _levels(seen: Deliveries, sale: SaleLine) -> list[list[tuple[Picking, Move]]]:
    levels: dict[int, list[tuple[Picking, Move]]] = {}
    for picking in seen.pickings:
        if picking.is_open:
            depth = _depth(picking, seen.pickings, ())
            found = [(picking, m) for m in picking.moves if m.sale_line_id == sale.id and m.open]
            levels.setdefault(depth, []).extend(found)
    return [levels[depth] for depth in sorted(levels)]


def _depth(picking: Picking, all_pickings: Sequence[Picking], passed: tuple[int, ...]) -> int:
    """How many open steps lie between this one and the customer."""
    if picking.code == OUTGOING:
        return 0
    after = [
        _depth(other, all_pickings, (*passed, picking.id))
        for other in all_pickings
        if other.is_open and other.location_id == picking.location_dest_id
        and other.id not in (*passed, picking.id)
    ]  # fmt: skip
    return 1 + max(after, default=0)


def _from_level(
    level: Sequence[tuple[Picking, Move]], line: ShippedLine, need: Decimal, left: Left
) -> Iterator[tuple[Picking, Taken]]:
    for picking, move in level:
        base = min(need, move.open * move.unit.factor)
        if not base:
            continue
        need -= base
        quantity = in_unit_of(move, base, line)
        yield picking, Taken(move, quantity, lots_of(move, base, line, left))


def _step(request: ShipmentRequest, picking: Picking, taken: Sequence[Taken]) -> Step:
    marked = any(request.owns(line.name) for line in _lines(picking))
    for move in picking.moves:
        if any(line.picked and not request.owns(line.name) for line in move.lines):
            raise refused(
                f"{picking.name} is being picked in Odoo by somebody else",
                "pickings", "being_picked",
            )  # fmt: skip
        parts = [part for part in taken if part.move.id == move.id]
        planned = sum((part.quantity for part in parts), NONE)
        if marked and _marked_of(request, move) != planned:
            raise refused(
                f"{picking.name} in Odoo carries {plain(_marked_of(request, move))} of product"
                f" {move.product_id} for this shipment, ours is {plain(planned)}",
                "quantity", "conflict",
            )  # fmt: skip
        if marked:
            check_lots(request, picking, move, parts)
    return Step(picking, taken, marked)
