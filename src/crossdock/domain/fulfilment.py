"""Fulfilment: what a warehouse is asked to ship, and what it says that it did."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crossdock.domain.model import CanonicalModel
from crossdock.domain.parties import Party
from crossdock.domain.quantity import Quantity

FulfilmentId = Annotated[str, Field(min_length=1, max_length=64)]
"""Ours, unique for ever: what a warehouse and we call one fulfilment order."""
OrderKey = Annotated[str, Field(min_length=1, max_length=255)]
"""Opaque to the warehouse, which echoes it in every event: the work key of the sales order."""
LineId = Annotated[str, Field(min_length=1, max_length=64)]
"""The sales order's own line id."""


class FulfilmentLine(CanonicalModel):
    """Goods to pick, in the unit of the sales order's line."""

    line_id: LineId
    sku: Annotated[str, Field(min_length=1, max_length=255)]
    quantity: Quantity
    description: Annotated[str, Field(max_length=1024)] = ""


class FulfilmentOrder(CanonicalModel):
    """Pick, pack and ship these lines to that place (X12 940)."""

    document_type: Literal["FulfilmentOrder"] = "FulfilmentOrder"
    fulfilment_id: FulfilmentId
    order_key: OrderKey
    order_name: Annotated[str, Field(max_length=255)] = ""
    """What people call the sales order."""
    ship_to: Party
    lines: Annotated[tuple[FulfilmentLine, ...], Field(min_length=1, max_length=10_000)]
    shipping_method: Annotated[str, Field(max_length=255)] = ""
    note: Annotated[str, Field(max_length=5000)] = ""


class FulfilmentCancellation(CanonicalModel):
    """Do not ship this fulfilment order, if nothing of it has been picked."""

    document_type: Literal["FulfilmentCancellation"] = "FulfilmentCancellation"
    fulfilment_id: FulfilmentId
    order_key: OrderKey
    reason: Annotated[str, Field(max_length=255)] = ""


class WarehouseEventKind(StrEnum):
    """What happened to a fulfilment order."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """The warehouse will not do it; `reason` says why. Nothing was picked."""
    PICKED = "picked"
    SHORT_PICKED = "short_picked"
    """`lines`: how much of each could not be found."""
    PACKED = "packed"
    SHIPPED = "shipped"
    """`lines` left in `parcels`, as shipment `shipment_id`."""
    DELIVERED = "delivered"
    """A carrier handed over the parcels of shipment `shipment_id`."""
    CANCELLED = "cancelled"
    """At our request or by the warehouse: nothing of it was shipped, nothing will be."""
    CLOSED = "closed"
    """Nothing more will be shipped of it; `lines`: what stays unshipped. Empty: all was shipped."""


class LotQuantity(CanonicalModel):
    """How much of a line is of one lot, or one piece by its serial number."""

    lot: Annotated[str, Field(min_length=1, max_length=128)]
    """Lot or serial number."""
    amount: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]


class WarehouseLine(CanonicalModel):
    """A line of an event: so much of it was picked, short, packed, shipped or left."""

    line_id: LineId
    sku: Annotated[str, Field(min_length=1, max_length=255)]
    quantity: Quantity
    parcel_id: Annotated[str, Field(max_length=64)] = ""
    lots: tuple[LotQuantity, ...] = ()
    reason: Annotated[str, Field(max_length=255)] = ""


class Parcel(CanonicalModel):
    """One package and how it can be followed."""

    parcel_id: Annotated[str, Field(min_length=1, max_length=64)]
    carrier: Annotated[str, Field(max_length=128)] = ""
    tracking_number: Annotated[str, Field(max_length=128)] = ""
    tracking_url: Annotated[str, Field(max_length=1024)] = ""
    sscc: Annotated[str, Field(max_length=18)] = ""


class WarehouseEvent(CanonicalModel):
    """A fact about a fulfilment order (X12 945 and its kin). Applied once, in any order."""

    document_type: Literal["WarehouseEvent"] = "WarehouseEvent"
    event_id: Annotated[str, Field(min_length=1, max_length=128)]
    """The warehouse's own, unique per connection."""
    kind: WarehouseEventKind
    fulfilment_id: FulfilmentId
    order_key: OrderKey
    occurred_at: AwareDatetime
    lines: tuple[WarehouseLine, ...] = ()
    shipment_id: Annotated[str, Field(max_length=64)] = ""
    parcels: tuple[Parcel, ...] = ()
    reason: Annotated[str, Field(max_length=2000)] = ""


class Shipment(CanonicalModel):
    """What left one warehouse at one time, as the ERP and the channel are told."""

    document_type: Literal["Shipment"] = "Shipment"
    shipment_id: Annotated[str, Field(min_length=1, max_length=160)]
    """Unique for ever: `<fulfilment_id>/<the warehouse's shipment id>`."""
    order_reference: Annotated[str, Field(min_length=1, max_length=255)]
    """The sales order's id on its channel."""
    order_name: Annotated[str, Field(max_length=255)] = ""
    shipped_at: AwareDatetime
    lines: Annotated[tuple[WarehouseLine, ...], Field(min_length=1)]
    parcels: tuple[Parcel, ...] = ()


class RemainderLine(CanonicalModel):
    """So much of a line will not be shipped."""

    line_id: LineId
    sku: Annotated[str, Field(max_length=255)] = ""
    quantity: Quantity


class RemainderCancellation(CanonicalModel):
    """The rest of an order will not be shipped: these quantities are cancelled."""

    document_type: Literal["RemainderCancellation"] = "RemainderCancellation"
    order_reference: Annotated[str, Field(min_length=1, max_length=255)]
    lines: Annotated[tuple[RemainderLine, ...], Field(min_length=1)]
    reason: Annotated[str, Field(max_length=255)] = ""


class StockCount(CanonicalModel):
    """How much of a SKU a warehouse has in one state, counted: replaces what was known before."""

    document_type: Literal["StockCount"] = "StockCount"
    event_id: Annotated[str, Field(min_length=1, max_length=128)]
    sku: Annotated[str, Field(min_length=1, max_length=255)]
    quantity: Quantity
    state: Annotated[str, Field(max_length=32)] = "available"
    counted_at: AwareDatetime


class StockAdjustment(CanonicalModel):
    """So much more (or, negative, less) of a SKU is there, and why."""

    document_type: Literal["StockAdjustment"] = "StockAdjustment"
    event_id: Annotated[str, Field(min_length=1, max_length=128)]
    sku: Annotated[str, Field(min_length=1, max_length=255)]
    change: Quantity
    state: Annotated[str, Field(max_length=32)] = "available"
    reason: Annotated[str, Field(max_length=255)] = ""
    adjusted_at: AwareDatetime
