"""Reading whole orders: nodes with all their lines, however many pages these take."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from crossdock.connectors.shopify.identity import version_text
from crossdock.connectors.shopify.queries import READ_ORDER, READ_ORDER_LINES, Document
from crossdock.connectors.shopify.replies import reading
from crossdock.ports.errors import NotYet

Node = dict[str, Any]
Run = Callable[[Document, Mapping[str, Any]], dict[str, Any]]
"""Sends a document, answers its data: the client's `run`."""

LINES_INSIDE = 10
"""Lines read together with their order: most orders have no more."""
LINES_PER_PAGE = 60
"""Further lines of a long order; with their taxes and discounts about 800 cost points."""
READINGS_MAX = 3


class OrderChanging(NotYet):
    """The order was changed again and again while its lines were being read."""


class OrderLags(NotYet):
    """The order came as it was before a change that a listing showed."""


def read_order(run: Run, order_id: str, seen_version: str = "") -> Node | None:
    """The order with all its lines, or None when it does not exist (any more).

    `order_id` is a global id, `seen_version` the version it has at least. Raises OrderChanging,
    OrderLags, and the client's errors.
    """
    for _ in range(READINGS_MAX):
        data = run(READ_ORDER, {"id": order_id, "lines": LINES_INSIDE})
        node = data.get("order")
        if node is None:
            return None
        _refuse_older(node, seen_version)
        whole = with_all_lines(run, node)
        if whole is not None:
            return whole
    raise OrderChanging(f"{order_id} keeps changing while it is read", remedy="it is read again")


def _refuse_older(node: Node, seen_version: str) -> None:
    with reading(READ_ORDER):
        version = version_text(datetime.fromisoformat(node["updatedAt"]))
    if version < seen_version:
        reason = f"{node['id']} came as of {version}, and {seen_version} was listed"
        raise OrderLags(reason, remedy="it is read again")


def with_all_lines(run: Run, node: Node) -> Node | None:
    """The node with every line in `lineItems.nodes`; None when it changed meanwhile."""
    with reading(READ_ORDER):
        lines, page = _lines_and_page(node)
        order_id, updated_at = node["id"], node["updatedAt"]
    while page["hasNextPage"]:
        variables = {"id": order_id, "lines": LINES_PER_PAGE, "after": page["endCursor"]}
        further = run(READ_ORDER_LINES, variables).get("order")
        with reading(READ_ORDER_LINES):
            if further is None or further["updatedAt"] != updated_at:
                return None
            more, page = _lines_and_page(further)
        lines += more
    return {**node, "lineItems": {"nodes": lines}}


def _lines_and_page(node: Node) -> tuple[list[Any], dict[str, Any]]:
    connection = node["lineItems"]
    page = connection["pageInfo"]
    return list(connection["nodes"]), {name: page[name] for name in ("hasNextPage", "endCursor")}


def node_bytes(node: Mapping[str, Any]) -> bytes:
    """The node as JSON; one state of an order always gives the same bytes."""
    return orjson.dumps(node, default=_number, option=orjson.OPT_SORT_KEYS)


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} in an order node")
