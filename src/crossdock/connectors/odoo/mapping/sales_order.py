"""SalesOrder → the rows of a draft sale.order."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.mapping.allowance import exact_discount
from crossdock.connectors.odoo.mapping.order_request import (
    BILL_TO,
    CLIENT_ORDER_REF,
    DATE_ORDER,
    ID,
    LINE_FIELDS,
    ORIGIN,
    PARTNER,
    SHIP_TO,
    LoadRequest,
)
from crossdock.domain.sales_order import SalesOrder
from crossdock.ports.erp import RecordRef, ResolvedCharge, ResolvedLine
from crossdock.ports.errors import Rejected


def from_sales_order(order: SalesOrder, resolved: Mapping[str, Any]) -> bytes:
    """A draft with one row a line; charges and inexact allowances are lines too.

    `resolved` is a `ports.erp.ResolvedOrder`. Raises Rejected when an allowance needs a discount
    product and none is given.
    """
    external_id = resolved["external_id"]
    references = (
        (PARTNER, resolved["partner"]),
        (SHIP_TO, resolved["ship_to"]),
        (BILL_TO, resolved["bill_to"]),
    )
    head_fields = [ID, *(f"{name}/{_kind(ref)}" for name, ref in references)]
    head = [external_id, *(_reference(name, ref) for name, ref in references)]
    head_fields += [CLIENT_ORDER_REF, ORIGIN, DATE_ORDER]
    head += [
        order.reference if order.reference_is_buyers else order.name or order.reference,
        resolved["origin"],
        order.placed_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    ]
    blank = [""] * len(head)
    rows = tuple(
        (*(blank if number else head), line_id, str(number + 1), *cells)
        for number, (line_id, *cells) in enumerate(_lines(order, resolved, external_id))
    )
    return LoadRequest((*head_fields, *LINE_FIELDS), rows).to_bytes()


def _kind(reference: RecordRef) -> str:
    return ".id" if "id" in reference else "id"


def _reference(name: str, reference: RecordRef) -> str:
    if "id" in reference:
        return str(reference["id"])
    if "external_id" in reference:
        return reference["external_id"]
    raise Rejected(
        f"{name} is not resolved", field=name, remedy="match the customer with a partner in Odoo"
    )


def _lines(
    order: SalesOrder, resolved: Mapping[str, Any], external_id: str
) -> Iterator[tuple[str, ...]]:
    lines: dict[str, ResolvedLine] = {r["line_id"]: r for r in resolved["lines"]}
    charges: dict[str, ResolvedCharge] = {r["charge_id"]: r for r in resolved["charges"]}
    discount = resolved.get("discount_product_id")
    for line in order.lines:
        found = lines[line.line_id]
        yield from _rows(
            line_external_id(external_id, line.line_id), found["product_id"], line.quantity.amount,
            str(found["unit_id"]), line.unit_price, line.allowance, found["tax_ids"], discount,
        )  # fmt: skip
    for charge in order.charges:
        booked = charges[charge.charge_id]
        yield from _rows(
            f"{external_id}_c{sanitised(charge.charge_id)}", booked["product_id"], Decimal(1),
            "", charge.amount, charge.allowance, booked["tax_ids"], discount,
        )  # fmt: skip


def _rows(  # noqa: PLR0913, PLR0917 - the cells of a row, in their order
    external_id: str, product_id: int, quantity: Decimal, unit: str, price: Decimal,
    allowance: Decimal, tax_ids: list[int], discount_product_id: int | None,
) -> Iterator[tuple[str, ...]]:  # fmt: skip
    taxes = ",".join(str(tax) for tax in tax_ids)
    percentage = exact_discount(quantity * price, allowance)
    yield (
        external_id, str(product_id), _plain(quantity), unit, _plain(price), _pin(price),
        _plain(percentage or Decimal(0)), taxes,
    )  # fmt: skip
    if percentage is not None:
        return
    if discount_product_id is None:
        raise Rejected(
            f"{_plain(allowance)} off {_plain(quantity * price)} is no exact percentage and no"
            " discount product is configured to book it on",
            field="allowance",
            remedy="create a service product in Odoo and name it in the setting discount_product",
        )
    yield (
        f"{external_id}_d", str(discount_product_id), "1", "", _plain(-allowance),
        _pin(-allowance), "0", taxes,
    )  # fmt: skip


def _pin(price: Decimal) -> str:
    """A `technical_price_unit` other than the price: an equal one would unpin it."""
    return "-2" if price == -1 else "-1"


def _plain(number: Decimal) -> str:
    return f"{number.normalize() + 0:f}"


def line_external_id(order_external_id: str, line_id: str) -> str:
    """What an order's line is called in Odoo."""
    return f"{order_external_id}_l{sanitised(line_id)}"


def sanitised(name: str) -> str:
    """Letters and digits stay, anything else becomes its code: different names stay different."""
    return re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", name)
