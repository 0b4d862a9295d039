"""Every GraphQL document this connector can send (Admin API 2026-07).

A test validates each of them against Shopify's own introspection of that version.
"""

from crossdock.connectors.shopify.queries.document import (
    CANCELLATION_RESPONSE_KEY,
    METAFIELD_NAMESPACE,
    ORDER_RESPONSE_KEY,
    Document,
)
from crossdock.connectors.shopify.queries.fulfilment import (
    CANCEL_ORDER,
    CANCEL_REMAINDER,
    CREATE_FULFILMENT,
    READ_CANCELLATION,
    READ_FULFILMENT,
    READ_FULFILMENT_LINES,
    READ_FULFILMENT_ORDER_LINES,
    READ_FULFILMENT_ORDERS,
    READ_JOB,
    READ_REFUND_LINES,
    READ_REFUNDS,
)
from crossdock.connectors.shopify.queries.installation import (
    CREATE_SUBSCRIPTION,
    READ_INSTALLATION,
    READ_SUBSCRIPTIONS,
    UPDATE_SUBSCRIPTION,
)
from crossdock.connectors.shopify.queries.listing import (
    LIST_ORDER_LINES,
    LIST_ORDERS,
    LIST_SHIPMENTS,
)
from crossdock.connectors.shopify.queries.order_responses import (
    READ_ORDER_RESPONSES,
    SET_ORDER_RESPONSES,
    TAG_ORDER,
)
from crossdock.connectors.shopify.queries.orders import (
    READ_ORDER,
    READ_ORDER_LINES,
    SWEEP_ORDERS,
)

DOCUMENTS = (
    SWEEP_ORDERS,
    READ_ORDER,
    READ_ORDER_LINES,
    READ_ORDER_RESPONSES,
    SET_ORDER_RESPONSES,
    TAG_ORDER,
    READ_INSTALLATION,
    READ_SUBSCRIPTIONS,
    CREATE_SUBSCRIPTION,
    UPDATE_SUBSCRIPTION,
    READ_FULFILMENT,
    READ_FULFILMENT_ORDERS,
    READ_FULFILMENT_ORDER_LINES,
    READ_FULFILMENT_LINES,
    CREATE_FULFILMENT,
    READ_REFUNDS,
    READ_REFUND_LINES,
    CANCEL_REMAINDER,
    READ_CANCELLATION,
    CANCEL_ORDER,
    READ_JOB,
    LIST_ORDERS,
    LIST_ORDER_LINES,
    LIST_SHIPMENTS,
)

__all__ = [
    "CANCELLATION_RESPONSE_KEY",
    "CANCEL_ORDER",
    "CANCEL_REMAINDER",
    "CREATE_FULFILMENT",
    "CREATE_SUBSCRIPTION",
    "DOCUMENTS",
    "LIST_ORDERS",
    "LIST_ORDER_LINES",
    "LIST_SHIPMENTS",
    "METAFIELD_NAMESPACE",
    "ORDER_RESPONSE_KEY",
    "READ_CANCELLATION",
    "READ_FULFILMENT",
    "READ_FULFILMENT_LINES",
    "READ_FULFILMENT_ORDERS",
    "READ_FULFILMENT_ORDER_LINES",
    "READ_INSTALLATION",
    "READ_JOB",
    "READ_ORDER",
    "READ_ORDER_LINES",
    "READ_ORDER_RESPONSES",
    "READ_REFUNDS",
    "READ_REFUND_LINES",
    "READ_SUBSCRIPTIONS",
    "SET_ORDER_RESPONSES",
    "SWEEP_ORDERS",
    "TAG_ORDER",
    "UPDATE_SUBSCRIPTION",
    "Document",
]
