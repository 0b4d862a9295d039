"""A warehouse system: the Warehouse API, a floor that works, webhooks, and faults on demand."""

from crossdock.connectors.wms.twin.wms_twin import WmsTwin

__all__ = ["WmsTwin"]
