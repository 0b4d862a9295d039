"""Shopify's own schema in ../shared, and one order in both shapes without HTTP."""

import functools
import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationType, build_client_schema, execute_sync

from crossdock.connectors.shopify.orders import node_bytes
from crossdock.connectors.shopify.queries import READ_ORDER
from crossdock.connectors.shopify.twin import ShopTwin
from crossdock.connectors.shopify.twin.endpoint import checked, schema
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.webhooks import payload
from crossdock.domain.sales_order import SalesOrder

EVIDENCE = Path(__file__).parents[4] / "shared" / "evidence" / "shopify"


def evidence(relative: str) -> Path:
    """A file of the collected evidence; skips when the evidence is not there."""
    if not EVIDENCE.is_dir():
        pytest.skip(f"no evidence folder at {EVIDENCE}")
    return EVIDENCE / relative


@functools.cache
def introspection(version: str) -> dict[str, Any]:
    path = evidence(f"spec/admin_{version}.introspection.json.gz")
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))["data"]
    return found


@functools.cache
def official(version: str) -> GraphQLSchema:
    return build_client_schema(introspection(version))  # type: ignore[arg-type]


def rest_bytes(order: OrderState, *, compact: bool = False) -> bytes:
    """The webhook body of an order."""
    return payload("ORDERS_UPDATED", order, compact=compact)


def graphql_bytes(twin: ShopTwin, order: OrderState, now: datetime) -> bytes:
    """The order node as the connector's own query reads it."""
    variables = {"id": f"gid://shopify/Order/{order.order_id}", "lines": 250}
    roots = twin.resolvers.roots(OperationType.QUERY, now)
    result = execute_sync(schema(), checked(READ_ORDER.text), roots, variable_values=variables)
    assert not result.errors, result.errors
    assert result.data is not None
    node = result.data["order"]
    return node_bytes({**node, "lineItems": {"nodes": node["lineItems"]["nodes"]}})


def sum_of(order: SalesOrder) -> Any:
    """Lines, charges and, where prices exclude it, tax."""
    parts = [line.net for line in order.lines]
    parts += [charge.amount - charge.allowance for charge in order.charges]
    if not order.prices_include_tax:
        parts += [tax.amount for line in order.lines for tax in line.taxes]
        parts += [tax.amount for charge in order.charges for tax in charge.taxes]
    return sum(parts)
