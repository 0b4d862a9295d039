"""The twin refuses what Shopify refuses about shipping, and its costs are those we declare."""

import json

import pytest
from graphql import get_operation_ast

from crossdock.connectors.shopify import MANIFEST
from crossdock.connectors.shopify.fulfilment_state import (
    FULFILMENT_LINES_INSIDE,
    FULFILMENTS_INSIDE,
)
from crossdock.connectors.shopify.queries import (
    CANCEL_ORDER,
    CANCEL_REMAINDER,
    CREATE_FULFILMENT,
    READ_CANCELLATION,
    READ_FULFILMENT,
    READ_REFUNDS,
)
from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.changes import NoSuchChange
from crossdock.connectors.shopify.twin.endpoint import checked, schema
from crossdock.connectors.shopify.twin.fulfilment import fulfilment_orders
from crossdock.connectors.shopify.twin.fulfilment_records import SECOND
from crossdock.connectors.shopify.twin.shop_twin import PATH, TOKEN
from crossdock.connectors.shopify.twin.throttle import QueryCost
from crossdock.ports import erp
from crossdock.testing.wire import TwinReply, TwinRequest
from tests.contract.shopify.conftest import NOW
from tests.contract.shopify.shipping import order_of


def ask(twin, document, variables):
    body = TwinReply.of_json({"query": document.text, "variables": variables}).body
    request = TwinRequest("POST", PATH, headers={"x-shopify-access-token": TOKEN}, body=body)
    return json.loads(twin.handle(request).body)


def fulfil(twin, *rows):
    """Rows of (fulfilment order, open line, pieces)."""
    entries = [
        {
            "fulfillmentOrderId": f"gid://shopify/FulfillmentOrder/{order.fulfilment_order_id}",
            "fulfillmentOrderLineItems": [
                {"id": f"gid://shopify/FulfillmentOrderLineItem/{line.open_line_id}", "quantity": n}
            ],
        }
        for order, line, n in rows
    ]
    given = {"fulfillment": {"lineItemsByFulfillmentOrder": entries}}
    return ask(twin, CREATE_FULFILMENT, given)["data"]["fulfillmentCreate"]


class TestRules:
    def test_no_more_than_remains(self, twin):
        (row,) = fulfilment_orders(order_of(twin, 2))
        for count in (3, 0, -1):
            (error,) = fulfil(twin, (row, row.lines[0], count))["userErrors"]
            assert error["message"].startswith("Invalid fulfillment order line item quantity")
        assert fulfil(twin, (row, row.lines[0], 2))["userErrors"] == []
        assert fulfil(twin, (row, row.lines[0], 1))["userErrors"]

    def test_one_location_at_a_time(self, twin):
        order = order_of(twin, 4)
        changes.move_units(twin.shop, order, NOW, 0, 2, SECOND.location_id)
        here, there = fulfilment_orders(order)
        assert fulfil(twin, (here, here.lines[0], 1), (there, there.lines[0], 1))["userErrors"]
        assert order.fulfilments == []

    def test_one_order_at_a_time(self, twin):
        (one,), (other,) = (fulfilment_orders(order_of(twin, 2)) for _ in range(2))
        assert fulfil(twin, (one, one.lines[0], 1), (other, other.lines[0], 1))["userErrors"]

    def test_nothing_that_is_held(self, twin):
        order = order_of(twin, 2)
        changes.hold(twin.shop, order, NOW)
        (row,) = fulfilment_orders(order)
        (error,) = fulfil(twin, (row, row.lines[0], 1))["userErrors"]
        assert "status= on_hold" in error["message"]

    def test_no_refund_without_a_key(self, twin):
        text = CANCEL_REMAINDER.text.replace("@idempotent(key: $key)", "")
        document = type(CANCEL_REMAINDER)("NoKey", text.replace(", $key: String!", ""))
        reply = ask(twin, document, {"input": {"orderId": "gid://shopify/Order/1"}})
        assert "@idempotent" in reply["errors"][0]["message"]
        blank = {
            "input": {"orderId": f"gid://shopify/Order/{order_of(twin, 1).order_id}"},
            "key": " ",
        }
        assert ask(twin, CANCEL_REMAINDER, blank)["errors"]

    def test_open_pieces_follow_the_order(self, twin):
        order = order_of(twin, 4, 2)
        assert sum(row.remaining for row in fulfilment_orders(order)) == 6
        changes.remove_units(twin.shop, order, NOW, 0, 3)
        assert sum(row.remaining for row in fulfilment_orders(order)) == 3
        changes.raise_quantity(twin.shop, order, NOW)
        changes.add_line(twin.shop, order, NOW)
        added = order.lines[-1].quantity
        assert sum(row.remaining for row in fulfilment_orders(order)) == 4 + added
        changes.cancel(twin.shop, order, NOW, "customer", restock=False)
        assert sum(row.remaining for row in fulfilment_orders(order)) == 0

    def test_customers_cannot_cancel_what_was_shipped(self, twin):
        order = order_of(twin, 2)
        changes.fulfil_by_hand(twin.shop, order, NOW, 0, 1)
        with pytest.raises(NoSuchChange):
            changes.cancel(twin.shop, order, NOW, "customer")


@pytest.mark.parametrize(
    ("operation", "documents"),
    [
        (erp.SEND_SHIPMENT, (READ_FULFILMENT, CREATE_FULFILMENT)),
        (erp.CANCEL_REMAINDER, (READ_REFUNDS, READ_FULFILMENT, CANCEL_REMAINDER)),
        (erp.CANCEL_ORDER, (READ_CANCELLATION, CANCEL_ORDER, READ_CANCELLATION)),
    ],
)
def test_the_declared_cost_covers_an_ordinary_call(operation, documents):
    variables = {"fulfilments": FULFILMENTS_INSIDE, "lines": FULFILMENT_LINES_INSIDE}
    cost = 0
    for document in documents:
        parsed = checked(document.text)
        operation_node = get_operation_ast(parsed)
        assert operation_node is not None
        cost += QueryCost(schema(), parsed, variables).of(operation_node)
    assert cost <= MANIFEST.operation(operation).cost
