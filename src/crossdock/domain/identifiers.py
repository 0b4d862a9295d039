"""Identifiers of things and documents, and the reproducible identity of a business document."""

import hashlib
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from crossdock.domain.model import CanonicalModel


class IdentifierScheme(StrEnum):
    """Who gave the identifier its meaning."""

    BUYER_ORDER_NUMBER = "buyer_order_number"
    CHANNEL_ORDER_ID = "channel_order_id"
    CHANNEL_ORDER_NAME = "channel_order_name"
    ERP_ORDER_ID = "erp_order_id"
    ERP_ORDER_NAME = "erp_order_name"
    CUSTOMER_CODE = "customer_code"
    CHANNEL_CUSTOMER_ID = "channel_customer_id"
    VAT_NUMBER = "vat_number"
    GLN = "gln"
    GTIN = "gtin"
    SELLER_SKU = "seller_sku"
    BUYER_SKU = "buyer_sku"
    CHANNEL_PRODUCT_ID = "channel_product_id"
    CHANNEL_VARIANT_ID = "channel_variant_id"
    CHANNEL_LINE_ID = "channel_line_id"


class Identifier(CanonicalModel):
    """A value in a scheme."""

    scheme: IdentifierScheme
    value: Annotated[str, Field(min_length=1, max_length=255)]


def document_identity(company_id: int, sold_to: str, reference: str, generation: int = 1) -> str:
    """The identity of a business document: the same inputs give the same id, also after a restore.

    `sold_to` is the canonical code of the sold-to party, `reference` the customer's order number
    or the channel's order id; `generation` counts deliberate re-uses of one number.
    Returns 32 hexadecimal digits (the first half of a SHA-256).
    """
    parts = (str(company_id), sold_to.strip(), reference.strip(), str(generation))
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(framed.encode()).hexdigest()[:32]


def gs1_check_digit(body: str) -> int:
    """GS1 check digit of GTIN, GLN and SSCC bodies (GS1 General Specifications, 7.9)."""
    if not body.isascii() or not body.isdigit():
        raise ValueError(f"GS1 key body must be digits, got {body!r}")
    weighted = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return -weighted % 10


def is_gs1_key(value: str, lengths: tuple[int, ...]) -> bool:
    """Whether `value` is a GS1 key of one of the lengths with a right check digit."""
    return (
        value.isascii()
        and value.isdigit()
        and len(value) in lengths
        and gs1_check_digit(value[:-1]) == int(value[-1])
    )


def is_gtin(value: str) -> bool:
    """A GTIN-8, -12, -13 or -14 with a right check digit."""
    return is_gs1_key(value, (8, 12, 13, 14))


def is_gln(value: str) -> bool:
    """A global location number (13 digits) with a right check digit."""
    return is_gs1_key(value, (13,))
