"""Shopify documents ↔ the canonical model. Pure: no client, no clock, no network."""

from crossdock.connectors.shopify.mapping.order_commands import (
    REJECTED_TAG,
    from_order_command,
    from_order_response,
)
from crossdock.connectors.shopify.mapping.sales_order import to_sales_order

__all__ = ["REJECTED_TAG", "from_order_command", "from_order_response", "to_sales_order"]
