"""Deliveries and their moves as they are made: steps, reservations, states."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.on_hand import (
    CUSTOMERS,
    OUT,
    OUTPUT,
    PACK,
    PACKING,
    PICK,
    STOCK,
    quants_of,
)

STEPS: Mapping[str, Sequence[tuple[int, int, int]]] = {
    "ship_only": ((OUT, STOCK, CUSTOMERS),),
    "pick_ship": ((PICK, STOCK, OUTPUT), (OUT, OUTPUT, CUSTOMERS)),
    "pick_pack_ship": (
        (PICK, STOCK, PACKING), (PACK, PACKING, OUTPUT), (OUT, OUTPUT, CUSTOMERS),
    ),
}  # fmt: skip
"""Operation type, from, to; a later step appears when goods have passed the one before."""
NONE = Decimal(0)


def deliver_order(database: Database, order: Record) -> None:
    """The first step of an order's deliveries, for its goods."""
    warehouse = database.record("stock.warehouse", 1)
    step = STEPS[warehouse["delivery_steps"]][0]
    wanted = []
    for number in database.naming("sale.order.line", "order_id", order["id"]):
        line = database.record("sale.order.line", number)
        if line["qty_delivered_method"] == "stock_move":
            wanted.append((line, in_product_unit(database, line, line["product_uom_qty"])))
    if wanted:
        picking = new_picking(database, order["id"], step)
        for line, quantity in wanted:
            new_move(database, picking, line, quantity)
        set_state(database, picking)


def in_product_unit(database: Database, line: Record, quantity: Any) -> Decimal:
    """A quantity of an order line in its product's own unit."""
    product = database.record("product.product", line["product_id"])
    units = [database.record("uom.uom", n) for n in (line["product_uom_id"], product["uom_id"])]
    ordered, own = (Decimal(unit["factor"]) for unit in units)
    return Decimal(quantity) * ordered / own


def new_picking(database: Database, order: int, step: tuple[int, int, int], **more: Any) -> Record:
    """A delivery without moves: one step (operation type, from, to) of an order."""
    kind, source, destination = step
    names = {OUT: "OUT", PICK: "PICK", PACK: "PACK"}
    name = f"WH/{names[kind]}/{database.next_id(f'sequence picking {kind}'):05d}"
    values = {
        "name": name, "sale_id": order, "state": "confirmed", "picking_type_id": kind,
        "picking_type_code": "outgoing" if kind == OUT else "internal", "location_id": source,
        "location_dest_id": destination, "partner_id": _ship_to(database, order),
        "origin": database.record("sale.order", order)["name"], **more,
    }  # fmt: skip
    return database.insert("stock.picking", values)


def _ship_to(database: Database, order: int) -> int:
    return int(database.record("sale.order", order)["partner_shipping_id"] or 0)


def new_move(database: Database, picking: Record, line: Record, quantity: Decimal) -> Record:
    """Goods of an order line in a delivery, reserved as far as they are there."""
    product = database.record("product.product", line["product_id"])
    move = database.insert("stock.move", {
        "picking_id": picking["id"], "sale_line_id": line["id"], "product_id": product["id"],
        "product_uom_qty": quantity, "product_uom": product["uom_id"], "state": "confirmed",
        "has_tracking": product["tracking"] or "none", "location_id": picking["location_id"],
        "location_dest_id": picking["location_dest_id"], "date": database.now(),
        "origin": picking["origin"], "reference": picking["name"],
    })  # fmt: skip
    _reserve(database, move, product)
    return move


def _reserve(database: Database, move: Record, product: Record) -> None:
    """Move lines for what is there; goods that are not counted are always there."""
    left = Decimal(move["product_uom_qty"])
    if not product["is_storable"]:
        _insert_line(database, move, left, 0)
        left = NONE
    for quant in quants_of(database, product["id"], move["location_id"]):
        there = min(left, Decimal(quant["quantity"]))
        if there > 0:
            _insert_line(database, move, there, quant["lot_id"] or 0)
            left -= there
    refresh(database, move)


def _insert_line(database: Database, move: Record, quantity: Decimal, lot: int) -> None:
    database.insert("stock.move.line", {
        "move_id": move["id"], "picking_id": move["picking_id"], "product_id": move["product_id"],
        "product_uom_id": move["product_uom"], "quantity": quantity, "lot_id": lot or False,
        "location_id": move["location_id"], "location_dest_id": move["location_dest_id"],
    })  # fmt: skip


def move_line_defaults(database: Database, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a new move line takes from its move."""
    move = database.record("stock.move", values["move_id"])
    given = {name: value for name, value in values.items() if value}
    return {
        "location_id": move["location_id"], "location_dest_id": move["location_dest_id"],
        "product_id": move["product_id"], "product_uom_id": move["product_uom"],
        "picking_id": move["picking_id"], "picked": move["picked"], **given,
    }  # fmt: skip


def refresh(database: Database, move: Record) -> None:
    """Quantity, picked and state of a move, from its lines."""
    if move["state"] in ("done", "cancel"):
        return
    lines = lines_of(database, move)
    quantity = sum((Decimal(line["quantity"]) for line in lines), NONE)
    reserved = quantity >= move["product_uom_qty"]
    state = "assigned" if reserved else "partially_available" if quantity else "confirmed"
    picked = any(line["picked"] for line in lines)
    database.update("stock.move", move, {"quantity": quantity, "picked": picked, "state": state})


def lines_of(database: Database, move: Record) -> list[Record]:
    """A move's lines."""
    numbers = database.naming("stock.move.line", "move_id", move["id"])
    return [database.record("stock.move.line", number) for number in numbers]


def moves_of(database: Database, picking: Record) -> list[Record]:
    """A delivery's moves."""
    numbers = database.naming("stock.move", "picking_id", picking["id"])
    return [database.record("stock.move", number) for number in numbers]


def set_state(database: Database, picking: Record) -> None:
    """`assigned` as soon as something is there, as Odoo has it."""
    ready = any(move["quantity"] for move in moves_of(database, picking))
    database.update("stock.picking", picking, {"state": "assigned" if ready else "confirmed"})
