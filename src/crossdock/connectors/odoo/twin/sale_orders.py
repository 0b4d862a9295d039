"""sale.order: defaults, amounts, confirmation, cancellation."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.twin.database import Database, Record
from crossdock.connectors.odoo.twin.errors import user_error
from crossdock.connectors.odoo.twin.invoices import compute_to_invoice
from crossdock.connectors.odoo.twin.moves import deliver_order
from crossdock.connectors.odoo.twin.pickings import cancel_deliveries
from crossdock.connectors.odoo.twin.reading import label
from crossdock.connectors.odoo.twin.schema import MODELS
from crossdock.connectors.odoo.twin.totals import TaxedLine, TaxRate, line_total, order_total


def order_defaults(database: Database, values: Mapping[str, Any]) -> dict[str, Any]:
    """Name from the sequence, addresses from the customer, currency from the company."""
    partner = values.get("partner_id")
    return {
        "name": next_order_name(database), "state": "draft", "date_order": database.now(),
        "partner_shipping_id": partner, "partner_invoice_id": partner, "company_id": 1,
        "invoice_status": "no", **{k: v for k, v in values.items() if k != "currency_id"},
        "currency_id": database.record("res.company", 1)["currency_id"],
    }  # fmt: skip


def next_order_name(database: Database) -> str:
    """S00001, S00002 …; a number is used up by an attempt that is rolled back, too."""
    return f"S{database.next_id('sequence sale.order'):05d}"


def line_defaults(database: Database, values: Mapping[str, Any]) -> dict[str, Any]:
    """From the product, where a value is not given at all: an empty one was given."""
    product = database.record("product.product", values["product_id"])
    return {
        "name": label("product.product", product), "product_uom_qty": Decimal(1),
        "product_uom_id": product["uom_id"], "price_unit": product["list_price"],
        "tax_ids": list(product["taxes_id"]), "sequence": 10,
        "qty_delivered_method": "manual" if product["type"] == "service" else "stock_move",
        **values,
    }  # fmt: skip


def compute_amounts(database: Database, order: Record) -> None:
    """Totals of the lines and of the order."""
    currency = database.record("res.currency", order["currency_id"])
    cent = Decimal(1).scaleb(-int(currency["decimal_places"]))
    ids = database.children(MODELS["sale.order"]["order_line"], order["id"])
    lines = [database.record("sale.order.line", number) for number in ids]
    taxed = [_taxed(database, line) for line in lines]
    for line, amounts in zip(lines, taxed, strict=True):
        total = line_total(amounts, cent)
        line["price_subtotal"], line["price_total"] = total.subtotal, total.total
        line["price_tax"] = total.total - total.subtotal
    whole = order_total(taxed, cent)
    order["amount_untaxed"], order["amount_tax"] = whole.untaxed, whole.tax
    order["amount_total"] = whole.total


def _taxed(database: Database, line: Record) -> TaxedLine:
    rates = [database.record("account.tax", number) for number in line["tax_ids"]]
    return TaxedLine(
        Decimal(line["product_uom_qty"]),
        Decimal(line["price_unit"]),
        Decimal(line["discount"]),
        tuple(TaxRate(r["id"], Decimal(r["amount"]), bool(r["price_include"])) for r in rates),
    )


def action_confirm(database: Database, ids: Sequence[int]) -> bool:
    """All or nothing; date_order becomes now. Raises OdooError."""
    orders = [database.record("sale.order", number) for number in ids]
    if any(order["state"] not in ("draft", "sent") for order in orders):
        raise user_error("Some orders are not in a state requiring confirmation.")
    for order in orders:
        order["state"] = "sale"
        order["date_order"] = order["write_date"] = database.now()
        deliver_order(database, order)
        compute_to_invoice(database, order)
        database.effect("confirmed", "sale.order", order)
    return True


def action_cancel(database: Database, ids: Sequence[int]) -> bool:
    """Cancelled orders stay as they are. Raises OdooError."""
    orders = [database.record("sale.order", number) for number in ids]
    if any(order["locked"] for order in orders):
        raise user_error("You cannot cancel a locked order. Please unlock it first.")
    for order in orders:
        if order["state"] != "cancel":
            order["state"] = "cancel"
            order["write_date"] = database.now()
            cancel_deliveries(database, order)
            compute_to_invoice(database, order)
            database.effect("cancelled", "sale.order", order)
    return True
