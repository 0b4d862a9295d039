"""stock.location and stock.warehouse → whose goods lie where, and whether they may be sold.

Sellable is what lies in an internal location at or below the warehouse's `lot_stock_id`, as Odoo
itself reserves from there. Other internal locations of a warehouse hold goods that are not sold;
their state comes from the part the location plays in the warehouse (input, quality, packing,
output), else from the name of the uppermost location under the warehouse. Vendors, customers,
inventory loss (scrap too, in Odoo 19), production and views hold nothing that counts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
ROLES: Mapping[str, str] = {
    "wh_input_stock_loc_id": "input",
    "wh_qc_stock_loc_id": "quality",
    "wh_pack_stock_loc_id": "packing",
    "wh_output_stock_loc_id": "output",
}
WAREHOUSE_FIELDS = ("code", "lot_stock_id", "partner_id", *ROLES)
LOCATION_FIELDS = ("usage", "warehouse_id", "parent_path", "complete_name")
HOLDING = ("internal", "transit")
"""Usages of locations whose goods are the company's own."""
NAMED: Mapping[str, str] = {
    "quarantine": "quarantine", "damage": "damaged", "defect": "damaged", "quality": "quality",
}  # fmt: skip
"""Words in a location's name, and the state they mean."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse. `time_zone` is empty where Odoo knows none."""

    id: int
    code: str
    time_zone: str
    stock_id: int
    roles: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A location. `warehouse_id` 0: of none; without `sellable` and `state` nothing counts."""

    usage: str = ""
    warehouse_id: int = 0
    sellable: bool = False
    state: str = ""

    @property
    def holds(self) -> bool:
        return self.sellable or bool(self.state)


ELSEWHERE = Place()
"""A location that the user may not see."""


def to_warehouses(rows: Iterable[Row], time_zones: Mapping[int, str]) -> dict[int, Warehouse]:
    """By id; `time_zones` are those of the warehouses' addresses, by partner."""
    return {
        row["id"]: Warehouse(
            row["id"], str(row["code"]).strip(), time_zones.get(row["partner_id"] or 0, ""),
            row["lot_stock_id"], {row[name]: state for name, state in ROLES.items() if row[name]},
        )
        for row in rows
    }  # fmt: skip


def to_place(row: Row, warehouses: Mapping[int, Warehouse]) -> Place:
    """A location as it counts."""
    usage = str(row["usage"])
    warehouse = warehouses.get(row["warehouse_id"] or 0)
    if warehouse is None or usage not in HOLDING:
        return Place(usage, warehouse.id if warehouse else 0)
    path = [int(number) for number in str(row["parent_path"] or "").split("/") if number]
    if usage == "internal" and warehouse.stock_id in path:
        return Place(usage, warehouse.id, sellable=True)
    roles = [warehouse.roles[number] for number in path if number in warehouse.roles]
    if roles:
        return Place(usage, warehouse.id, state=roles[0])
    state = "in_transit" if usage == "transit" else _named(str(row["complete_name"] or ""))
    return Place(usage, warehouse.id, state=state)


def _named(complete_name: str) -> str:
    """`WH/Damaged goods/Row 1` → `damaged`; `WH/Show room` → `in_show_room`, so that no room's name
    is ever mistaken for another measure of the ledger."""
    steps = complete_name.split("/")
    name = (steps[1] if len(steps) > 1 else steps[0]).casefold()
    known = next((state for word, state in NAMED.items() if word in name), "")
    words = re.sub(r"\W+", "_", name).strip("_")
    return known or f"in_{words[:60]}"
