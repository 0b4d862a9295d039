"""Reads what Odoo has delivered and has open: orders, deliveries, move lines and their names."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import external_ids
from crossdock.connectors.odoo.mapping.deliveries import (
    SPECIFICATION,
    Deliveries,
    markable,
    to_deliveries,
    unit_ids,
)
from crossdock.connectors.odoo.mapping.shipment_rows import Place, Whereabouts
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.connectors.odoo.web_read import web_read

PLACE_FIELDS = ("lot_id", "location_id", "package_id", "owner_id")


class DeliveryReader:
    """Reads deliveries of one database."""

    def __init__(self, client: OdooClient, reference_data: ReferenceData) -> None:
        self._client = client
        self._reference_data = reference_data

    def read(
        self, order_ids: Sequence[int], names: dict[int, str], *, marks: bool = True
    ) -> dict[int, Deliveries]:
        """The orders that exist, by id. Without `marks` nobody's move lines are told apart.

        `names` keeps the order lines' external ids from one reading to the next.
        """
        orders = web_read(self._client, "sale.order", order_ids, SPECIFICATION)
        lines = {line["id"] for order in orders for line in order["order_line"]}
        names |= external_ids(self._client, "sale.order.line", sorted(lines - names.keys()))
        picked = [line for order in orders for line in markable(order)] if marks else []
        marked = external_ids(self._client, "stock.move.line", picked)
        needed = {unit for order in orders for unit in unit_ids(order)}
        units = {unit: self._reference_data.unit(unit) for unit in needed}
        return {order["id"]: to_deliveries(order, units, names, marked) for order in orders}

    def lots(self, product_ids: Iterable[int], names: Iterable[str]) -> dict[tuple[int, str], int]:
        """Lots and serial numbers by product and name."""
        wanted, products = sorted(set(names)), sorted(set(product_ids))
        if not wanted:
            return {}
        rows = self._client.read(
            "stock.lot", "search_read", fields=["name", "product_id"], load=None,
            domain=[["name", "in", wanted], ["product_id", "in", products]],
        )  # fmt: skip
        return {(row["product_id"], row["name"]): row["id"] for row in rows}

    def whereabouts(self, lot_ids: Iterable[int], location_ids: Iterable[int]) -> Whereabouts:
        """Where lots lie, inside the locations named."""
        wanted = sorted(set(lot_ids))
        if not wanted:
            return {}
        rows = self._client.read(
            "stock.quant", "search_read", fields=[*PLACE_FIELDS, "quantity"], load=None, order="id",
            domain=[["lot_id", "in", wanted], ["quantity", ">", 0],
                    ["location_id", "child_of", sorted(set(location_ids))]],
        )  # fmt: skip
        found: Whereabouts = {lot: [] for lot in wanted}
        for row in rows:
            where = (row[name] or 0 for name in PLACE_FIELDS)
            found[row["lot_id"]].append(Place(Decimal(str(row["quantity"])), *where))
        return found
