"""Events of the feed and of webhooks as canonical facts."""

from datetime import UTC, datetime

from crossdock.connectors.wms.contract import events as api
from crossdock.connectors.wms.contract.values import Quantity as ApiQuantity
from crossdock.connectors.wms.mapping.event_body import RESEND_REMEDY, read_event, read_object
from crossdock.domain.fulfilment import (
    LotQuantity,
    Parcel,
    StockAdjustment,
    StockCount,
    WarehouseEvent,
    WarehouseEventKind,
    WarehouseLine,
)
from crossdock.domain.quantity import Quantity
from crossdock.ports.errors import Unreadable

WITH_LINES = frozenset({"short_picked", "shipped"})
WITH_SHIPMENT = frozenset({"shipped", "delivered"})


def to_document(body: bytes) -> WarehouseEvent | StockCount | StockAdjustment:
    """The fact an event tells. Raises Unreadable; for a type nobody knows as well."""
    value = read_object(body)
    name = value.get("type")
    if name == api.STOCK_COUNTED:
        return to_stock_count(read_event(api.StockCounted, value))
    if name == api.STOCK_ADJUSTED:
        return to_stock_adjustment(read_event(api.StockAdjusted, value))
    if name not in api.EVENT_TYPES:
        raise Unreadable(
            "type",
            f"{str(name)[:60]!r} is no type of event this connector knows",
            "if it matters, upgrade Crossdock and replay it; else refuse the message",
        )
    return to_warehouse_event(read_event(api.FulfilmentEvent, value))


def to_warehouse_event(event: api.FulfilmentEvent) -> WarehouseEvent:
    """Lines of nothing are left out. Raises Unreadable for one that says less than its type."""
    lines = tuple(_line(line, i) for i, line in enumerate(event.lines) if line.quantity.amount)
    if event.type in WITH_LINES and not lines:
        raise Unreadable("lines", f"{event.type} without any quantity", RESEND_REMEDY)
    if event.type in WITH_SHIPMENT and not event.shipment_id:
        raise Unreadable("shipment_id", f"{event.type} does not say which", RESEND_REMEDY)
    return WarehouseEvent(
        event_id=event.event_id,
        kind=WarehouseEventKind(event.type),
        fulfilment_id=event.fulfilment_id,
        order_key=event.order_key,
        occurred_at=_instant(event.occurred_at),
        lines=lines,
        shipment_id=event.shipment_id,
        parcels=tuple(_parcel(parcel, i) for i, parcel in enumerate(event.parcels)),
        reason=event.reason,
    )


def to_stock_count(event: api.StockCounted) -> StockCount:
    """A count replaces what was known of the SKU in that state."""
    return StockCount(
        event_id=event.event_id,
        sku=event.sku,
        quantity=_quantity(event.quantity),
        state=event.state,
        counted_at=_instant(event.occurred_at),
    )


def to_stock_adjustment(event: api.StockAdjusted) -> StockAdjustment:
    """A difference, with its reason."""
    return StockAdjustment(
        event_id=event.event_id,
        sku=event.sku,
        change=_quantity(event.change),
        state=event.state,
        reason=event.reason,
        adjusted_at=_instant(event.occurred_at),
    )


def _line(line: api.EventLine, index: int) -> WarehouseLine:
    path = f"lines[{index}]"
    if line.quantity.amount < 0:
        raise Unreadable(f"{path}.quantity", "is negative", RESEND_REMEDY)
    if any(lot.amount <= 0 for lot in line.lots):
        raise Unreadable(f"{path}.lots", "holds an amount that is not positive", RESEND_REMEDY)
    in_lots = sum(lot.amount for lot in line.lots)
    if in_lots > line.quantity.amount:
        reason = f"{in_lots} in lots, but the line is {line.quantity.amount}"
        raise Unreadable(f"{path}.lots", reason, RESEND_REMEDY)
    return WarehouseLine(
        line_id=line.line_id,
        sku=line.sku,
        quantity=_quantity(line.quantity),
        parcel_id=line.parcel_id,
        lots=tuple(LotQuantity(lot=lot.lot, amount=lot.amount) for lot in line.lots),
        reason=line.reason,
    )


def _parcel(parcel: api.EventParcel, index: int) -> Parcel:
    """People and shops follow its address: it is one of the web, or none."""
    url = parcel.tracking_url
    if url and not url.lower().startswith(("http://", "https://")):
        reason = f"{url[:60]!r} is no http or https address"
        raise Unreadable(f"parcels[{index}].tracking_url", reason, RESEND_REMEDY)
    return Parcel(**parcel.model_dump())


def _instant(given: datetime) -> datetime:
    """As it is given; in UTC it must still be within the calendar."""
    try:
        given.astimezone(UTC)
    except OverflowError:
        reason = f"{given.isoformat()} is outside of the calendar in UTC"
        raise Unreadable("occurred_at", reason, RESEND_REMEDY) from None
    return given


def _quantity(quantity: ApiQuantity) -> Quantity:
    return Quantity(amount=quantity.amount, unit=quantity.unit)
