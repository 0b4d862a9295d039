"""A Shopify shop: its Admin API, its webhooks, their quirks and faults on demand."""

from crossdock.connectors.shopify.twin.shop_twin import ShopTwin

__all__ = ["ShopTwin"]
