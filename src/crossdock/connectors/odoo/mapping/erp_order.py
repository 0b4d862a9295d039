"""sale.order → ErpOrder and ErpOrderSeen; the comparison of an order with its intent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crossdock.connectors.odoo.mapping.order_request import (
    BILL_TO,
    CLIENT_ORDER_REF,
    PARTNER,
    SHIP_TO,
    IntendedLine,
    LoadRequest,
)
from crossdock.ports.erp import ErpLine, ErpOrder, ErpOrderSeen
from crossdock.ports.errors import Unreadable

ORDER_FIELDS = (
    "name", "state", "partner_id", "partner_shipping_id", "partner_invoice_id",
    "client_order_ref", "currency_id", "amount_untaxed", "amount_tax", "amount_total",
)  # fmt: skip
LINE_FIELDS = (
    "order_id", "product_id", "product_uom_qty", "product_uom_id", "price_unit", "discount",
    "tax_ids", "price_subtotal", "price_total", "display_type", "qty_delivered", "qty_invoiced",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """A sale.order as it was read: the vendor's records, its currency, its lines' external ids."""

    order: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    """Each with `external_id` added; text-only lines are left out."""
    currency: str
    decimal_places: int
    lines_read: bool = True


def to_erp_order(seen: SeenOrder) -> ErpOrder:
    """Amounts are strings with the currency's decimals; lines only where they were read."""
    order = seen.order

    def amount(value: Any) -> str:
        return f"{Decimal(str(value)):.{seen.decimal_places}f}"

    found = ErpOrder(
        id=int(order["id"]),
        name=str(order["name"]),
        state=order["state"],
        currency=seen.currency,
        amount_untaxed=amount(order["amount_untaxed"]),
        amount_tax=amount(order["amount_tax"]),
        amount_total=amount(order["amount_total"]),
    )
    if seen.lines_read:
        found["lines"] = [
            ErpLine(
                external_id=line["external_id"],
                product_id=int(line["product_id"] or 0),
                quantity=_plain(line["product_uom_qty"]),
                unit_price=_plain(line["price_unit"]),
                subtotal=amount(line["price_subtotal"]),
                tax=amount(_decimal(line["price_total"]) - _decimal(line["price_subtotal"])),
                delivered=_plain(line["qty_delivered"]),
                invoiced=_plain(line["qty_invoiced"]),
            )
            for line in seen.lines
        ]
    return found


def to_erp_order_seen(body: bytes) -> ErpOrderSeen:
    """A swept order. Raises Unreadable when the body is not what the sweep writes."""
    try:
        order = json.loads(body)
        return ErpOrderSeen(
            id=order["id"],
            name=order["name"],
            state=order["state"],
            client_order_ref=order["client_order_ref"] or "",
            amount_total=order["amount_total"],
            currency=order["currency"],
            seen_version=order["write_date"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(
            "body", f"is no swept sale.order: {error!r}", "sweep the stream sale_orders again"
        ) from error


def difference(request: LoadRequest, seen: SeenOrder) -> str:
    """What differs between the order and its intent, in words; empty when nothing does."""
    found = [*_head_differences(request, seen.order), *_line_differences(request.lines(), seen)]
    return "; ".join(found)


def _head_differences(request: LoadRequest, order: Mapping[str, Any]) -> Iterable[str]:
    for field in (PARTNER, SHIP_TO, BILL_TO):
        intended = request.cell(f"{field}/.id")
        if intended and str(order[field]) != intended:
            yield f"{field}: Odoo has {order[field]}, ours is {intended}"
    reference = request.cell(CLIENT_ORDER_REF)
    if (order[CLIENT_ORDER_REF] or "") != reference:
        yield f"{CLIENT_ORDER_REF}: Odoo has {order[CLIENT_ORDER_REF]!r}, ours is {reference!r}"


def _line_differences(intended: Sequence[IntendedLine], seen: SeenOrder) -> Iterable[str]:
    if len(intended) != len(seen.lines):
        yield f"lines: Odoo has {len(seen.lines)}, ours are {len(intended)}"
    by_external_id = {line["external_id"]: line for line in seen.lines}
    for line in intended:
        stands = by_external_id.get(line.external_id)
        if stands is None:
            yield f"line {line.external_id}: not in Odoo"
            continue
        for field, ours, theirs in _cells(line, stands):
            if ours != theirs:
                yield f"line {line.external_id} {field}: Odoo has {theirs}, ours is {ours}"


def _cells(line: IntendedLine, stands: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    yield "product_id", line.product_id, stands["product_id"]
    yield "product_uom_qty", line.quantity, _decimal(stands["product_uom_qty"])
    yield "price_unit", line.price, _decimal(stands["price_unit"])
    yield "discount", line.discount, _decimal(stands["discount"])
    yield "tax_ids", sorted(line.tax_ids), sorted(stands["tax_ids"])
    if line.unit_id is not None:
        yield "product_uom_id", line.unit_id, stands["product_uom_id"]


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def _plain(value: Any) -> str:
    return f"{_decimal(value).normalize() + 0:f}"
