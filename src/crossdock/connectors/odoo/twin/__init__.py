"""A twin of Odoo 19: JSON-2 as recorded from a real one, in memory."""

from crossdock.connectors.odoo.twin.odoo_twin import DATABASE, KEY, OdooTwin
from crossdock.connectors.odoo.twin.seed import add_tax

__all__ = ["DATABASE", "KEY", "OdooTwin", "add_tax"]
