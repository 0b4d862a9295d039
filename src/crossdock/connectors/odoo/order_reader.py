"""Reads orders back: the order, its lines and their external ids, by database or external id."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import external_ids
from crossdock.connectors.odoo.mapping.erp_order import (
    LINE_FIELDS,
    ORDER_FIELDS,
    SeenOrder,
    difference,
)
from crossdock.connectors.odoo.mapping.order_request import LINE_ID, LoadRequest
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.connectors.odoo.web_read import web_read

TEXT_LINES = frozenset(("line_section", "line_subsection", "line_note"))
SPECIFICATION: Mapping[str, Any] = {
    **{field: {} for field in ORDER_FIELDS},
    "order_line": {"fields": {field: {} for field in LINE_FIELDS}},
}
"""What `web_read` brings: an order and its lines in one call."""


class OrderReader:
    """Reads sale.order of one database."""

    def __init__(self, client: OdooClient, reference_data: ReferenceData) -> None:
        self._client = client
        self._reference_data = reference_data

    def read(self, order_ids: Sequence[int]) -> dict[int, SeenOrder]:
        """The orders that exist, by id; a deleted one is missing from the answer."""
        orders = self._with_lines(order_ids)
        lines = [line["id"] for order in orders for line in order["order_line"]]
        names = external_ids(self._client, "sale.order.line", lines)
        return {order["id"]: self._seen(order, order["order_line"], names) for order in orders}

    def read_created(self, requests: Mapping[int, LoadRequest]) -> dict[int, SeenOrder]:
        """As `read`, for orders that `load` has answered for, by their ids; usually in one call.

        Lines get their ids in the order of the request's rows. When an order that is named so
        differs from its request, the lines' external ids are read before it is believed.
        """
        found: dict[int, SeenOrder] = {}
        for order in self._with_lines(list(requests)):
            request = requests[order["id"]]
            ids = sorted(line["id"] for line in order["order_line"])
            names = dict(zip(ids, request.column(LINE_ID), strict=False))
            found[order["id"]] = self._seen(order, order["order_line"], names)
        unlike = [number for number, seen in found.items() if difference(requests[number], seen)]
        return found | self.read(unlike)

    def read_heads(self, order_ids: Sequence[int]) -> dict[int, SeenOrder]:
        """As `read` without lines: state and totals in one call, where the lines are known."""
        if not order_ids:
            return {}
        return {order["id"]: self._seen(order, None, {}) for order in self._heads(order_ids)}

    def _with_lines(self, order_ids: Sequence[int]) -> list[dict[str, Any]]:
        """Heads with their lines; text lines left out."""
        orders = web_read(self._client, "sale.order", order_ids, SPECIFICATION)
        for order in orders:
            lines = order["order_line"]
            order["order_line"] = [li for li in lines if li["display_type"] not in TEXT_LINES]
        return orders

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
