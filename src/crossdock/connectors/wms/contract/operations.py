"""The operations of the Warehouse API, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TAGS = {
    "fulfilment orders": "What is to be picked, packed and shipped",
    "events": "What happened: by webhook, and in the feed that is the guarantee behind it",
    "service": "Health and webhook subscriptions",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a request."""

    name: str
    place: str
    """path, query or header"""
    description: str
    schema: Mapping[str, Any]


INSTANT = {"type": "string", "format": "date-time"}
PARAMETERS = {
    "fulfilment_id": Parameter(
        "fulfilment_id", "path", "As in the body; percent-encoded",
        {"type": "string", "minLength": 1, "maxLength": 64},
    ),
    "after": Parameter(
        "after", "query", "Go on behind this cursor; without it from the beginning",
        {"type": "string", "maxLength": 200},
    ),
    "limit": Parameter(
        "limit", "query", "Most records in the reply",
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
    ),
    "since": Parameter("since", "query", "Received at or after this instant", INSTANT),
    "until": Parameter("until", "query", "Received before this instant", INSTANT),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One request and its good answers; every other answer is a Problem."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    answers: tuple[tuple[int, str, str], ...]
    """Status, meaning, schema."""
    body: str = ""
    parameters: tuple[Parameter, ...] = ()


_ORDERS = "/v1/fulfilment-orders"
_ORDER = f"{_ORDERS}/{{fulfilment_id}}"
_SUBSCRIPTIONS = "/v1/webhook-subscriptions"
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "put_fulfilment_order", "put", _ORDER, "fulfilment orders",
        "Fulfil an order",
        "Idempotent: the same content under the same id again answers 200 with the order as it"
        " stands and changes nothing. Other content under a known id: 409 `conflict`. An id whose"
        " cancellation came first: 409 `cancelled`. Refused for business reasons: 422 with code,"
        " field and reason; nothing is kept. 503 `unavailable` and 429: nothing was done.",
        ((201, "Taken", "FulfilmentOrderState"), (200, "Known", "FulfilmentOrderState")),
        body="FulfilmentOrder",
    ),
    Operation(
        "put_fulfilment_orders", "put", _ORDERS, "fulfilment orders",
        "Fulfil up to 50 orders",
        "Each item is handled by itself, as a PUT of it alone would be: one that is refused leaves"
        " the others in force. The reply has one result for each item.",
        ((200, "Handled; see each item's status", "FulfilmentOrderBatchResult"),),
        body="FulfilmentOrderBatch",
    ),
    Operation(
        "get_fulfilment_order", "get", _ORDER, "fulfilment orders",
        "How a fulfilment order stands", "Unknown id: 404 `not_found`.",
        ((200, "As it stands", "FulfilmentOrderState"),),
    ),
    Operation(
        "cancel_fulfilment_order", "post", f"{_ORDER}/cancellation", "fulfilment orders",
        "Ask not to ship",
        "The warehouse decides at once and for all: `cancelled` when nothing was picked,"
        " `refused` when it will be shipped. The decision excludes the pick: no order is cancelled"
        " and picked. Asked again, it answers the same. For an id it does not know it answers"
        " `cancelled` and refuses a PUT under that id from then on.",
        ((200, "Decided", "CancellationDecision"),),
        body="Cancellation",
    ),
    Operation(
        "list_fulfilment_orders", "get", _ORDERS, "fulfilment orders",
        "What the warehouse received",
        "By `received_at`, then id; those cancelled before they came are listed as well.",
        ((200, "A page", "FulfilmentOrderPage"),),
        parameters=tuple(PARAMETERS[n] for n in ("since", "until", "after", "limit")),
    ),
    Operation(
        "list_events", "get", "/v1/events", "events",
        "The feed of events",
        "In the order of their `sequence`, each exactly as its webhook carries it, kept for at"
        " least 30 days. An event may become visible up to 2 minutes behind one of a higher"
        " sequence. A cursor older than what is kept: 410 `cursor_expired`.",
        ((200, "A page", "EventPage"),),
        parameters=(PARAMETERS["after"], PARAMETERS["limit"]),
    ),
    Operation(
        "health", "get", "/v1/health", "service",
        "That it is there", "Version and clock; needs the token like all others.",
        ((200, "It is there", "Health"),),
    ),
    Operation(
        "list_webhook_subscriptions", "get", _SUBSCRIPTIONS, "service",
        "Where events are sent", "Disabled subscriptions are listed as well.",
        ((200, "All of this token", "WebhookSubscriptionList"),),
    ),
    Operation(
        "create_webhook_subscription", "post", _SUBSCRIPTIONS, "service",
        "Send events to an address",
        "Idempotent: a known address is enabled again. The secret that signs is agreed beforehand.",
        ((201, "Subscribed", "WebhookSubscription"), (200, "Known", "WebhookSubscription")),
        body="WebhookSubscriptionWanted",
    ),
)  # fmt: skip
