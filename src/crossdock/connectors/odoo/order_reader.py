"""Reads orders back: the order, its lines and their external ids, by database or external id."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import external_ids
from crossdock.connectors.odoo.mapping.erp_order import LINE_FIELDS, ORDER_FIELDS, SeenOrder
from crossdock.connectors.odoo.reference_data import ReferenceData

TEXT_LINES = frozenset(("line_section", "line_subsection", "line_note"))


class OrderReader:
    """Reads sale.order of one database."""

    def __init__(self, client: OdooClient, reference_data: ReferenceData) -> None:
        self._client = client
        self._reference_data = reference_data

    def read(self, order_ids: Sequence[int]) -> dict[int, SeenOrder]:
        """The orders that exist, by id; a deleted one is missing from the answer."""
        if not order_ids:
            return {}
        orders = self._heads(order_ids)
        lines = self._client.read(
            "sale.order.line", "search_read", domain=[["order_id", "in", list(order_ids)]],
            fields=list(LINE_FIELDS), load=None,
        )  # fmt: skip
        lines = [line for line in lines if line["display_type"] not in TEXT_LINES]
        names = external_ids(self._client, "sale.order.line", (line["id"] for line in lines))
        return {order["id"]: self._seen(order, lines, names) for order in orders}

    def read_heads(self, order_ids: Sequence[int]) -> dict[int, SeenOrder]:
        """As `read` without lines: state and totals in one call, where the lines are known."""
        if not order_ids:
            return {}
        return {order["id"]: self._seen(order, None, {}) for order in self._heads(order_ids)}

    def _heads(self, order_ids: Sequence[int]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._client.read(
            "sale.order", "read", ids=list(order_ids), fields=list(ORDER_FIELDS), load=None
        )
        return rows

    def states(self, order_ids: Sequence[int]) -> dict[int, str]:
        """The orders' states by id; a deleted one is missing."""
        rows = self._client.read(
            "sale.order", "read", ids=list(order_ids), fields=["state"], load=None
        )
        return {row["id"]: row["state"] for row in rows}

    def _seen(
        self,
        order: Mapping[str, Any],
        lines: Iterable[Mapping[str, Any]] | None,
        names: Mapping[int, str],
    ) -> SeenOrder:
        currency = self._reference_data.currency(order["currency_id"])
        named = [
            {**line, "external_id": names.get(line["id"], "")}
            for line in lines or ()
            if line["order_id"] == order["id"]
        ]
        return SeenOrder(
            order, named, currency.code, currency.decimal_places, lines_read=lines is not None
        )
