"""Fulfilment orders: what a warehouse is asked, how it stands, whether it is still to be done."""

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from crossdock.connectors.wms.contract.service import Problem
from crossdock.connectors.wms.contract.values import (
    LINES_MAX,
    Address,
    ApiModel,
    Cursor,
    Identity,
    Instant,
    OrderKey,
    Quantity,
    Sku,
)

BATCH_MAX = 50
STATUSES = (
    "received", "accepted", "rejected", "picked", "packed", "shipped", "closed", "cancelled",
)  # fmt: skip
Status = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "enum": list(STATUSES),
            "description": "`shipped` once anything left; `closed` once nothing more will",
        }
    ),
]


class FulfilmentOrderLine(ApiModel):
    """Goods to pick."""

    line_id: Identity
    sku: Sku
    quantity: Quantity
    description: Annotated[str, Field(max_length=1024)] = ""


class ShipTo(ApiModel):
    """Who gets the goods."""

    name: str = ""
    email: str = ""
    phone: str = ""
    gln: Annotated[str, Field(description="GS1 Global Location Number, if there is one")] = ""
    address: Address | None = None


class FulfilmentOrder(ApiModel):
    """Pick, pack and ship these lines to that place."""

    fulfilment_id: Identity
    order_key: OrderKey
    order_name: Annotated[str, Field(max_length=255, description="What people call it")] = ""
    ship_to: ShipTo
    lines: Annotated[tuple[FulfilmentOrderLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    shipping_method: Annotated[str, Field(max_length=255)] = ""
    note: Annotated[str, Field(max_length=5000)] = ""


class Cancellation(ApiModel):
    """A request not to ship."""

    fulfilment_id: Identity
    order_key: OrderKey
    reason: Annotated[str, Field(max_length=255)] = ""


class CancellationDecision(ApiModel):
    """The warehouse's answer, final: it stays the same however often it is asked."""

    result: Literal["cancelled", "refused"]
    reason: Annotated[str, Field(max_length=2000)] = ""
    decided_at: Instant


class ShippedQuantity(ApiModel):
    """How much of a line has left so far."""

    line_id: Identity
    sku: Sku
    quantity: Quantity


class FulfilmentOrderState(ApiModel):
    """A fulfilment order as the warehouse has it now."""

    fulfilment_id: Identity
    order_key: OrderKey
    status: Status
    received_at: Instant
    order: Annotated[
        FulfilmentOrder | None,
        Field(description="As it was put; null when it was cancelled before it ever came"),
    ] = None
    shipped: Annotated[tuple[ShippedQuantity, ...], Field(description="Per line, summed")] = ()
    cancellation: CancellationDecision | None = None
    reason: Annotated[str, Field(max_length=2000, description="Why it was rejected")] = ""


class FulfilmentOrderBatch(ApiModel):
    """Several fulfilment orders in one call, each handled by itself."""

    fulfilment_orders: Annotated[
        tuple[FulfilmentOrder, ...], Field(min_length=1, max_length=BATCH_MAX)
    ]


class FulfilmentOrderResult(ApiModel):
    """What became of one item: the HTTP status and the body that a PUT of it alone would get."""

    fulfilment_id: Identity
    status: Annotated[int, Field(ge=200, le=599, description="HTTP status of this item")]
    state: FulfilmentOrderState | None = None
    problem: Problem | None = None


class FulfilmentOrderBatchResult(ApiModel):
    """One result for each item of the batch, in its order."""

    results: tuple[FulfilmentOrderResult, ...]


class FulfilmentOrderPage(ApiModel):
    """Fulfilment orders by `received_at`, then id."""

    fulfilment_orders: tuple[FulfilmentOrderState, ...]
    cursor: Cursor = ""
    more: bool = False
