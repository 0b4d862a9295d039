"""The plan of a shipment, from deliveries as they may stand: several lines, moves and steps."""

from dataclasses import replace
from decimal import Decimal

import pytest

from crossdock.connectors.odoo.mapping.deliveries import (
    Deliveries,
    Move,
    MoveLine,
    Picking,
    SaleLine,
    Unit,
)
from crossdock.connectors.odoo.mapping.shipment import ShipmentRequest, ShippedLine
from crossdock.connectors.odoo.mapping.shipment_plan import plan_shipment
from crossdock.connectors.odoo.mapping.shipment_rows import (
    Place,
    fields_of,
    rows_of,
    unreserved_lots,
)
from crossdock.ports.errors import Rejected

PIECE = Unit(Decimal(1), Decimal("0.01"))
STOCK, OUTPUT, CUSTOMERS = 5, 7, 2
MARKER = "crossdock_shop.shipment_s1"


def request(*quantities: str, lots: tuple[tuple[str, str], ...] = ()) -> ShipmentRequest:
    parts = [(lot, Decimal(quantity)) for lot, quantity in lots]
    lines = [
        ShippedLine(f"l{n}", n, Decimal(quantity), parts)
        for n, quantity in enumerate(quantities, 1)
    ]
    return ShipmentRequest("order", 1, MARKER, "T1", lines)


def reserved(number: int, quantity: str, location: int = STOCK, **more) -> MoveLine:
    line = MoveLine(number, "", Decimal(quantity), False, 0, location, 0, 0)
    return replace(line, **more)


def move(number: int, line: int, demand: str, *lines: MoveLine, **more) -> Move:
    made = Move(
        number, line, line, "assigned", Decimal(demand), 1, PIECE, "none", STOCK, list(lines)
    )
    return replace(made, **more)


def out(number: int, *moves: Move, state: str = "assigned") -> Picking:
    return Picking(number, f"OUT{number}", state, "outgoing", OUTPUT, CUSTOMERS, list(moves))


def pick(number: int, *moves: Move, state: str = "assigned") -> Picking:
    return Picking(number, f"PICK{number}", state, "internal", STOCK, OUTPUT, list(moves))


def order(*pickings: Picking, ordered: str = "10", lines: int = 2) -> Deliveries:
    goods = {
        n: SaleLine(n, f"l{n}", n, PIECE, Decimal(ordered), Decimal(0))
        for n in range(1, lines + 1)
    }  # fmt: skip
    return Deliveries(1, "S1", "sale", "no", goods, pickings)


def steps(asked: ShipmentRequest, seen: Deliveries):
    plan = plan_shipment(asked, seen, {})
    return {
        step.picking.name: [(part.move.id, str(part.quantity)) for part in step.taken]
        for step in plan.steps
    }


def refused(asked: ShipmentRequest, seen: Deliveries) -> str:
    with pytest.raises(Rejected) as raised:
        plan_shipment(asked, seen, {})
    assert raised.value.remedy
    return raised.value.code


def test_nothing_leaves_before_all_lines_are_picked():
    """One delivery for one shipment: the line that is ready waits for the one that is not."""
    seen = order(out(2, move(3, 1, "10")), pick(1, move(1, 2, "10")))
    assert steps(request("4", "5"), seen) == {"PICK1": [(1, "5")]}
    picked = order(out(2, move(3, 1, "10"), move(4, 2, "5")), pick(1, move(1, 2, "5")))
    assert steps(request("4", "5"), picked) == {"OUT2": [(3, "4"), (4, "5")]}


def test_only_what_is_short_is_picked():
    seen = order(out(2, move(3, 1, "4")), pick(1, move(1, 1, "6")))
    assert steps(request("7"), seen) == {"PICK1": [(1, "3")]}


def test_a_step_that_waits_for_another_counts_as_nothing():
    waiting = out(2, move(3, 1, "10", state="waiting"), state="waiting")
    assert steps(request("4"), order(waiting, pick(1, move(1, 1, "10")))) == {"PICK1": [(1, "4")]}
    assert refused(request("4"), order(waiting)) == "over_shipped"


def test_several_moves_of_a_line_are_taken_from_in_order():
    seen = order(out(1, move(1, 1, "3"), move(2, 1, "5")), out(2, move(3, 1, "2")))
    assert steps(request("9"), seen) == {"OUT1": [(1, "3"), (2, "5")], "OUT2": [(3, "1")]}


