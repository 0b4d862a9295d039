"""What of an order is delivered, invoiced and still to be invoiced; its invoices → ErpInvoice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.mapping.deliveries import Unit, plain
from crossdock.ports.erp import ErpInvoice
from crossdock.ports.errors import Rejected

LINE_FIELDS = (
    "product_id", "product_uom_id", "product_uom_qty", "qty_delivered", "qty_delivered_method",
    "qty_invoiced", "qty_to_invoice", "name", "display_type",
)  # fmt: skip
INVOICE_FIELDS = ("name", "state", "move_type", "currency_id", "amount_untaxed", "amount_total")
SPECIFICATION: Mapping[str, Any] = {
    **{name: {} for name in ("name", "state")},
    "order_line": {"fields": {name: {} for name in LINE_FIELDS}},
    "invoice_ids": {"fields": {name: {} for name in INVOICE_FIELDS}},
}
"""One call brings an order with its lines and invoices."""
_SET_POLICY = "correct the order's draft invoice or the product's Invoicing Policy in Odoo"


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """Quantities in the line's unit; a draft counts as invoiced, as it does in Odoo."""

    external_id: str
    label: str
    is_goods: bool
    ordered: Decimal
    delivered: Decimal
    invoiced: Decimal
    to_invoice: Decimal


@dataclass(frozen=True, slots=True)
class Invoices:
    """An order's lines and its invoices, oldest first."""

    order_id: int
    name: str
    state: str
    lines: Sequence[InvoicedLine]
    invoices: Sequence[Mapping[str, Any]]

    @property
    def drafts(self) -> list[Mapping[str, Any]]:
        return [invoice for invoice in self.invoices if invoice["state"] == "draft"]

    @property
    def posted(self) -> list[Mapping[str, Any]]:
        made = (invoice for invoice in self.invoices if invoice["move_type"] == "out_invoice")
        return [invoice for invoice in made if invoice["state"] == "posted"]

    @property
    def has_rest(self) -> bool:
        """Something is still to be invoiced."""
        return any(line.to_invoice for line in self.lines)

    @property
    def is_made(self) -> bool:
        """There is an invoice, nothing is left to be invoiced and no draft waits."""
        return bool(self.posted) and not self.drafts and not self.has_rest


def to_invoices(
    order: Mapping[str, Any], units: Mapping[int, Unit], names: Mapping[int, str]
) -> Invoices:
    """`names` are the lines' external ids. Text lines are left out."""
    return Invoices(
        order["id"], order["name"], order["state"],
        [
            _line(line, units[line["product_uom_id"]], names.get(line["id"], ""))
            for line in order["order_line"] if line["product_uom_id"] and not line["display_type"]
        ],
        sorted(order["invoice_ids"], key=lambda invoice: int(invoice["id"])),
    )  # fmt: skip


def _line(line: Mapping[str, Any], unit: Unit, external_id: str) -> InvoicedLine:
    quantities = [
        unit.cleaned(line[name])
        for name in ("product_uom_qty", "qty_delivered", "qty_invoiced", "qty_to_invoice")
    ]
    is_goods = line["qty_delivered_method"] == "stock_move"
    return InvoicedLine(external_id, str(line["name"]).split("\n")[0], is_goods, *quantities)


def check_quantities(seen: Invoices) -> None:
    """Raises Rejected when Odoo's invoice would be, or its draft is, of other quantities.

    Goods are invoiced as they were delivered; charges in full with the first invoice.
    """
    for line in seen.lines:
        invoiced = line.invoiced + line.to_invoice
        if line.to_invoice < 0 or (line.is_goods and line.invoiced > line.delivered):
            raise _rejected(
                seen, line, invoiced, "returned or invoiced too much",
                "make or correct the credit note in Odoo, then release it", "credit_due",
            )  # fmt: skip
        if line.is_goods and invoiced != line.delivered:
            policy = "it must be invoiced by delivered quantities"
            raise _rejected(seen, line, invoiced, policy, _SET_POLICY, "invoice_policy")
        if not line.is_goods and line.delivered <= line.ordered != invoiced:
            policy = "a charge must be invoiced by ordered quantities"
            raise _rejected(seen, line, invoiced, policy, _SET_POLICY, "invoice_policy")


def _rejected(
    seen: Invoices, line: InvoicedLine, invoiced: Decimal, why: str, remedy: str, code: str
) -> Rejected:
    return Rejected(
        f"{seen.name}, {line.label}: ordered {plain(line.ordered)}, delivered"
        f" {plain(line.delivered)}, Odoo would have invoiced {plain(invoiced)}: {why}",
        field="lines", remedy=remedy, code=code,
    )  # fmt: skip


def to_erp_invoice(
    seen: Invoices, invoice: Mapping[str, Any], currency: str, places: int
) -> ErpInvoice:
    """Amounts with the currency's decimals; quantities by the lines' external ids of ours."""
    return ErpInvoice(
        id=int(invoice["id"]),
        name=str(invoice["name"] or ""),
        state=invoice["state"],
        currency=currency,
        amount_untaxed=f"{Decimal(str(invoice['amount_untaxed'])):.{places}f}",
        amount_total=f"{Decimal(str(invoice['amount_total'])):.{places}f}",
        invoiced={li.external_id: plain(li.invoiced) for li in seen.lines if li.external_id},
    )
