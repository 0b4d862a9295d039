"""What webhook bodies say of an order's shipping (REST Admin API 2026-07)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from crossdock.connectors.shopify.twin.fulfilment import display_status, fulfilled
from crossdock.connectors.shopify.twin.fulfilment_records import FulfilmentState, RefundState
from crossdock.connectors.shopify.twin.order_state import LineState, OrderState

Json = dict[str, Any]
Instant = Callable[[datetime], str | None]
STATUS = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


def order_fulfilment(order: OrderState, instant: Instant) -> Json:
    """`fulfillment_status`, `fulfillments` and `refunds`; `instant` writes a time."""
    return {
        "fulfillment_status": STATUS.get(display_status(order)),
        "fulfillments": [_fulfilment(order, row, instant) for row in order.fulfilments],
        "refunds": [_refund(order, row, instant) for row in order.refunds],
    }


def line_fulfilment(order: OrderState, line: LineState) -> Json:
    """`fulfillable_quantity` and `fulfillment_status`."""
    done = fulfilled(order, line.line_id)
    open_pieces = 0 if order.cancelled_at else max(0, line.current_quantity - done)
    status = "fulfilled" if done and not open_pieces else "partial" if done else None
    return {
        "fulfillable_quantity": open_pieces,
        "fulfillment_service": "manual",
        "fulfillment_status": status,
    }


def _fulfilment(order: OrderState, row: FulfilmentState, instant: Instant) -> Json:
    return {
        "id": row.fulfilment_id,
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{row.fulfilment_id}",
        "created_at": instant(row.created_at),
        "location_id": row.location.location_id,
        "name": row.name.replace("-F", "."),
        "order_id": order.order_id,
        "service": "manual",
        "status": row.status.lower(),
        "tracking_company": row.company,
        "tracking_number": row.numbers[0] if row.numbers else None,
        "tracking_numbers": row.numbers,
        "tracking_url": row.urls[0] if row.urls else None,
        "tracking_urls": row.urls,
        "line_items": [{"id": line, "quantity": count} for line, count in row.pieces.items()],
    }


def _refund(order: OrderState, row: RefundState, instant: Instant) -> Json:
    return {
        "id": row.refund_id,
        "admin_graphql_api_id": f"gid://shopify/Refund/{row.refund_id}",
        "created_at": instant(row.created_at),
        "note": row.note,
        "order_id": order.order_id,
        "refund_line_items": [
            {"line_item_id": line, "quantity": count, "restock_type": "cancel"}
            for line, count in row.pieces.items()
        ],
        "transactions": [],
    }
