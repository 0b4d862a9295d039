"""What each stream reads from Odoo: model, fields, domain, and what a record becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crossdock.connectors.odoo import projections
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.ports.sweep import ProjectionRow

Record = Mapping[str, Any]
ToRow = Callable[[Record, ReferenceData], ProjectionRow]


@dataclass(frozen=True, slots=True)
class StreamSource:
    """Where a projection comes from."""

    model: str
    fields: tuple[str, ...]
    to_row: ToRow
    domain: tuple[Any, ...] = ()
    page_size: int = 500
    optional: bool = False
    """Its fields are hidden from users without a certain group: then the stream is empty."""
    always_whole: bool = False
    """Its values move without moving write_date: it is read from the beginning each time."""


def _partner_row(record: Record, reference_data: ReferenceData) -> ProjectionRow:
    return projections.partner_row(
        record,
        country=reference_data.region_code("res.country", record["country_id"]),
        state=reference_data.region_code("res.country.state", record["state_id"]),
    )


def _pure(to_row: Callable[[Record], ProjectionRow]) -> ToRow:
    return lambda record, _: to_row(record)


PROJECTIONS: Mapping[str, StreamSource] = {
    "products": StreamSource(
        "product.product",
        ("default_code", "barcode", "name", "uom_id", "list_price", "taxes_id", "sale_ok", "active",
         "type"),
        _pure(projections.product_row),
    ),
    "partners": StreamSource(
        "res.partner",
        ("name", "email", "ref", "vat", "phone", "parent_id", "type",
         "street", "street2", "city", "zip", "state_id", "country_id", "active"),
        _partner_row,
    ),
    "units": StreamSource(
        "uom.uom",
        ("name", "relative_factor", "relative_uom_id", "active"),
        _pure(projections.unit_row),
    ),
    "taxes": StreamSource(
        "account.tax",
        ("name", "amount", "amount_type", "price_include", "company_id", "active"),
        _pure(projections.tax_row),
        domain=(["type_tax_use", "=", "sale"],),
        always_whole=True,
    ),
    "currencies": StreamSource(
        "res.currency",
        ("name", "decimal_places", "active"),
        _pure(projections.currency_row),
        domain=(["active", "=", True],),
        always_whole=True,
    ),
    "prices": StreamSource(
        "product.pricelist.item",
        ("pricelist_id", "applied_on", "product_id", "product_tmpl_id", "categ_id",
         "compute_price", "fixed_price", "percent_price", "min_quantity", "date_start", "date_end"),
        _pure(projections.price_row),
    ),
    "credit": StreamSource(
        "res.partner",
        ("credit", "credit_limit", "use_partner_credit_limit", "credit_to_invoice"),
        _pure(projections.credit_row),
        domain=(["parent_id", "=", False], ["active", "=", True]),
        optional=True,
        always_whole=True,
    ),
}  # fmt: skip
"""By stream. `price_include` of a tax follows its company's setting, so taxes are read whole."""
ORDER_FIELDS = ("name", "state", "client_order_ref", "amount_total", "currency_id", "write_date")
