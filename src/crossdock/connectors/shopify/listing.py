"""Lists of the close: orders that came to be in a window, and what of them was shipped."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from crossdock.connectors.shopify.fulfilment_state import (
    FULFILMENTS_MAX,
    UNDONE,
    fulfilment_lines,
    nodes_of,
)
from crossdock.connectors.shopify.identity import version_text
from crossdock.connectors.shopify.mapping.listed import to_listed_order, to_listed_shipment
from crossdock.connectors.shopify.mapping.order_commands import order_gid
from crossdock.connectors.shopify.orders import Run
from crossdock.connectors.shopify.queries import (
    FIND_ORDERS,
    FIND_SHIPMENTS,
    LIST_ORDER_LINES,
    LIST_ORDERS,
    LIST_SHIPMENTS,
    READ_FULFILMENT,
    Document,
)
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.errors import Unavailable
from crossdock.ports.listing import Listed, ListedKind, Sought

KINDS = (ListedKind.ORDER, ListedKind.SHIPMENT)
ORDERS_PER_PAGE = 20
"""About 800 cost points as asked for; what is charged is what is there."""
SHIPMENTS_PER_PAGE = 10
ID_DIGITS_MAX = 19
"""What is longer is no order's id."""

Node = dict[str, Any]


def list_orders(run: Run, since: datetime, until: datetime) -> Iterator[Listed]:
    """Orders created in [since, until), as they stand now."""
    for node in _orders(run, LIST_ORDERS, ORDERS_PER_PAGE, since, until):
        yield _order(run, node)


def list_shipments(run: Run, since: datetime, until: datetime) -> Iterator[Listed]:
    """Of each order created in [since, until) of which something was shipped: all of it."""
    for node in _orders(run, LIST_SHIPMENTS, SHIPMENTS_PER_PAGE, since, until):
        yield from _shipments(run, node)


def find_orders(run: Run, sought: Sequence[Sought]) -> Iterator[Listed]:
    """Orders by their ids: read from the orders themselves, not from the search index."""
    for node in _found(run, FIND_ORDERS, ORDERS_PER_PAGE, sought):
        yield _order(run, node)


def find_shipments(run: Run, sought: Sequence[Sought]) -> Iterator[Listed]:
    """What was shipped of orders by their ids."""
    for node in _found(run, FIND_SHIPMENTS, SHIPMENTS_PER_PAGE, sought):
        yield from _shipments(run, node)


def _order(run: Run, node: Node) -> Listed:
    with reading(LIST_ORDERS):
        where = ("order", "lineItems")
        lines = nodes_of(run, LIST_ORDER_LINES, node["id"], node["lineItems"], where)
        return to_listed_order(node, list(lines))


def _shipments(run: Run, node: Node) -> Iterator[Listed]:
    with reading(LIST_SHIPMENTS):
        done = [f for f in _fulfilments(run, node) if f["status"] not in UNDONE]
        lines = [line for fulfilment in done for line in fulfilment_lines(run, fulfilment)]
        if lines:
            yield to_listed_shipment(node, lines)


def _found(run: Run, document: Document, size: int, sought: Sequence[Sought]) -> Iterator[Node]:
    keys = [one.key for one in sought]
    ids = [order_gid(k) for k in keys if k.isascii() and k.isdigit() and len(k) <= ID_DIGITS_MAX]
    for start in range(0, len(ids), size):
        data = run(document, {"ids": ids[start : start + size]})
        with reading(document):
            yield from [node for node in data["nodes"] if node]


def _orders(
    run: Run, document: Document, size: int, since: datetime, until: datetime
) -> Iterator[Node]:
    query = f"created_at:>='{version_text(since)}' created_at:<'{version_text(until)}'"
    after = None
    while True:
        data = run(document, {"first": size, "after": after, "query": query})
        with reading(document):
            nodes, info = data["orders"]["nodes"], data["orders"]["pageInfo"]
        yield from nodes
        if not info["hasNextPage"]:
            return
        if not nodes or info["endCursor"] == after:
            raise Unavailable("orders: more is announced, but the page is empty or the same")
        after = info["endCursor"]


def _fulfilments(run: Run, node: Node) -> list[Node]:
    """Those that came with the order, or all of them when there are more."""
    found: list[Node] = node["fulfillments"]
    count = node["fulfillmentsCount"]["count"]
    if count <= len(found):
        return found
    if count > FULFILMENTS_MAX:
        raise Unavailable(
            f"{node['name']} has {count} fulfilments, more than can be read at once",
            remedy="compare this order by hand",
        )
    variables = {"id": node["id"], "fulfilments": count, "lines": 1}
    all_of_them: list[Node] = run(READ_FULFILMENT, variables)["order"]["fulfillments"]
    return all_of_them