def test_returns_are_no_deliveries():
    back = replace(out(1, move(1, 1, "10")), code="incoming")
    assert refused(request("1"), order(back)) == "over_shipped"


def marked(quantity: str, name: str = f"{MARKER}_p1_1") -> MoveLine:
    return reserved(9, quantity, name=name, picked=True)


def test_the_delivery_that_was_written_before_is_gone_on_with():
    seen = order(out(1, move(1, 1, "5")), out(2, move(2, 1, "5", marked("4"))))
    (step,) = plan_shipment(request("4"), seen, {}).steps
    assert (step.picking.name, step.marked) == ("OUT2", True)


@pytest.mark.parametrize("quantity", ["3", "5"])
def test_what_was_written_before_and_changed_is_a_conflict(quantity: str):
    seen = order(out(1, move(1, 1, "10", marked(quantity))))
    assert refused(request("4"), seen) == "conflict"


def test_a_shipment_whose_name_begins_like_ours_is_not_ours():
    seen = order(out(1, move(1, 1, "10", marked("4", f"{MARKER}0_p1_1"))))
    assert refused(request("4"), seen) == "being_picked"


def test_it_stands_when_all_of_it_has_left():
    gone = out(1, move(1, 1, "4", marked("4"), state="done"), state="done")
    plan = plan_shipment(request("4"), order(gone, out(2, move(2, 1, "6"))), {})
    assert (plan.steps, plan.stands_in) == ((), ["OUT1"])
    cancelled = replace(order(gone), state="cancel")
    assert plan_shipment(request("4"), cancelled, {}).stands_in == ["OUT1"]


def test_a_part_that_has_left_and_a_part_that_waits():
    gone = out(1, move(1, 1, "4", marked("4"), state="done"), state="done")
    waits = out(2, move(2, 1, "6", marked("2", f"{MARKER}_p2_1")))
    assert steps(request("6"), order(gone, waits)) == {"OUT2": [(2, "2")]}
    assert refused(request("6"), order(gone, out(2, move(2, 1, "6")))) == "conflict"


def rows(seen: Deliveries, asked: ShipmentRequest, lots=None, whereabouts=None):
    (step,) = plan_shipment(asked, seen, lots or {}).steps
    fields = fields_of(step, asked)
    return [
        {n.removeprefix("move_line_ids/"): c for n, c in zip(fields, row, strict=True) if c}
        for row in rows_of(step, asked, whereabouts or {})
    ]


def test_goods_leave_from_where_they_are_reserved_the_rest_from_the_moves_place():
    shelf = reserved(1, "2", 50, package_id=3, owner_id=4)
    seen = order(out(1, move(1, 1, "10", shelf, reserved(2, "1", 51))))
    assert rows(seen, request("6")) == [
        {".id": "1", "carrier_tracking_ref": "T1", "id": f"{MARKER}_p1_1", "move_id/.id": "1",
         "product_id/.id": "1", "product_uom_id/.id": "1", "quantity": "2", "picked": "1",
         "location_id/.id": "50", "package_id/.id": "3", "owner_id/.id": "4"},
        {"id": f"{MARKER}_p1_2", "move_id/.id": "1", "product_id/.id": "1",
         "product_uom_id/.id": "1", "quantity": "1", "picked": "1", "location_id/.id": "51"},
        {"id": f"{MARKER}_p1_3", "move_id/.id": "1", "product_id/.id": "1",
         "product_uom_id/.id": "1", "quantity": "3", "picked": "1", "location_id/.id": "5"},
    ]  # fmt: skip


def test_lots_go_over_several_moves_and_come_from_where_they_lie():
    moves = [
        move(1, 1, "2", reserved(1, "2", 50, lot_id=21), tracking="lot"),
        move(2, 1, "3", tracking="lot"),
    ]
    seen = order(out(1, *moves))
    asked = request("5", lots=(("A", "1"), ("B", "4")))
    lots = {(1, "A"): 21, (1, "B"): 22}
    (step,) = plan_shipment(asked, seen, lots).steps
    assert sorted(set(unreserved_lots(step))) == [22]
    found = rows(seen, asked, lots, {22: [Place(Decimal(2), 22, 60), Place(Decimal(9), 22, 61, 8)]})
    assert [
        (row["move_id/.id"], row["lot_id/.id"], row["quantity"], row["location_id/.id"])
        for row in found
    ] == [("1", "21", "1", "50"), ("1", "22", "1", "60"), ("2", "22", "1", "60"),
          ("2", "22", "2", "61")]  # fmt: skip
    assert found[3]["package_id/.id"] == "8"


