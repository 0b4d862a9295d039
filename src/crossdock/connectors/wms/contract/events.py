"""Events: what happened in the warehouse. Facts with their own ids, in any order, any number of
times; the same object by webhook and in the feed.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from crossdock.connectors.wms.contract.values import (
    Amount,
    ApiModel,
    Cursor,
    Identity,
    Instant,
    OrderKey,
    Quantity,
    Sku,
)

FulfilmentEventType = Literal[
    "accepted", "rejected", "picked", "short_picked", "packed", "shipped", "delivered", "cancelled",
    "closed",
]  # fmt: skip
STOCK_COUNTED = "stock.counted"
STOCK_ADJUSTED = "stock.adjusted"
EventId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        description="Unique for ever within the warehouse system; never used again for other"
        " content: a second event under a known id is taken for the first one, repeated",
    ),
]
StockState = Annotated[str, Field(min_length=1, max_length=32)]


class EventLot(ApiModel):
    """How much is of one lot, or one piece by its serial number."""

    lot: Annotated[str, Field(min_length=1, max_length=128)]
    amount: Amount


class EventLine(ApiModel):
    """So much of a line was picked, short, packed, shipped, or stays unshipped."""

    line_id: Identity
    sku: Sku
    quantity: Quantity
    parcel_id: Annotated[str, Field(max_length=64)] = ""
    lots: tuple[EventLot, ...] = ()
    reason: Annotated[str, Field(max_length=255)] = ""


class EventParcel(ApiModel):
    """One package and how it can be followed."""

    parcel_id: Identity
    carrier: Annotated[str, Field(max_length=128)] = ""
    tracking_number: Annotated[str, Field(max_length=128)] = ""
    tracking_url: Annotated[
        str, Field(max_length=1024, description="An http or https address, or nothing")
    ] = ""
    sscc: Annotated[str, Field(max_length=18)] = ""


class FulfilmentEvent(ApiModel):
    """Something happened to a fulfilment order.

    `picked`, `short_picked`, `packed`: how much, in `lines`. `shipped`: `lines` left in `parcels`
    as `shipment_id`. `delivered`: the carrier handed over `shipment_id`. `closed`: nothing more
    will be shipped; `lines` is what stays unshipped, empty when all was.
    """

    event_id: EventId
    sequence: Annotated[int, Field(ge=0, description="Its place in the feed")] = 0
    type: FulfilmentEventType
    fulfilment_id: Identity
    order_key: OrderKey
    occurred_at: Instant
    lines: tuple[EventLine, ...] = ()
    shipment_id: Annotated[
        str, Field(max_length=64, description="Unique within the fulfilment order")
    ] = ""
    parcels: tuple[EventParcel, ...] = ()
    reason: Annotated[str, Field(max_length=2000)] = ""


class StockCounted(ApiModel):
    """How much of a SKU is there in one state, counted at `occurred_at`."""

    event_id: EventId
    sequence: Annotated[int, Field(ge=0)] = 0
    type: Literal["stock.counted"]
    sku: Sku
    quantity: Quantity
    state: StockState = "available"
    occurred_at: Instant


class StockAdjusted(ApiModel):
    """So much more of a SKU is there (negative: less), and why. Not for what was shipped."""

    event_id: EventId
    sequence: Annotated[int, Field(ge=0)] = 0
    type: Literal["stock.adjusted"]
    sku: Sku
    change: Quantity
    state: StockState = "available"
    reason: Annotated[str, Field(max_length=255)] = ""
    occurred_at: Instant


Event = Annotated[FulfilmentEvent | StockCounted | StockAdjusted, Field(discriminator="type")]
FULFILMENT_EVENT_TYPES: tuple[str, ...] = get_args(FulfilmentEventType)
EVENT_TYPES = (*FULFILMENT_EVENT_TYPES, STOCK_COUNTED, STOCK_ADJUSTED)


class EventPage(ApiModel):
    """Events in the order of their sequence. `sequence` and `cursor` are where the page ends."""

    events: tuple[Event, ...]
    cursor: Cursor
    sequence: Annotated[int, Field(ge=0, description="Of the last event up to `cursor`")]
    more: Annotated[bool, Field(description="Whether events wait behind `cursor`")]


class EventPageAsRead(ApiModel):
    """A page whose events are kept as they came: one that nobody knows spoils no other."""

    events: tuple[dict[str, Any], ...]
    cursor: Cursor
    sequence: Annotated[int, Field(ge=0, lt=10**18)]
    more: bool = False
