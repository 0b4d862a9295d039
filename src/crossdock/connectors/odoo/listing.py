"""What Odoo has of the orders we made, for the close: ordered, delivered, invoiced.

Our orders are those whose external id we gave. Only an administrator may search external ids, so
the orders of the window are read in pages and asked for theirs.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import external_ids, find_external_id
from crossdock.connectors.odoo.mapping.listed import (
    INVOICE_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    ListedOrder,
    Row,
    to_listed,
)
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.connectors.odoo.sweep_cursor import odoo_instant
from crossdock.ports.listing import Listed, ListedKind, Sought

PAGE = 500
OURS = re.compile(r"crossdock_[^.]*\.sales_order_")
LISTED_KINDS = (ListedKind.ORDER, ListedKind.SHIPMENT, ListedKind.INVOICE)


class Listing:
    """Lists the documents of one database."""

    def __init__(self, client: OdooClient, reference_data: ReferenceData) -> None:
        self._client = client
        self._reference_data = reference_data

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        """Of orders that were created in [since, until), by their database id."""
        window = [
            ["create_date", ">=", odoo_instant(since)], ["create_date", "<", odoo_instant(until)],
        ]  # fmt: skip
        return self._listed(kind, window)

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        """By external id: where the order's database id is known and still bears it, at once."""
        for start in range(0, len(sought), PAGE):
            ids = self._order_ids(sought[start : start + PAGE])
            yield from self._listed(kind, [["id", "in", ids]])

    def _order_ids(self, sought: Sequence[Sought]) -> list[int]:
        wanted = [int(one.record) for one in sought if one.record.isdecimal()]
        there = [row["id"] for row in self._rows("sale.order", [["id", "in", wanted]], ["id"])]
        by_name = {n: i for i, n in external_ids(self._client, "sale.order", there).items()}
        for one in sought:
            if one.key not in by_name:
                found = find_external_id(self._client, "sale.order", one.key)
                by_name |= {one.key: found} if found else {}
        return sorted(by_name[one.key] for one in sought if one.key in by_name)

    def _listed(self, kind: ListedKind, domain: list[Any]) -> Iterator[Listed]:
        skus: dict[int, str] = {}
        for page in self._pages(domain):
            for seen in self._seen(kind, page, skus):
                yield from to_listed(kind, seen)

    def _pages(self, domain: list[Any]) -> Iterator[list[Row]]:
        last = 0
        while True:
            beyond = [*domain, ["id", ">", last]]
            page = self._rows("sale.order", beyond, ORDER_FIELDS, limit=PAGE)
            yield page
            if len(page) < PAGE:
                return
            last = page[-1]["id"]

    def _seen(
        self, kind: ListedKind, page: Sequence[Row], skus: dict[int, str]
    ) -> Iterator[ListedOrder]:
        names = external_ids(self._client, "sale.order", [order["id"] for order in page])
        ours = [order for order in page if OURS.match(names[order["id"]])]
        domain = [["order_id", "in", [order["id"] for order in ours]]]
        lines = self._rows("sale.order.line", domain, LINE_FIELDS)
        by_order: defaultdict[int, list[Row]] = defaultdict(list)
        for line in lines:
            by_order[line["order_id"]].append(line)
        self._add_skus([line["product_id"] for line in lines if line["product_id"]], skus)
        invoices = {}
        if kind is ListedKind.INVOICE:
            wanted = [invoice for order in ours for invoice in order["invoice_ids"]]
            found = self._rows("account.move", [["id", "in", wanted]], INVOICE_FIELDS)
            invoices = {row["id"]: row for row in found}
        for order in ours:
            currency = self._reference_data.currency(order["currency_id"])
            yield ListedOrder(
                names[order["id"]], order, by_order[order["id"]],
                [invoices[number] for number in order["invoice_ids"] if number in invoices],
                skus, currency.code, currency.decimal_places,
            )  # fmt: skip

    def _add_skus(self, product_ids: Sequence[int], skus: dict[int, str]) -> None:
        """A product without a code is called `#` and its id."""
        unknown = sorted(set(product_ids) - skus.keys())
        rows = self._rows(
            "product.product", [["id", "in", unknown]], ["default_code"],
            context={"active_test": False},
        )  # fmt: skip
        skus.update({row["id"]: row["default_code"] or f"#{row['id']}" for row in rows})

    def _rows(self, model: str, domain: list[Any], fields: Sequence[str], **more: Any) -> list[Row]:
        """Nothing is asked for when nothing is wanted."""
        if any(operator == "in" and not wanted for _, operator, wanted in domain):
            return []
        rows: list[Row] = self._client.read(
            model, "search_read", domain=domain, fields=list(fields), load=None, order="id", **more
        )
        return rows
