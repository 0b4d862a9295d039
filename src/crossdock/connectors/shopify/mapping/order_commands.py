"""What we tell Shopify about an order, as the final bytes of an effect."""

import json
from typing import Any

from crossdock.domain.identifiers import IdentifierScheme
from crossdock.domain.order_response import OrderResponse, OrderResponseStatus
from crossdock.ports.erp import OrderCommand
from crossdock.ports.errors import Rejected

REJECTED_TAG = "crossdock-rejected"
"""On orders that we refused: merchants can filter by it."""


def from_order_response(response: OrderResponse) -> bytes:
    """The answer as a metafield value, and the tag of a refused order.

    JSON `{"order_id": gid, "value": text, "tags": [...]}`. Raises Rejected when the response does
    not name the Shopify order.
    """
    order_id = next(
        (i.value for i in response.identifiers if i.scheme is IdentifierScheme.CHANNEL_ORDER_ID),
        "",
    )
    answer: dict[str, Any] = {
        "status": response.status.value,
        "code": response.code,
        "reason": response.reason,
        "reference": response.reference,
        "seller_order_name": response.seller_order_name,
        "answered_at": response.answered_at.isoformat(),
    }
    refused = response.status is OrderResponseStatus.REJECTED
    return _encoded(
        order_id=_order_gid(order_id),
        value=json.dumps(answer, ensure_ascii=False, sort_keys=True),
        tags=[REJECTED_TAG] if refused else [],
    )


def from_order_command(command: OrderCommand) -> bytes:
    """The order to read again: JSON `{"order_id": gid}`."""
    return _encoded(order_id=_order_gid(str(command.id or command.external_id)))


def _encoded(**request: Any) -> bytes:
    return json.dumps(request, ensure_ascii=False, sort_keys=True).encode()


def _order_gid(order_id: str) -> str:
    if not (order_id.isascii() and order_id.isdigit() and len(order_id) <= 20):
        raise Rejected(
            f"{order_id!r} is not the id of a Shopify order",
            field="channel_order_id",
            remedy="pass the order's numeric id on the shop",
        )
    return f"gid://shopify/Order/{order_id}"
