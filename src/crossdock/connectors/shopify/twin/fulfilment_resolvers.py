"""The fields of QueryRoot and Mutation that ship, cancel and take off."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.fulfilment import (
    NotFulfillable,
    fulfil,
    fulfilment_orders,
    take_off,
)
from crossdock.connectors.shopify.twin.fulfilment_records import LOCATIONS, RefundState
from crossdock.connectors.shopify.twin.fulfilment_shape import (
    fulfilment_node,
    fulfilment_order_node,
    refund_node,
)
from crossdock.connectors.shopify.twin.graphql_shape import order_node
from crossdock.connectors.shopify.twin.idempotency import idempotency_key
from crossdock.connectors.shopify.twin.order_state import IDS_PER_ORDER, OrderState
from crossdock.connectors.shopify.twin.page import gid
from crossdock.connectors.shopify.twin.shop_state import ShopState

Json = dict[str, Any]
Effect = Callable[[str, str, str, Mapping[str, Any]], None]
KEY_LIFETIME = timedelta(hours=24)
_GID = re.compile(r"gid://shopify/[A-Za-z]+/([0-9]{1,19})")


@dataclass(slots=True)
class _Remembered:
    """What became of a request with an idempotency key."""

    at: datetime
    request: str
    refund: RefundState | None


class FulfilmentResolvers:
    """Root fields over one shop; `effect(kind, record, key, data)` records what was changed."""

    def __init__(self, shop: ShopState, effect: Effect) -> None:
        self.shop = shop
        self._effect = effect
        self._keys: dict[str, _Remembered] = {}

    def mutations(self, now: datetime) -> Json:
        """Resolvers by field name."""
        return {
            "fulfillmentCreate": lambda _, **given: self.fulfilment_create(now, **given),
            "orderCancel": lambda _, **given: self.order_cancel(now, **given),
            "refundCreate": lambda info, **given: self.refund_create(now, info, **given),
        }

    def queries(self) -> Json:
        """Resolvers by field name."""
        return {
            "fulfillment": lambda _, id: self._child(id, "fulfilments"),  # noqa: A006 - the vendor's name
            "fulfillmentOrder": lambda _, id: self._child(id, "fulfilment_orders"),  # noqa: A006
            "job": self._job,
            "refund": lambda _, id: self._child(id, "refunds"),  # noqa: A006
        }

    def fulfilment_create(
        self, now: datetime, *, fulfillment: Json, message: str | None = None  # noqa: ARG002
    ) -> Json:  # fmt: skip
        """Fulfil pieces of one order at one location, or refuse all of them."""
        try:
            order, takes = self._takes(fulfillment["lineItemsByFulfillmentOrder"])
            tracking = fulfillment.get("trackingInfo") or {}
            made = fulfil(
                order, takes, now,
                numbers=list(tracking.get("numbers") or ()),
                urls=list(tracking.get("urls") or ()),
                company=tracking.get("company"),
                notified=bool(fulfillment.get("notifyCustomer")),
            )  # fmt: skip
        except NotFulfillable as error:
            return {"fulfillment": None, "userErrors": [_said(["fulfillment"], error)]}
        data = {"order_id": order.order_id, "pieces": made.pieces, "numbers": made.numbers}
        self._effect("created", "fulfillment", made.name, data)
        self.shop.changed(order, now)
        return {"fulfillment": fulfilment_node(order, made), "userErrors": []}

    def _takes(self, wanted: list[Json]) -> tuple[OrderState, dict[int, int]]:
        """The order, and pieces by open line id. Raises NotFulfillable."""
        orders: dict[int, OrderState] = {}
        takes: dict[int, int] = {}
        for entry in wanted:
            number = _number(entry["fulfillmentOrderId"])
            order = self.shop.orders.get(number // IDS_PER_ORDER)
            rows = fulfilment_orders(order) if order else []
            found = [row for row in rows if row.fulfilment_order_id == number]
            if order is None or not found:
                raise NotFulfillable("Fulfillment order does not exist.")
            orders[order.order_id] = order
            lines = entry.get("fulfillmentOrderLineItems") or ()
            if lines:
                takes |= {_number(line["id"]): int(line["quantity"]) for line in lines}
            else:
                takes |= {row.open_line_id: row.remaining for row in found[0].lines}
        if len(orders) != 1:
            raise NotFulfillable("Fulfillment orders must belong to the same order.")
        return orders.popitem()[1], takes

    def refund_create(self, now: datetime, info: GraphQLResolveInfo, *, input: Json) -> Json:  # noqa: A002
        """Take pieces off an order, once per key. Money is not simulated."""
        order = self.shop.orders.get(_number(input["orderId"]))
        if order is None:
            return _no_refund("Order does not exist")
        request, key = json.dumps(input, sort_keys=True), idempotency_key(info)
        known = self._keys.get(key)
        if known is not None and now - known.at < KEY_LIFETIME:
            return self._again(order, known, request)
        try:
            refund = take_off(order, _pieces(order, input), input.get("note") or "", now)
        except NotFulfillable as error:
            self._keys[key] = _Remembered(now, request, None)
            return _no_refund(str(error))
        self._keys[key] = _Remembered(now, request, refund)
        for line in order.lines:
            self.shop.stock.take(line, -refund.pieces.get(line.line_id, 0))
        data = {"order_id": order.order_id, "pieces": refund.pieces, "note": refund.note}
        self._effect("created", "refund", order.name, data)
        self.shop.changed(order, now)
        return _refunded(order, refund)

    def _again(self, order: OrderState, known: _Remembered, request: str) -> Json:
        if known.request != request:
            return _no_refund(
                "The same idempotency key cannot be used with different operation parameters."
            )
        if known.refund is None:
            return _no_refund(
                "A previous request with this idempotency key failed. "
                "Retry with a new idempotency key."
            )
        return _refunded(order, known.refund)

    def order_cancel(
        self, now: datetime, *, orderId: str, reason: str, restock: bool,  # noqa: N803
        notifyCustomer: bool = False, refundMethod: Json | None = None,  # noqa: N803, ARG002
        staffNote: str | None = None,  # noqa: N803
    ) -> Json:  # fmt: skip
        """Start a job that cancels the order; it is done once `cancel_seconds` have passed."""
        order = self.shop.orders.get(_number(orderId))
        if order is None:
            return _not_cancelled("Order does not exist", "NOT_FOUND")
        if order.cancelled_at is not None:
            return _not_cancelled("Cannot cancel an order that has already been canceled")
        if any(f.status == "SUCCESS" for f in order.fulfilments):
            return _not_cancelled("Cannot cancel an order that has fulfillments")

        def cancel(at: datetime) -> None:
            if order.cancelled_at is None and not order.fulfilments:
                order.staff_note = staffNote
                changes.cancel(self.shop, order, at, reason.lower(), restock=restock)
                self._effect("cancelled", "order", order.name, {"order_id": order.order_id})

        job = self.shop.start_job(cancel, now)
        return {"job": _job_node(job), "orderCancelUserErrors": []}

    def _job(self, _info: object, *, id: str) -> Json | None:  # noqa: A002
        name = id.rpartition("/")[2]
        return _job_node(name, done=self.shop.jobs[name].done) if name in self.shop.jobs else None

    def _child(self, record_gid: str, kind: str) -> Json | None:
        """A record of an order by its global id."""
        number = _number(record_gid)
        order = self.shop.orders.get(number // IDS_PER_ORDER)
        if order is None:
            return None
        nodes = {
            "fulfilments": {f.fulfilment_id: fulfilment_node(order, f) for f in order.fulfilments},
            "refunds": {r.refund_id: refund_node(order, r) for r in order.refunds},
            "fulfilment_orders": {
                o.fulfilment_order_id: fulfilment_order_node(order, o)
                for o in fulfilment_orders(order)
            },
        }
        return nodes[kind].get(number)


def _pieces(order: OrderState, given: Json) -> dict[tuple[int, int], int]:
    """Pieces by (line, location). Raises NotFulfillable, and GraphQLError for what is no such."""
    if given.get("transactions") or given.get("shipping"):
        raise GraphQLError("the twin refunds no money")
    pieces: dict[tuple[int, int], int] = {}
    for line in given.get("refundLineItems") or ():
        if line.get("restockType") != "CANCEL":
            raise GraphQLError("the twin takes off pieces by restockType CANCEL only")
        place = _number(line["locationId"]) if line.get("locationId") else 0
        if place not in LOCATIONS:
            raise NotFulfillable("Refund line items location can't be blank")
        pieces[_number(line["lineItemId"]), place] = int(line["quantity"])
    if order.cancelled_at is not None or not pieces:
        raise NotFulfillable("Order cannot be refunded")
    return pieces


def _number(record_gid: str) -> int:
    match = _GID.fullmatch(record_gid)
    if match is None:
        code = {"code": "RESOURCE_NOT_FOUND"}
        raise GraphQLError(f"Invalid global id '{record_gid}'", extensions=code)
    return int(match[1])


def _job_node(name: str, *, done: bool = False) -> Json:
    return {"id": gid("Job", name), "done": done}


def _said(field: list[str] | None, message: object) -> Json:
    return {"field": field, "message": str(message)}


def _refunded(order: OrderState, refund: RefundState) -> Json:
    return {"refund": refund_node(order, refund), "order": order_node(order), "userErrors": []}


def _no_refund(message: str) -> Json:
    return {"refund": None, "order": None, "userErrors": [_said(None, message)]}


def _not_cancelled(message: str, code: str = "INVALID") -> Json:
    error = {"field": ["orderId"], "message": message, "code": code}
    return {"job": None, "orderCancelUserErrors": [error]}
