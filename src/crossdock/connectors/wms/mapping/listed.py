"""Fulfilment orders as a close compares them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from crossdock.connectors.wms.contract.fulfilment_orders import (
    FulfilmentOrderLine,
    FulfilmentOrderState,
    ShippedQuantity,
)
from crossdock.ports.listing import Listed, ListedKind

OPEN, CONFIRMED, CANCELLED, SHIPPED = "open", "confirmed", "cancelled", "shipped"
STATUS = {"received": OPEN, "rejected": CANCELLED, "cancelled": CANCELLED}


def to_listed_order(state: FulfilmentOrderState) -> Listed:
    """What was asked for, per SKU."""
    lines = state.order.lines if state.order else ()
    return _listed(ListedKind.ORDER, state, _per_sku(lines))


def to_listed_shipment(state: FulfilmentOrderState) -> Listed | None:
    """What has left, per SKU; None while nothing has."""
    shipped = _per_sku(state.shipped)
    return _listed(ListedKind.SHIPMENT, state, shipped) if shipped else None


def _listed(
    kind: ListedKind, state: FulfilmentOrderState, quantities: Mapping[str, Decimal]
) -> Listed:
    return Listed(
        kind=kind,
        key=state.fulfilment_id,
        name=state.order.order_name if state.order else "",
        status=_status(state),
        at=state.received_at,
        quantities=quantities,
    )


def _status(state: FulfilmentOrderState) -> str:
    if any(line.quantity.amount for line in state.shipped):
        return SHIPPED
    return STATUS.get(state.status, CANCELLED if state.status == "closed" else CONFIRMED)


def _per_sku(lines: Iterable[FulfilmentOrderLine | ShippedQuantity]) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.quantity.amount:
            found[line.sku] += line.quantity.amount
    return dict(found)