def test_a_picking_step_gets_no_tracking_number():
    seen = order(pick(1, move(1, 1, "10")))
    (row,) = rows(seen, request("4"))
    assert "carrier_tracking_ref" not in row


TWO_LOTS = (("A", "2"), ("B", "4"))
IDS = {(1, "A"): 21, (1, "B"): 22}


def in_lots(number: int, name: str, *lots: tuple[int, str]) -> list[MoveLine]:
    """Move lines of ours, by lot and quantity."""
    return [
        reserved(number * 10 + n, quantity, name=f"{name}_{n}", picked=True, lot_id=lot)
        for n, (lot, quantity) in enumerate(lots, 1)
    ]


def left_in(*lots: tuple[int, str]) -> Picking:
    lines = in_lots(1, f"{MARKER}_p1", *lots)
    demand = str(sum(Decimal(quantity) for _, quantity in lots))
    return out(1, move(1, 1, demand, *lines, tracking="lot", state="done"), state="done")


def conflict(asked: ShipmentRequest, seen: Deliveries, lots) -> str:
    with pytest.raises(Rejected) as raised:
        plan_shipment(asked, seen, lots)
    assert (raised.value.code, raised.value.field) == ("conflict", "lots")
    return raised.value.reason


def test_it_stands_when_its_own_lots_have_left():
    seen = order(left_in((21, "2"), (22, "4")), lines=1)
    assert plan_shipment(request("6", lots=TWO_LOTS), seen, IDS).stands_in == ["OUT1"]


@pytest.mark.parametrize(
    "lots", [((999, "6"),), ((21, "2"), (999, "4")), ((21, "4"), (22, "2")), ((0, "6"),)]
)
def test_other_lots_that_have_left_are_a_conflict(lots):
    seen = order(left_in(*lots), lines=1)
    assert "have left for this shipment" in conflict(request("6", lots=TWO_LOTS), seen, IDS)


def test_a_lot_that_odoo_does_not_know_any_more_is_a_conflict():
    seen = order(left_in((21, "2"), (22, "4")), lines=1)
    conflict(request("6", lots=TWO_LOTS), seen, {(1, "A"): 21})


@pytest.mark.parametrize(
    "lots", [((999, "6"),), ((21, "2"), (999, "4")), ((21, "4"), (22, "2")), ((0, "6"),)]
)
def test_other_lots_that_were_written_before_are_a_conflict(lots):
    lines = in_lots(1, f"{MARKER}_p1", *lots)
    seen = order(out(1, move(1, 1, "10", *lines, tracking="lot")), lines=1)
    assert "OUT1 in Odoo carries" in conflict(request("6", lots=TWO_LOTS), seen, IDS)


def test_the_lots_that_were_written_before_are_gone_on_with():
    lines = in_lots(1, f"{MARKER}_p1", (21, "2"), (22, "1"), (22, "3"))
    seen = order(out(1, move(1, 1, "10", *lines, tracking="lot")), lines=1)
    (step,) = plan_shipment(request("6", lots=TWO_LOTS), seen, IDS).steps
    assert step.marked


def test_of_lots_that_have_left_in_part_the_rest_is_written():
    rest = in_lots(2, f"{MARKER}_p2", (22, "4"))
    waits = out(2, move(2, 1, "8", *rest, tracking="lot"))
    seen = order(left_in((21, "2")), waits, lines=1)
    (step,) = plan_shipment(request("6", lots=TWO_LOTS), seen, IDS).steps
    assert [part.lots for part in step.taken] == [[(22, Decimal(4))]]


def test_lots_are_taken_once_over_several_steps():
    seen = order(
        out(2, move(3, 1, "2", tracking="lot")), pick(1, move(1, 1, "8", tracking="lot")), lines=1
    )
    (step,) = plan_shipment(request("6", lots=TWO_LOTS), seen, IDS).steps
    assert [part.lots for part in step.taken] == [[(21, Decimal(2)), (22, Decimal(2))]]
