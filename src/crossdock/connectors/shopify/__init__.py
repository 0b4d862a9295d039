"""Shopify: orders in by webhook and sweep, our answers out as metafields."""

from crossdock.connectors.shopify.connector import connector
from crossdock.connectors.shopify.manifest import MANIFEST

__all__ = ["MANIFEST", "connector"]
