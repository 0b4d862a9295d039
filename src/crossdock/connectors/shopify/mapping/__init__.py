"""Shopify documents ↔ the canonical model. Pure: no client, no clock, no network."""

from crossdock.connectors.shopify.mapping.fulfilment import (
    from_cancellation,
    from_remainder,
    from_shipment,
)
from crossdock.connectors.shopify.mapping.order_commands import (
    CANCELLATION_REFUSED_TAG,
    REJECTED_TAG,
    from_order_command,
    from_order_response,
)
from crossdock.connectors.shopify.mapping.sales_order import to_sales_order

__all__ = [
    "CANCELLATION_REFUSED_TAG",
    "REJECTED_TAG",
    "from_cancellation",
    "from_order_command",
    "from_order_response",
    "from_remainder",
    "from_shipment",
    "to_sales_order",
]
