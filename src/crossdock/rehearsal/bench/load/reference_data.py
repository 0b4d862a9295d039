"""What an Odoo knows that sells to everybody in a catalogue, as its sweeps would bring it."""

from decimal import Decimal

from crossdock.connectors.odoo import projections
from crossdock.connectors.shopify.twin.catalogue import Catalogue
from crossdock.connectors.shopify.twin.order_factory import TAX_RATES
from crossdock.ports.sweep import ProjectionRow

FIRST_ID = 1000
"""Of partners and products, as in an Odoo with some history."""


def reference_data(sold: Catalogue) -> dict[str, list[ProjectionRow]]:
    """Projections by kind: all goods, customers and taxes."""
    services = [{"id": n, "default_code": code, "type": "service"}
                for n, code in enumerate(("SHIPPING", "DISCOUNT", "FEE"), start=1)]  # fmt: skip
    goods = [{"id": FIRST_ID + n, "default_code": item.sku, "type": "consu"}
             for n, item in enumerate(sold.items)]  # fmt: skip
    rates = sorted({Decimal(rate) * 100 for rate in TAX_RATES.values()})
    return {
        "products": [
            projections.product_row(
                {"name": p["default_code"], "barcode": False, "uom_id": 1, "list_price": 10,
                 "taxes_id": [], "sale_ok": True, "active": True, **p}
            ) for p in [*services, *goods]
        ],
        "partners": [
            projections.partner_row(
                {"id": FIRST_ID + n, "name": f"{p.first_name} {p.last_name}", "email": p.email,
                 "ref": False, "vat": False, "phone": False, "parent_id": False, "type": "contact",
                 "street": p.address1, "street2": False, "city": p.city, "zip": p.zip,
                 "active": True}, country=p.country_code, state="",
            ) for n, p in enumerate(sold.people)
        ],
        "units": [
            projections.unit_row(
                {"id": 1, "name": "Units", "relative_factor": 1, "relative_uom_id": False,
                 "active": True}
            )
        ],
        "taxes": [
            projections.tax_row(
                {"id": 2 * n + included, "name": f"{rate} %", "amount": rate, "company_id": 1,
                 "amount_type": "percent", "price_include": included, "active": True}
            ) for n, rate in enumerate(rates, start=1) for included in (False, True)
        ],
    }  # fmt: skip
