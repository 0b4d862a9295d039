"""Odoo's reference records → projection rows with the keys they are found by. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crossdock.domain.parties import Address
from crossdock.ports.sweep import ProjectionRow

Record = Mapping[str, Any]


def text(value: Any) -> str:
    """Odoo says false for empty."""
    return "" if value is False or value is None else str(value)


def plain(value: Any) -> str:
    """A number without surplus zeros."""
    return f"{Decimal(str(value)).normalize() + 0:f}"


def product_row(record: Record) -> ProjectionRow:
    """Two active products with one default_code both carry its key: the reader sees the doubt.

    Services that are not for sale stay: Odoo's own delivery products are such.
    """
    sku, gtin = text(record["default_code"]).strip(), text(record["barcode"]).strip()
    lookup = [f"sku:{sku}"] if sku else []
    if gtin:
        lookup.append(f"gtin:{gtin}")
    return ProjectionRow(
        external_id=str(record["id"]),
        data={
            "name": record["name"], "sku": sku, "gtin": gtin, "unit_id": record["uom_id"],
            "list_price": plain(record["list_price"]), "tax_ids": record["taxes_id"],
            "type": record["type"], "sale_ok": record["sale_ok"],
        },
        lookup=tuple(lookup),
        active=bool(record["active"] and (record["sale_ok"] or record["type"] == "service")),
    )  # fmt: skip


def partner_row(record: Record, country: str, state: str) -> ProjectionRow:
    """`country` is the ISO code of its country, `state` the part of ISO 3166-2 after it."""
    email, code = text(record["email"]).strip().lower(), text(record["ref"]).strip()
    vat = text(record["vat"]).strip()
    lookup = {f"partner:{record['id']}": None}
    for scheme, value in (("email", email), ("customer_code", code), ("vat", vat)):
        if value:
            lookup[f"{scheme}:{value}"] = None
    if text(record["street"]):
        address = Address(
            street=text(record["street"])[:255], street2=text(record["street2"])[:255],
            city=text(record["city"])[:255], postal_code=text(record["zip"])[:255],
            country=country,
        )  # fmt: skip
        lookup[f"address:{address.match_key()}"] = None
    return ProjectionRow(
        external_id=str(record["id"]),
        data={
            "name": text(record["name"]), "email": email, "customer_code": code, "vat": vat,
            "phone": text(record["phone"]), "parent_id": record["parent_id"] or None,
            "type": record["type"], "street": text(record["street"]),
            "street2": text(record["street2"]), "city": text(record["city"]),
            "postal_code": text(record["zip"]), "subdivision": state, "country": country,
        },
        lookup=tuple(lookup),
        active=bool(record["active"]),
    )  # fmt: skip


def unit_row(record: Record) -> ProjectionRow:
    """One of it is `relative_factor` of `relative_uom_id`."""
    return ProjectionRow(
        external_id=str(record["id"]),
        data={
            "name": record["name"], "relative_factor": plain(record["relative_factor"]),
            "relative_uom_id": record["relative_uom_id"] or None,
        },
        lookup=(f"unit:{record['name']}",),
        active=bool(record["active"]),
    )  # fmt: skip


def tax_row(record: Record) -> ProjectionRow:
    """Found by its rate only when it is a plain percentage; by name and id always."""
    inclusive = "incl" if record["price_include"] else "excl"
    lookup = [f"tax:{record['name']}", f"tax:{record['id']}"]
    if record["amount_type"] == "percent":
        lookup.append(f"rate:{plain(record['amount'])}:{inclusive}")
    return ProjectionRow(
        external_id=str(record["id"]),
        data={
            "name": record["name"], "amount": plain(record["amount"]),
            "amount_type": record["amount_type"], "price_include": record["price_include"],
            "company_id": record["company_id"],
        },
        lookup=tuple(dict.fromkeys(lookup)),
        active=bool(record["active"]),
    )  # fmt: skip


def currency_row(record: Record) -> ProjectionRow:
    """By its ISO 4217 code."""
    return ProjectionRow(
        external_id=str(record["id"]),
        data={"name": record["name"], "decimal_places": record["decimal_places"]},
        lookup=(f"currency:{record['name']}",),
        active=bool(record["active"]),
    )


def price_row(record: Record) -> ProjectionRow:
    """A rule of a pricelist, as Odoo has it; what it applies to is its lookup key."""
    pricelist = record["pricelist_id"]
    if record["product_id"]:
        key = f"price:{pricelist}:product:{record['product_id']}"
    elif record["product_tmpl_id"]:
        key = f"price:{pricelist}:template:{record['product_tmpl_id']}"
    elif record["categ_id"]:
        key = f"price:{pricelist}:category:{record['categ_id']}"
    else:
        key = f"price:{pricelist}:all"
    return ProjectionRow(
        external_id=str(record["id"]),
        data={
            "pricelist_id": pricelist, "applied_on": record["applied_on"],
            "compute_price": record["compute_price"], "fixed_price": plain(record["fixed_price"]),
            "percent_price": plain(record["percent_price"]),
            "min_quantity": plain(record["min_quantity"]),
            "date_start": text(record["date_start"]), "date_end": text(record["date_end"]),
        },
        lookup=(key,),
    )  # fmt: skip


def credit_row(record: Record) -> ProjectionRow:
    """What a customer owes and may owe, in the company's currency."""
    return ProjectionRow(
        external_id=str(record["id"]),
        data={
            "credit": plain(record["credit"]), "credit_limit": plain(record["credit_limit"]),
            "limited": record["use_partner_credit_limit"],
            "credit_to_invoice": plain(record["credit_to_invoice"]),
        },
        lookup=(f"partner:{record['id']}",),
    )  # fmt: skip
