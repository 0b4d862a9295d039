"""GraphQL nodes of fulfilment orders, fulfilments and refunds."""

from collections.abc import Mapping
from typing import Any

from crossdock.connectors.shopify.twin.fulfilment import display_status, fulfilment_orders
from crossdock.connectors.shopify.twin.fulfilment_records import (
    FulfilmentOrderState,
    FulfilmentState,
    OpenLineState,
    RefundState,
)
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.page import connection, gid

Json = dict[str, Any]


def fulfilment_fields(order: OrderState) -> Json:
    """The fields of an order that are about its shipping."""

    def fulfilments(_: object, *, first: int | None = None, query: str | None = None) -> list[Json]:  # noqa: ARG001 - the vendor's argument
        return [fulfilment_node(order, f) for f in order.fulfilments[:first]]

    def orders(_: object, **page: Any) -> Json:
        page.pop("displayable", None)
        rows = fulfilment_orders(order)
        return connection(rows, render=lambda row: fulfilment_order_node(order, row), **page)

    def refunds(_: object, *, first: int | None = None) -> list[Json]:
        return [refund_node(order, refund) for refund in order.refunds[:first]]

    return {
        "cancellation": {"staffNote": order.staff_note} if order.cancelled_at else None,
        "displayFulfillmentStatus": lambda _: display_status(order),
        "fulfillments": fulfilments,
        "fulfillmentsCount": {"count": len(order.fulfilments)},
        "fulfillmentOrders": orders,
        "refunds": refunds,
    }


def fulfilment_order_node(order: OrderState, row: FulfilmentOrderState) -> Json:
    """One fulfilment order."""
    place = row.location

    def open_line(line: OpenLineState) -> Json:
        return {
            "id": gid("FulfillmentOrderLineItem", line.open_line_id),
            "remainingQuantity": line.remaining,
            "lineItem": line_node(order, line.line_id),
        }

    return {
        "__typename": "FulfillmentOrder",
        "id": gid("FulfillmentOrder", row.fulfilment_order_id),
        "status": row.status,
        "supportedActions": [{"action": action} for action in row.actions],
        "assignedLocation": {
            "name": place.name,
            "location": {"id": gid("Location", place.location_id)},
        },
        "lineItems": lambda _, **page: connection(row.lines, render=open_line, **page),
    }


def fulfilment_node(order: OrderState, row: FulfilmentState) -> Json:
    """One fulfilment."""
    urls: list[str | None] = [*row.urls] or [None] * len(row.numbers)
    tracking = [
        {"number": number, "url": url, "company": row.company}
        for number, url in zip(row.numbers, urls, strict=True)
    ]
    return {
        "__typename": "Fulfillment",
        "id": gid("Fulfillment", row.fulfilment_id),
        "name": row.name,
        "status": row.status,
        "trackingInfo": lambda _, first=None: tracking[:first],
        "fulfillmentLineItems": lambda _, **page: pieces_page(
            order, row.pieces, "FulfillmentLineItem", page
        ),
    }


def refund_node(order: OrderState, row: RefundState) -> Json:
    """One refund, of pieces without money."""
    nothing = {"amount": "0.0", "currencyCode": order.currency}
    return {
        "__typename": "Refund",
        "id": gid("Refund", row.refund_id),
        "note": row.note,
        "totalRefundedSet": {"shopMoney": nothing, "presentmentMoney": nothing},
        "refundLineItems": lambda _, **page: pieces_page(
            order, row.pieces, "RefundLineItem", page, restockType="CANCEL"
        ),
    }


def pieces_page(
    order: OrderState, pieces: Mapping[int, int], kind: str, page: Mapping[str, Any], **more: str
) -> Json:
    """A connection of lines with their quantities."""

    def render(entry: tuple[int, int]) -> Json:
        line_id, quantity = entry
        node = line_node(order, line_id)
        return {"id": gid(kind, line_id), "quantity": quantity, "lineItem": node, **more}

    return connection(list(pieces.items()), render=render, **page)


def line_node(order: OrderState, line_id: int) -> Json:
    """As much of an order line as records of its shipping show."""
    line = next(line for line in order.lines if line.line_id == line_id)
    return {
        "__typename": "LineItem",
        "id": gid("LineItem", line_id),
        "sku": line.sku or None,
        "name": line.name,
    }
