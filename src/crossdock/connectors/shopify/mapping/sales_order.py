"""Shopify order → SalesOrder."""

from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from crossdock.connectors.shopify.mapping.amounts import ShopCurrency
from crossdock.connectors.shopify.mapping.charges import cash_rounding, charges_of
from crossdock.connectors.shopify.mapping.document import read_document
from crossdock.connectors.shopify.mapping.graphql_shape import order_from_node
from crossdock.connectors.shopify.mapping.lines import (
    RemainingLine,
    is_tip,
    remaining_lines,
    to_order_line,
    to_tip,
)
from crossdock.connectors.shopify.mapping.parties import buyer_of, party_at
from crossdock.connectors.shopify.mapping.reading import Reader, unreadable
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.money import Money
from crossdock.domain.sales_order import Charge, SalesOrder
from crossdock.ports.errors import Unreadable

LINES_MAX = 10_000


def to_sales_order(body: bytes, *, is_node: bool) -> SalesOrder:
    """A REST webhook body, or with `is_node` a GraphQL order node, as a SalesOrder.

    Quantities are the current ones (after edits and refunds), prices and totals are in the shop's
    currency. A cancelled order with nothing left stands as it was ordered. One state of an order
    gives equal documents in both shapes. Raises Unreadable with the field, reason and remedy.

    Source: REST Admin API 2026-07 Order (also the webhook body), Admin GraphQL 2026-07 Order.
    """
    document = read_document(body)
    order = Reader(order_from_node(document.fields)) if is_node else document
    try:
        return _sales_order(order)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"]) or "order"
        raise Unreadable(
            path, first["msg"].removeprefix("Value error, "), "correct the order in Shopify"
        ) from error


def _sales_order(order: Reader) -> SalesOrder:
    order_id = order.identifier("id")
    if not order_id:
        unreadable("id", "is missing")
    shop = ShopCurrency.of(order)
    cancelled_at = order.instant("cancelled_at")
    lines, as_ordered = _lines(order, cancelled_at)
    goods, tips = _goods_and_tips(order, lines, shop)
    po_number = order.text("po_number")
    return SalesOrder(
        reference=po_number or order_id,
        reference_is_buyers=bool(po_number),
        name=order.text("name"),
        identifiers=_identifiers(order, order_id, po_number),
        placed_at=_placed_at(order),
        currency=shop.code,
        prices_include_tax=order.flag("taxes_included"),
        buyer=buyer_of(order),
        ship_to=party_at(order, "shipping_address"),
        bill_to=party_at(order, "billing_address"),
        lines=tuple(to_order_line(line, shop) for line in goods),
        charges=(*tips, *charges_of(order, lines, shop, as_ordered=as_ordered)),
        total=_total(order, shop, as_ordered=as_ordered),
        test=order.flag("test"),
        cancelled_at=cancelled_at,
        cancel_reason=order.text("cancel_reason").lower(),
        note=order.text("note", 5000),
    )


def _lines(order: Reader, cancelled_at: datetime | None) -> tuple[list[RemainingLine], bool]:
    """The lines that stand, and whether they stand as they were first ordered."""
    lines = list(remaining_lines(order, as_ordered=False))
    if lines:
        return _not_too_many(lines), False
    lines = list(remaining_lines(order, as_ordered=True))
    if not lines:
        unreadable("line_items", "there is no line with a quantity")
    if cancelled_at is None:
        unreadable(
            "line_items",
            "every line has been removed or refunded, but the order is not cancelled",
            "cancel the order in Shopify, or add a line to it",
        )
    return _not_too_many(lines), True


def _not_too_many(lines: list[RemainingLine]) -> list[RemainingLine]:
    if len(lines) > LINES_MAX:
        unreadable("line_items", f"there are more than {LINES_MAX} lines", "split the order")
    return lines


def _goods_and_tips(
    order: Reader, lines: list[RemainingLine], shop: ShopCurrency
) -> tuple[list[RemainingLine], list[Charge]]:
    tips_total = shop.amount(order, "total_tip_received") or Decimal(0)
    tips = {line.item.path for line in lines if is_tip(line, tips_total, shop)}
    goods = [line for line in lines if line.item.path not in tips]
    if not goods:
        unreadable("line_items", "there is nothing but tips", "cancel or archive the order")
    return goods, [to_tip(line, shop) for line in lines if line.item.path in tips]


def _identifiers(order: Reader, order_id: str, po_number: str) -> tuple[Identifier, ...]:
    found = (
        (IdentifierScheme.CHANNEL_ORDER_ID, order_id),
        (IdentifierScheme.CHANNEL_ORDER_NAME, order.text("name")),
        (IdentifierScheme.BUYER_ORDER_NUMBER, po_number),
    )
    return tuple(Identifier(scheme=scheme, value=value) for scheme, value in found if value)


def _placed_at(order: Reader) -> datetime:
    placed_at = order.instant("processed_at") or order.instant("created_at")
    if placed_at is None:
        unreadable("processed_at", "is missing, and created_at as well")
    return placed_at


def _total(order: Reader, shop: ShopCurrency, *, as_ordered: bool) -> Money:
    """What the customer is to pay: the channel's total and what paying in coins made of it."""
    total = None if as_ordered else shop.amount(order, "current_total_price")
    if total is None:
        total = shop.required(order, "total_price")
    if total < 0:
        unreadable("total_price", f"is negative: {total}")
    return Money(amount=total + cash_rounding(order, shop), currency=shop.code)
