"""Messages of the Warehouse API ↔ the canonical model. Pure: no client, no clock, no network."""

from crossdock.connectors.wms.mapping.fulfilment_order import (
    from_fulfilment_cancellation,
    from_fulfilment_order,
)
from crossdock.connectors.wms.mapping.listed import to_listed_order, to_listed_shipment
from crossdock.connectors.wms.mapping.warehouse_event import to_document

__all__ = [
    "from_fulfilment_cancellation",
    "from_fulfilment_order",
    "to_document",
    "to_listed_order",
    "to_listed_shipment",
]
