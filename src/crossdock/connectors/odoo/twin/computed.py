"""Fields whose value Odoo computes from other records."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record

NONE = Decimal(0)


def _product_qty(database: Database, move: Record) -> Decimal:
    """A move's demand in its product's own unit."""
    product = database.record("product.product", move["product_id"])
    units = [database.record("uom.uom", n) for n in (move["product_uom"], product["uom_id"])]
    asked, own = (Decimal(unit["factor"]) for unit in units)
    return Decimal(move["product_uom_qty"]) * asked / own


def _reserved(database: Database, quant: Record) -> Decimal:
    """By the lines of moves that are not done; all of a lot at a location to its first quant."""
    same = [database.record("stock.quant", n) for n in _named(database, "stock.quant", quant)]
    first = min(other["id"] for other in same if _shelf(other) == _shelf(quant))
    if first != quant["id"]:
        return NONE
    lines = [database.record("stock.move.line", n) for n in _named(database, _LINE, quant)]
    open_lines = (
        line for line in lines
        if _shelf(line) == _shelf(quant)
        and database.record("stock.move", line["move_id"])["state"] not in ("done", "cancel")
    )  # fmt: skip
    return sum((Decimal(line["quantity"]) for line in open_lines), NONE)


_LINE = "stock.move.line"


def _named(database: Database, model: str, quant: Record) -> list[int]:
    return database.naming(model, "product_id", quant["product_id"])


def _shelf(record: Record) -> tuple[int, int]:
    return record["location_id"], record["lot_id"] or 0


def _warehouse(database: Database, quant: Record) -> Any:
    return database.record("stock.location", quant["location_id"])["warehouse_id"]


COMPUTED: Mapping[tuple[str, str], Callable[[Database, Record], Any]] = {
    ("stock.move", "product_qty"): _product_qty,
    ("stock.quant", "reserved_quantity"): _reserved,
    ("stock.quant", "warehouse_id"): _warehouse,
}


def value_of(database: Database, model: str, record: Record, name: str) -> Any:
    """A field's value, as it is stored or as Odoo computes it."""
    compute = COMPUTED.get((model, name))
    return compute(database, record) if compute else record[name]
