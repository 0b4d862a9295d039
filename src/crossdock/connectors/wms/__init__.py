"""Warehouse systems that speak our own REST API: fulfilment orders out, events in."""

from crossdock.connectors.wms.connector import connector
from crossdock.connectors.wms.manifest import MANIFEST

__all__ = ["MANIFEST", "connector"]
