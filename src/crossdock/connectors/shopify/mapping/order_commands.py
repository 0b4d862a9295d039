"""What we tell Shopify about an order, as the final bytes of an effect."""

import json
from collections.abc import Iterable
from typing import Any

from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.order_response import OrderResponse, OrderResponseStatus
from crossdock.ports.erp import OrderCommand
from crossdock.ports.errors import Rejected

REJECTED_TAG = "crossdock-rejected"
"""On orders that we refused: merchants can filter by it."""
CANCELLATION_REFUSED_TAG = "crossdock-cancellation-refused"
"""On orders that were cancelled in the shop too late: they are being shipped all the same."""
_TAGS = {
    OrderResponseStatus.REJECTED: REJECTED_TAG,
    OrderResponseStatus.CANCELLATION_REFUSED: CANCELLATION_REFUSED_TAG,
}
_REFUSALS = {"order": REJECTED_TAG, "cancellation": CANCELLATION_REFUSED_TAG}
_KEYS = {"order": "order_response", "cancellation": "cancellation_response"}
"""Metafields: each matter has its own, so that no answer overwrites another."""


def from_order_response(response: OrderResponse) -> bytes:
    """The answer as a metafield value, and the tag of a refusal.

    JSON `{"order_id": gid, "key": …, "value": text, "tags": [...]}`, with `"untags": [...]` where
    it takes an earlier answer back. Raises Rejected when the response does not name the Shopify
    order.
    """
    answer: dict[str, Any] = {
        "status": response.status.value,
        "code": response.code,
        "reason": response.reason,
        "reference": response.reference,
        "seller_order_name": response.seller_order_name,
        "answered_at": response.answered_at.isoformat(),
    }
    tag = _TAGS.get(response.status)
    withdrawn = [_REFUSALS[response.about]] if response.revises and tag is None else []
    return encoded(
        order_id=order_gid(channel_order_id(response.identifiers)),
        key=_KEYS[response.about],
        value=json.dumps(answer, ensure_ascii=False, sort_keys=True),
        tags=[tag] if tag else [],
        **({"untags": withdrawn} if withdrawn else {}),
    )


def from_order_command(command: OrderCommand) -> bytes:
    """The order to read: JSON `{"order_id": gid, "seen_version": text}`, the latter if known."""
    request = {"order_id": order_gid(str(command.id or command.external_id))}
    if command.seen_version:
        request["seen_version"] = command.seen_version
    return encoded(**request)


def channel_order_id(identifiers: Iterable[Identifier]) -> str:
    """The order's id in the shop; empty when it is not named."""
    found = (i.value for i in identifiers if i.scheme is IdentifierScheme.CHANNEL_ORDER_ID)
    return next(found, "")


def encoded(**request: Any) -> bytes:
    """The final bytes of a request."""
    return json.dumps(request, ensure_ascii=False, sort_keys=True).encode()


def order_gid(order_id: str) -> str:
    """The global id. Raises Rejected for what is no order's id."""
    if not (order_id.isascii() and order_id.isdigit() and len(order_id) <= 20):
        raise Rejected(
            f"{order_id!r} is not the id of a Shopify order",
            field="channel_order_id",
            remedy="pass the order's numeric id on the shop",
        )
    return f"gid://shopify/Order/{order_id}"
