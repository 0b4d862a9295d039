"""What Shopify says is to be shipped of an order, and what was: read whole, over all pages."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crossdock.connectors.shopify.orders import OrderChanging, Run
from crossdock.connectors.shopify.queries import (
    READ_FULFILMENT,
    READ_FULFILMENT_LINES,
    READ_FULFILMENT_ORDER_LINES,
    READ_FULFILMENT_ORDERS,
    SHIPMENTS_KEY,
    Document,
)
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.errors import Rejected

FULFILMENTS_INSIDE = 5
FULFILMENT_LINES_INSIDE = 10
FULFILMENTS_MAX = 100
"""`fulfillments` has no cursor, so this many are asked for at once."""
UNDONE = frozenset({"CANCELLED", "ERROR", "FAILURE"})
"""Fulfilments that stand for nothing shipped."""
CREATE_FULFILMENT_ACTION = "CREATE_FULFILLMENT"

Node = Mapping[str, Any]
Pieces = Counter[str]
"""Pieces by the global id of the order line."""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of a fulfilment order with what remains to be fulfilled."""

    fulfilment_line_id: str
    line_id: str
    remaining: int


@dataclass(frozen=True, slots=True)
class FulfilmentOrder:
    """Lines to be shipped from one location."""

    fulfilment_order_id: str
    status: str
    location_id: str
    location: str
    fulfillable: bool
    """Whether Shopify lets this app create a fulfilment of it now."""
    lines: tuple[OpenLine, ...]


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What was shipped at one time from one location."""

    fulfilment_id: str
    name: str
    status: str
    numbers: frozenset[str]
    """Tracking numbers."""
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class FulfilmentState:
    """An order with its fulfilment orders, and the fulfilments that stand."""

    order_id: str
    name: str
    status: str
    """`displayFulfillmentStatus`"""
    cancelled_at: str
    orders: tuple[FulfilmentOrder, ...]
    fulfilments: tuple[Fulfilment, ...]
    record: str = ""
    """Our metafield about its shipments, as it stands; empty: there is none."""
    record_digest: str | None = None

    def remaining(self, *, fulfillable: bool) -> Pieces:
        """Pieces that are still to be fulfilled, and can be now or cannot."""
        pieces: Pieces = Counter()
        for order in self.orders:
            if order.fulfillable == fulfillable:
                for line in order.lines:
                    pieces[line.line_id] += line.remaining
        return pieces


def read_fulfilment(run: Run, order_id: str) -> FulfilmentState:
    """The order by its global id. Raises Rejected when it is gone, and the client's errors."""
    node = _order(run, order_id, FULFILMENTS_INSIDE, FULFILMENT_LINES_INSIDE)
    with reading(READ_FULFILMENT):
        count = int(node["fulfillmentsCount"]["count"])
    if count > FULFILMENTS_MAX:
        raise Rejected(
            f"{order_id} has {count} fulfilments, more than can be read at once",
            remedy="enter this one in Shopify by hand",
            code="too_many_fulfilments",
        )
    if count > FULFILMENTS_INSIDE:
        node = _order(run, order_id, count, 1)
    with reading(READ_FULFILMENT):
        return FulfilmentState(
            order_id=node["id"],
            name=node["name"],
            status=str(node["displayFulfillmentStatus"]),
            cancelled_at=node["cancelledAt"] or "",
            orders=tuple(_fulfilment_orders(run, order_id, node["fulfillmentOrders"])),
            fulfilments=tuple(
                _fulfilment(run, f) for f in node["fulfillments"] if f["status"] not in UNDONE
            ),
            record=(node[SHIPMENTS_KEY] or {}).get("value", ""),
            record_digest=(node[SHIPMENTS_KEY] or {}).get("compareDigest"),
        )


def order_gone(order_id: str) -> Rejected:
    """For an order that Shopify does not have (any more)."""
    remedy = "it was deleted in Shopify: cancel it here as well"
    return Rejected(f"{order_id} does not exist", remedy=remedy, code="not_found")


def _order(run: Run, order_id: str, fulfilments: int, lines: int) -> Node:
    variables = {"id": order_id, "fulfilments": fulfilments, "lines": lines}
    node: Node | None = run(READ_FULFILMENT, variables).get("order")
    if node is None:
        raise order_gone(order_id)
    return node


def _fulfilment_orders(run: Run, order_id: str, first: Node) -> Iterator[FulfilmentOrder]:
    page = first
    while True:
        for node in page["nodes"]:
            location = node["assignedLocation"]
            actions = {action["action"] for action in node["supportedActions"]}
            lines = nodes_of(
                run, READ_FULFILMENT_ORDER_LINES, node["id"], node["lineItems"],
                ("fulfillmentOrder", "lineItems"),
            )  # fmt: skip
            yield FulfilmentOrder(
                fulfilment_order_id=node["id"],
                status=node["status"],
                location_id=(location["location"] or {}).get("id", ""),
                location=location["name"],
                fulfillable=CREATE_FULFILMENT_ACTION in actions,
                lines=tuple(
                    OpenLine(line["id"], line_gid(line), line["remainingQuantity"])
                    for line in lines
                ),
            )
        if not page["pageInfo"]["hasNextPage"]:
            return
        variables = {"id": order_id, "after": page["pageInfo"]["endCursor"]}
        order = run(READ_FULFILMENT_ORDERS, variables)["order"]
        if order is None:
            raise order_gone(order_id)
        page = order["fulfillmentOrders"]


def _fulfilment(run: Run, node: Node) -> Fulfilment:
    pieces: Pieces = Counter()
    for line in fulfilment_lines(run, node):
        pieces[line_gid(line)] += line["quantity"] or 0
    numbers = {info["number"] for info in node["trackingInfo"] if info["number"]}
    return Fulfilment(node["id"], node["name"], node["status"], frozenset(numbers), pieces)


def fulfilment_lines(run: Run, node: Node) -> Iterator[Node]:
    """All lines of a fulfilment of which the first page was read."""
    where = ("fulfillment", "fulfillmentLineItems")
    return nodes_of(run, READ_FULFILMENT_LINES, node["id"], node["fulfillmentLineItems"], where)


def nodes_of(
    run: Run, document: Document, holder_id: str, first: Node, where: tuple[str, str]
) -> Iterator[Node]:
    """Nodes of a connection: the page that was read already, then all further ones."""
    page = first
    while True:
        with reading(document):
            yield from page["nodes"]
            info = page["pageInfo"]
        if not info["hasNextPage"]:
            return
        holder = run(document, {"id": holder_id, "after": info["endCursor"]})[where[0]]
        if holder is None:
            raise OrderChanging(
                f"{holder_id} vanished while it was read", remedy="it is read again"
            )
        page = holder[where[1]]


def line_gid(line: Node) -> str:
    """The order line that a line of a fulfilment, a fulfilment order or a refund is about."""
    gid: str = line["lineItem"]["id"]
    return gid
