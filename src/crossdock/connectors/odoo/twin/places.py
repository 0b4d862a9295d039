"""Warehouses and their locations, as Odoo lays them out."""

from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record

PARTS = (
    ("lot_stock_id", "Stock"), ("wh_input_stock_loc_id", "Input"),
    ("wh_qc_stock_loc_id", "Quality Control"), ("wh_pack_stock_loc_id", "Packing Zone"),
    ("wh_output_stock_loc_id", "Output"),
)  # fmt: skip


def add_location(
    database: Database, name: str, usage: str, parent: int = 0, location_id: int | None = None
) -> int:
    """A location below another; it belongs to the warehouse of that one."""
    above = database.tables["stock.location"].get(parent)
    values: dict[str, Any] = {"name": name, "usage": usage, "complete_name": name}
    if above:
        values |= {
            "location_id": parent, "warehouse_id": above["warehouse_id"],
            "complete_name": f"{above['complete_name']}/{name}",
        }  # fmt: skip
    location = database.insert("stock.location", values, location_id)
    location["parent_path"] = f"{(above or {}).get('parent_path') or ''}{location['id']}/"
    return int(location["id"])


def add_warehouse(
    database: Database, code: str, *, warehouse_id: int | None = None, view_id: int | None = None,
    partner_id: int = 1, **locations: int,
) -> Record:  # fmt: skip
    """A warehouse of one step with its locations; `locations` are ids by the warehouse's fields."""
    view = add_location(database, code, "view", location_id=view_id)
    values = {
        "name": code, "code": code, "view_location_id": view, "partner_id": partner_id,
        "delivery_steps": "ship_only",
    }  # fmt: skip
    warehouse = database.insert("stock.warehouse", values, warehouse_id)
    database.record("stock.location", view)["warehouse_id"] = warehouse["id"]
    for field, name in PARTS:
        made = add_location(database, name, "internal", view, locations.get(field))
        database.update("stock.warehouse", warehouse, {field: made})
    return warehouse
