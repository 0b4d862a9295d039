"""Odoo 19: orders in as drafts, confirmed and cancelled; its reference data out as projections."""

from crossdock.connectors.odoo.connector import OdooConnector
from crossdock.connectors.odoo.manifest import MANIFEST
from crossdock.ports.capabilities import Connection, Connector

__all__ = ["MANIFEST", "connector"]


def connector(connection: Connection) -> Connector:
    """The entry point: one configured Odoo database. Raises Rejected for unusable settings."""
    return OdooConnector(connection)
