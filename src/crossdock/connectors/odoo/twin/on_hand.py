"""stock.quant: what lies where. Simple: no reservations, so orders may reserve the same goods."""

from collections.abc import Sequence
from decimal import Decimal

from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.errors import user_error

SUPPLIERS, CUSTOMERS, LOSS, VIEW, STOCK, INPUT, OUTPUT, PACKING, QUALITY = range(1, 10)
"""Locations with the ids that the seed gives them."""
OUT, PICK, PACK = 2, 3, 4
"""Types of operations, likewise."""


def quants_of(database: Database, product: int, location: int) -> list[Record]:
    """By lot, the oldest first."""
    table = database.tables["stock.quant"]
    found = [table[n] for n in database.naming("stock.quant", "product_id", product)]
    return [quant for quant in found if quant["location_id"] == location]


def move_goods(
    database: Database, product: Record, lot: int, quantity: Decimal, places: tuple[int, int]
) -> None:
    """Out of one place into another, below zero where there is too little: Odoo accepts it."""
    if not product["is_storable"]:
        return
    for place, sign in zip(places, (-1, 1), strict=True):
        if place == CUSTOMERS:
            continue
        quant = _quant(database, product["id"], place, lot)
        database.update("stock.quant", quant, {"quantity": quant["quantity"] + sign * quantity})


def _quant(database: Database, product: int, place: int, lot: int) -> Record:
    for quant in quants_of(database, product, place):
        if (quant["lot_id"] or 0) == lot:
            return quant
    values = {"product_id": product, "location_id": place, "lot_id": lot or False}
    return database.insert("stock.quant", {**values, "quantity": Decimal(0)})


def action_apply_inventory(database: Database, ids: Sequence[int]) -> None:
    """What was counted is what there is."""
    for number in ids:
        counted = database.record("stock.quant", number)
        if not counted["location_id"]:
            raise user_error("A count needs a location.")
        same = _quant(
            database, counted["product_id"], counted["location_id"], counted["lot_id"] or 0
        )
        database.update("stock.quant", same, {"quantity": Decimal(counted["inventory_quantity"])})
        if same["id"] != number:
            database.delete("stock.quant", [number])
