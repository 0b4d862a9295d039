"""`/v1/orders`: orders by any id that anybody knows them by."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from crossdock.api.access import Reader
from crossdock.api.routes.holds import HoldView
from crossdock.api.text import Text
from crossdock.ops.find import find_one
from crossdock.ops.orders import list_orders, order_detail
from crossdock.ops.timeline import timeline

router = APIRouter(prefix="/v1/orders", tags=["orders"])

AnyId = Annotated[
    Text,
    Path(
        description="Order number or name on its channel, the customer's purchase order number, "
        "the ERP's name, a work key, or `message:12`, `effect:7`, `hold:3`",
        max_length=300,
    ),
]


class OrderLine(BaseModel):
    """One line of the list."""

    model_config = ConfigDict(from_attributes=True)

    work_key: str = Field(description="The key that the order is worked on under")
    name: str
    reference: str = Field(description="The customer's order number, or the channel's")
    connection: str
    status: str
    total_amount: Decimal | None
    total_currency: str | None
    erp_name: str | None
    created_at: datetime
    updated_at: datetime
    open_holds: int


class OrderView(BaseModel):
    """An order with what was found out about it and its open questions."""

    summary: OrderLine
    state: dict[str, Any]
    holds: list[HoldView]


class TimelineLine(BaseModel):
    """When, what, where, and how it ended."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    chapter: str
    id: int
    connection: str
    title: str
    state: str
    detail: str
    data: Mapping[str, Any]


@router.get("", summary="Orders, newest first")
def orders(
    caller: Reader,
    status: Annotated[Text | None, Query(description="Only those with this status")] = None,
    connection: Annotated[Text | None, Query(description="Only those of this connection")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[OrderLine]:
    """Orders of the caller's company."""
    with caller.transaction() as tx:
        found = list_orders(tx, status=status, connection=connection, limit=limit)
    return [OrderLine.model_validate(order) for order in found]


@router.get("/{id:path}/timeline", summary="An order's story, oldest first")
def order_timeline(id: AnyId, caller: Reader) -> list[TimelineLine]:  # noqa: A002
    """What came, what was decided, what was sent, and what a person did."""
    with caller.transaction() as tx:
        entries = timeline(tx, find_one(tx, id).work_key)
    return [TimelineLine.model_validate(asdict(entry)) for entry in entries]


@router.get("/{id:path}", summary="One order by any of its ids")
def order(id: AnyId, caller: Reader) -> OrderView:  # noqa: A002
    """The order, what was found out about it, and its open holds."""
    with caller.transaction() as tx:
        found = order_detail(tx, find_one(tx, id).work_key)
    return OrderView(
        summary=OrderLine.model_validate(found.summary),
        state=found.state.model_dump(mode="json"),
        holds=[HoldView.model_validate(hold) for hold in found.holds],
    )
