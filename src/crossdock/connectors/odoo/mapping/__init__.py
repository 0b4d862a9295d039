"""Between the canonical model and Odoo's records. Pure: no clock, no network."""

from crossdock.connectors.odoo.mapping.erp_order import to_erp_order, to_erp_order_seen
from crossdock.connectors.odoo.mapping.order_command import from_order_command
from crossdock.connectors.odoo.mapping.party import from_party
from crossdock.connectors.odoo.mapping.sales_order import from_sales_order
from crossdock.connectors.odoo.mapping.shipment import from_shipment
from crossdock.connectors.odoo.mapping.stock_level import to_stock_level

__all__ = [
    "from_order_command",
    "from_party",
    "from_sales_order",
    "from_shipment",
    "to_erp_order",
    "to_erp_order_seen",
    "to_stock_level",
]
