"""stock.picking: validated, split into backorders, pushed to the next step, cancelled."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.errors import user_error
from crossdock.connectors.odoo.twin.invoices import compute_to_invoice
from crossdock.connectors.odoo.twin.moves import (
    NONE,
    STEPS,
    in_product_unit,
    lines_of,
    moves_of,
    new_move,
    new_picking,
    set_state,
)
from crossdock.connectors.odoo.twin.on_hand import CUSTOMERS, OUT, move_goods

BACKORDER_WINDOW: Mapping[str, Any] = {
    "name": "Create Backorder?", "type": "ir.actions.act_window", "view_mode": "form",
    "res_model": "stock.backorder.confirmation", "target": "new",
}  # fmt: skip
Context = Mapping[str, Any]


def button_validate(database: Database, ids: Sequence[int], context: Context) -> Any:
    """All or nothing. A window when a backorder is not decided; done ones stay as they are."""
    pickings = [database.record("stock.picking", number) for number in ids]
    todo = [picking for picking in pickings if picking["state"] != "done"]
    for picking in todo:
        _check(database, picking)
    if not context.get("skip_backorder"):
        for picking in todo:
            if any(_taken(database, m) < m["product_uom_qty"] for m in moves_of(database, picking)):
                return {**BACKORDER_WINDOW, "context": {"button_validate_picking_ids": list(ids)}}
    for picking in todo:
        _validate(database, picking)
    return True


def _open_moves(database: Database, picking: Record) -> list[Record]:
    return [m for m in moves_of(database, picking) if m["state"] not in ("done", "cancel")]


def _taken(database: Database, move: Record) -> Decimal:
    """What a validation moves: picked lines where there are any in the delivery, else all."""
    lines = lines_of(database, move)
    picking = database.record("stock.picking", move["picking_id"])
    if any(other["picked"] for other in moves_of(database, picking)):
        lines = [line for line in lines if line["picked"]]
    return sum((Decimal(line["quantity"]) for line in lines), NONE)


def _check(database: Database, picking: Record) -> None:
    moves = _open_moves(database, picking)
    if not moves or not any(_taken(database, move) for move in moves):
        raise user_error("You cannot validate a transfer if no quantities are reserved.")
    for move in moves:
        bare = [li for li in lines_of(database, move) if li["picked"] and not li["lot_id"]]
        if bare and move["has_tracking"] != "none":
            raise user_error("You need to supply a Lot/Serial number for products.")


def _validate(database: Database, picking: Record) -> None:
    gone: list[Record] = []
    stay: list[Record] = []
    split: list[tuple[Record, Decimal]] = []
    for move, taken in [(m, _taken(database, m)) for m in _open_moves(database, picking)]:
        if not taken:
            stay.append(move)
            continue
        left = Decimal(move["product_uom_qty"]) - taken
        _do(database, move, taken)
        gone.append(move)
        if left > 0:
            split.append((move, left))
    if stay or split:
        _backorder(database, picking, stay, split)
    done = {"state": "done", "date_done": database.now()}
    database.update("stock.picking", picking, done)
    if picking["picking_type_id"] != OUT:
        _push(database, picking, gone)
    database.effect("validated", "stock.picking", picking)
    if picking["picking_type_id"] == OUT:
        _delivered(database, picking["sale_id"])


def _do(database: Database, move: Record, taken: Decimal) -> None:
    lines = lines_of(database, move)
    if any(line["picked"] for line in lines):
        database.delete("stock.move.line", [li["id"] for li in lines if not li["picked"]])
    product = database.record("product.product", move["product_id"])
    for line in lines_of(database, move):
        line["picked"] = True
        places = (line["location_id"], line["location_dest_id"])
        move_goods(database, product, line["lot_id"] or 0, Decimal(line["quantity"]), places)
    done = {"state": "done", "picked": True, "quantity": taken, "product_uom_qty": taken}
    database.update("stock.move", move, done)


def _backorder(
    database: Database, picking: Record, stay: Sequence[Record],
    split: Sequence[tuple[Record, Decimal]],
) -> None:  # fmt: skip
    """The tracking number stays behind, the rest goes on."""
    step = (picking["picking_type_id"], picking["location_id"], picking["location_dest_id"])
    backorder = new_picking(database, picking["sale_id"], step, backorder_id=picking["id"])
    there = {"picking_id": backorder["id"]}
    for move in stay:
        database.update("stock.move", move, there)
        for line in lines_of(database, move):
            database.update("stock.move.line", line, there)
    for move, left in split:
        new_move(
            database, backorder, database.record("sale.order.line", move["sale_line_id"]), left
        )
    set_state(database, backorder)


def _push(database: Database, picking: Record, gone: Sequence[Record]) -> None:
    """The next step, joined with one that still waits."""
    steps = STEPS[database.record("stock.warehouse", 1)["delivery_steps"]]
    passed = [step[0] for step in steps].index(picking["picking_type_id"])
    step, order = steps[passed + 1], picking["sale_id"]
    waiting = [
        database.record("stock.picking", n)
        for n in database.naming("stock.picking", "sale_id", order)
    ]
    same = [
        p for p in waiting
        if p["picking_type_id"] == step[0] and p["state"] not in ("done", "cancel")
    ]  # fmt: skip
    target = same[0] if same else new_picking(database, order, step)
    for move in gone:
        line = database.record("sale.order.line", move["sale_line_id"])
        new_move(database, target, line, Decimal(move["quantity"]))
    set_state(database, target)


def _delivered(database: Database, order_id: int) -> None:
    """`qty_delivered` of the lines, in their own units."""
    for number in database.naming("sale.order.line", "order_id", order_id):
        line = database.record("sale.order.line", number)
        moves = [
            database.record("stock.move", n)
            for n in database.naming("stock.move", "sale_line_id", number)
        ]
        left = [m for m in moves if m["state"] == "done" and m["location_dest_id"] == CUSTOMERS]
        quantity = sum((Decimal(move["quantity"]) for move in left), NONE)
        one = in_product_unit(database, line, 1)
        if line["qty_delivered_method"] == "stock_move":
            delivered = (quantity / one).quantize(Decimal("0.01"))
            database.update("sale.order.line", line, {"qty_delivered": delivered})
    order = database.record("sale.order", order_id)
    order["effective_date"] = order["effective_date"] or database.now()
    compute_to_invoice(database, order)


def action_cancel(database: Database, ids: Sequence[int]) -> bool:
    """Cancelled ones stay as they are; what has left cannot be cancelled."""
    pickings = [database.record("stock.picking", number) for number in ids]
    if any(picking["state"] == "done" for picking in pickings):
        raise user_error("You cannot cancel a stock move that has been set to 'Done'.")
    for picking in pickings:
        for move in _open_moves(database, picking):
            database.delete("stock.move.line", [li["id"] for li in lines_of(database, move)])
            none = {"state": "cancel", "quantity": NONE, "picked": False}
            database.update("stock.move", move, none)
        if picking["state"] != "cancel":
            database.update("stock.picking", picking, {"state": "cancel"})
            database.effect("cancelled", "stock.picking", picking)
    return True


def cancel_deliveries(database: Database, order: Record) -> None:
    """The open ones of a cancelled order; what has left has left."""
    numbers = database.naming("stock.picking", "sale_id", order["id"])
    todo = [n for n in numbers if database.record("stock.picking", n)["state"] != "done"]
    action_cancel(database, todo)
