"""Lists of the close: orders that came to be in a window, and what of them was shipped."""

from collections.abc import Iterator
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
from crossdock.connectors.shopify.orders import Run
from crossdock.connectors.shopify.queries import (
    LIST_ORDER_LINES,
    LIST_ORDERS,
    LIST_SHIPMENTS,
    READ_FULFILMENT,
    Document,
)
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.errors import Unavailable
from crossdock.ports.listing import Listed, ListedKind

KINDS = (ListedKind.ORDER, ListedKind.SHIPMENT)
ORDERS_PER_PAGE = 20
"""About 800 cost points as asked for; what is charged is what is there."""
SHIPMENTS_PER_PAGE = 10

Node = dict[str, Any]


def list_orders(run: Run, since: datetime, until: datetime) -> Iterator[Listed]:
    """Orders created in [since, until), as they stand now."""
    for node in _orders(run, LIST_ORDERS, ORDERS_PER_PAGE, since, until):
        where = ("order", "lineItems")
        with reading(LIST_ORDERS):
            lines = nodes_of(run, LIST_ORDER_LINES, node["id"], node["lineItems"], where)
            yield to_listed_order(node, list(lines))


def list_shipments(run: Run, since: datetime, until: datetime) -> Iterator[Listed]:
    """Of each order created in [since, until) of which something was shipped: all of it."""
    for node in _orders(run, LIST_SHIPMENTS, SHIPMENTS_PER_PAGE, since, until):
        with reading(LIST_SHIPMENTS):
            done = [f for f in _fulfilments(run, node) if f["status"] not in UNDONE]
            lines = [line for fulfilment in done for line in fulfilment_lines(run, fulfilment)]
            if lines:
                yield to_listed_shipment(node, lines)


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
