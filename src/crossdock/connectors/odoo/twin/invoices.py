"""account.move: drafts made by the wizard from what is to be invoiced; posted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.errors import user_error
from crossdock.connectors.odoo.twin.totals import TaxedLine, TaxRate, line_total, order_total

NOTHING = (
    "Cannot create an invoice. No items are available to invoice.\n\nTo resolve this issue, please"
    " ensure that:\n   • The products have been delivered before attempting to invoice them."
)


def compute_to_invoice(database: Database, order: Record) -> None:
    """`qty_to_invoice` by each product's policy, and the order's `invoice_status`."""
    statuses = []
    for number in database.naming("sale.order.line", "order_id", order["id"]):
        line = database.record("sale.order.line", number)
        product = database.record("product.product", line["product_id"])
        by_delivery = product["invoice_policy"] == "delivery"
        due = line["qty_delivered"] if by_delivery else line["product_uom_qty"]
        to_invoice = due - line["qty_invoiced"] if order["state"] == "sale" else Decimal(0)
        line["qty_to_invoice"] = to_invoice
        done = line["qty_invoiced"] >= line["product_uom_qty"]
        statuses.append("to invoice" if to_invoice else "invoiced" if done else "no")
    order["invoice_status"] = "no"
    if "to invoice" in statuses:
        order["invoice_status"] = "to invoice"
    elif statuses and set(statuses) == {"invoiced"} and order["state"] == "sale":
        order["invoice_status"] = "invoiced"


def create_invoices(database: Database, ids: Sequence[int]) -> dict[str, Any]:
    """A draft for each order, or for each customer when the wizard consolidates."""
    made: list[int] = []
    for number in ids:
        wizard = database.record("sale.advance.payment.inv", number)
        groups: defaultdict[Any, list[Record]] = defaultdict(list)
        for order_id in wizard["sale_order_ids"]:
            order = database.record("sale.order", order_id)
            together = wizard["consolidated_billing"]
            groups[order["partner_invoice_id"] if together else order_id].append(order)
        for orders in groups.values():
            made += _draft(database, orders)
    if not made:
        raise user_error(NOTHING)
    return {
        "name": "Invoices", "type": "ir.actions.act_window", "res_model": "account.move",
        "res_id": made[0] if len(made) == 1 else 0, "domain": [["id", "in", made]],
    }  # fmt: skip


def _draft(database: Database, orders: Sequence[Record]) -> list[int]:
    lines = [
        line
        for order in orders
        for number in database.naming("sale.order.line", "order_id", order["id"])
        if (line := database.record("sale.order.line", number))["qty_to_invoice"]
    ]
    if not lines:
        return []
    invoice = database.insert("account.move", {
        "state": "draft", "move_type": "out_invoice", "name": False,
        "partner_id": orders[0]["partner_invoice_id"], "currency_id": orders[0]["currency_id"],
        "invoice_origin": ", ".join(order["name"] for order in orders),
        "ref": orders[0]["client_order_ref"],
    })  # fmt: skip
    for line in lines:
        _invoice_line(database, invoice, line)
    _amounts(database, invoice)
    for order in orders:
        order["invoice_ids"] = [*order["invoice_ids"], invoice["id"]]
        order["write_date"] = database.now()
        compute_to_invoice(database, order)
    database.effect("drafted", "account.move", invoice)
    return [int(invoice["id"])]


def _invoice_line(database: Database, invoice: Record, line: Record) -> None:
    database.insert("account.move.line", {
        "move_id": invoice["id"], "product_id": line["product_id"], "display_type": "product",
        "quantity": line["qty_to_invoice"], "price_unit": line["price_unit"],
        "discount": line["discount"], "tax_ids": list(line["tax_ids"]),
        "product_uom_id": line["product_uom_id"], "sale_line_ids": [line["id"]],
    })  # fmt: skip
    line["qty_invoiced"] = line["qty_invoiced"] + line["qty_to_invoice"]
    line["qty_to_invoice"] = Decimal(0)


def _amounts(database: Database, invoice: Record) -> None:
    currency = database.record("res.currency", invoice["currency_id"])
    cent = Decimal(1).scaleb(-int(currency["decimal_places"]))
    lines = _lines(database, invoice)
    taxed = [_taxed(database, line) for line in lines]
    for line, amounts in zip(lines, taxed, strict=True):
        line["price_subtotal"] = line_total(amounts, cent).subtotal
    whole = order_total(taxed, cent)
    invoice["amount_untaxed"], invoice["amount_tax"] = whole.untaxed, whole.tax
    invoice["amount_total"] = whole.total


def _lines(database: Database, invoice: Record) -> list[Record]:
    numbers = database.naming("account.move.line", "move_id", invoice["id"])
    return [database.record("account.move.line", number) for number in numbers]


def _taxed(database: Database, line: Mapping[str, Any]) -> TaxedLine:
    rates = [database.record("account.tax", number) for number in line["tax_ids"]]
    return TaxedLine(
        Decimal(line["quantity"]), Decimal(line["price_unit"]), Decimal(line["discount"]),
        tuple(TaxRate(r["id"], Decimal(r["amount"]), bool(r["price_include"])) for r in rates),
    )  # fmt: skip


def action_post(database: Database, ids: Sequence[int]) -> bool:
    """Answers false when it was done, as Odoo does; a posted one is refused."""
    invoices = [database.record("account.move", number) for number in ids]
    for invoice in invoices:
        if invoice["state"] != "draft":
            name = invoice["name"] or "/"
            raise user_error(f"The entry {name} (id {invoice['id']}) must be in draft.")
    for invoice in invoices:
        number = database.next_id("sequence account.move")
        name = f"INV/{database.now()[:4]}/{number:05d}"
        values = {"state": "posted", "name": name, "invoice_date": database.now()[:10]}
        database.update("account.move", invoice, values)
        for line in _lines(database, invoice):
            for sold in line["sale_line_ids"]:
                order_line = database.record("sale.order.line", sold)
                order_line["qty_invoiced_posted"] += line["quantity"]
        database.effect("posted", "account.move", invoice)
    return False
