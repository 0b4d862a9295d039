"""sale.order with its lines and invoices → Listed, one of a kind for each order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock.ports.listing import Listed, ListedKind

ORDER_FIELDS = (
    "name", "state", "create_date", "effective_date", "amount_total", "currency_id", "invoice_ids",
)  # fmt: skip
LINE_FIELDS = (
    "order_id", "product_id", "qty_delivered_method", "product_uom_qty", "qty_delivered",
    "qty_invoiced_posted",
)  # fmt: skip
INVOICE_FIELDS = ("name", "state", "move_type", "create_date", "amount_total")
STATUS: Mapping[str, str] = {
    "draft": "open",
    "sent": "open",
    "sale": "confirmed",
    "cancel": "cancelled",
}
QUANTITY = {
    ListedKind.ORDER: "product_uom_qty",
    ListedKind.SHIPMENT: "qty_delivered",
    ListedKind.INVOICE: "qty_invoiced_posted",
}
"""The field of a line that counts for a kind of document."""
_INSTANT = "%Y-%m-%d %H:%M:%S"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order of ours as it was read, its lines' SKUs and its currency's code and decimals."""

    key: str
    order: Row
    lines: Sequence[Row]
    invoices: Sequence[Row]
    skus: Mapping[int, str]
    currency: str
    decimal_places: int

    def amount(self, invoices: Iterable[Row]) -> Decimal:
        """Of invoices, credit notes subtracted."""
        signed = (
            self.exact(i["amount_total"]) * (-1 if i["move_type"] == "out_refund" else 1)
            for i in invoices
        )
        return sum(signed, Decimal(0))

    def exact(self, amount: Any) -> Decimal:
        return Decimal(str(amount)).quantize(Decimal(1).scaleb(-self.decimal_places))


def to_listed(kind: ListedKind, seen: ListedOrder) -> Iterator[Listed]:
    """None when the order has no such document; drafts of invoices apart from posted ones."""
    order = seen.order
    quantities = _quantities(seen, QUANTITY[kind])
    match kind:
        case ListedKind.ORDER:
            yield Listed(
                kind, seen.key, order["name"], STATUS.get(str(order["state"]), str(order["state"])),
                _instant(order["create_date"]), seen.exact(order["amount_total"]), seen.currency,
                quantities,
            )  # fmt: skip
        case ListedKind.SHIPMENT:
            if quantities:
                at = order["effective_date"] or order["create_date"]
                name = order["name"]
                yield Listed(kind, seen.key, name, "shipped", _instant(at), quantities=quantities)
        case ListedKind.INVOICE:
            yield from _invoices(seen, quantities)


def _invoices(seen: ListedOrder, quantities: Mapping[str, Decimal]) -> Iterator[Listed]:
    for status in ("posted", "draft"):
        found = [invoice for invoice in seen.invoices if invoice["state"] == status]
        if found:
            names = [invoice["name"] or seen.order["name"] for invoice in found]
            yield Listed(
                ListedKind.INVOICE, seen.key, ", ".join(names), status,
                _instant(min(invoice["create_date"] for invoice in found)), seen.amount(found),
                seen.currency, quantities if status == "posted" else {},
            )  # fmt: skip


def _quantities(seen: ListedOrder, field: str) -> dict[str, Decimal]:
    """Per SKU, without those of which there is nothing."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in seen.lines:
        if line["qty_delivered_method"] == "stock_move" and line[field]:
            found[seen.skus[line["product_id"]]] += Decimal(str(line[field])).quantize(_FINEST)
    return dict(found)


_FINEST = Decimal("0.000001")
"""Of a quantity; finer is noise of binary floating point."""


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
