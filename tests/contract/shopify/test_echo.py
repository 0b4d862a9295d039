"""What our own writes look like when they come back as orders/updated."""

from decimal import Decimal

from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.connectors.shopify.twin.totals import to_pay
from crossdock.domain.cancellation import Cancellation
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.order_response import OrderResponse, OrderResponseStatus
from crossdock.ports.erp import CANCEL_ORDER, CANCEL_REMAINDER, SEND_ORDER_RESPONSE, SEND_SHIPMENT
from tests.contract.shopify.conftest import NOW
from tests.contract.shopify.documents import graphql_bytes, rest_bytes, sum_of
from tests.contract.shopify.shipping import effect, order_of, remainder, shipment


def both_shapes(twin, order):
    node = to_sales_order(graphql_bytes(twin, order, NOW), is_node=True)
    assert node == to_sales_order(rest_bytes(order), is_node=False)
    return node


def answered(order):
    order_id = Identifier(scheme=IdentifierScheme.CHANNEL_ORDER_ID, value=str(order.order_id))
    return OrderResponse(
        about="cancellation",
        reference=str(order.order_id),
        identifiers=(order_id,),
        status=OrderResponseStatus.CANCELLATION_REFUSED,
        answered_at=NOW,
    )


def test_a_shipment_changes_nothing_of_the_order(twin, shop):
    order = order_of(twin, 3, 2)
    before = both_shapes(twin, order)
    shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2, 1: 2}))])
    assert both_shapes(twin, order) == before


def test_an_answer_changes_nothing_of_the_order(twin, shop):
    order = order_of(twin, 3, 2)
    before = both_shapes(twin, order)
    shop.deliver([effect(shop, SEND_ORDER_RESPONSE, answered(order))])
    assert both_shapes(twin, order) == before


def test_a_remainder_changes_its_lines_and_the_total_and_nothing_else(twin, shop):
    order = order_of(twin, 3, 2, 4)
    before = both_shapes(twin, order)
    shop.deliver([effect(shop, CANCEL_REMAINDER, remainder(order, {0: 1, 1: 2}))])
    after = both_shapes(twin, order)
    assert [line.line_id for line in after.lines] == [
        before.lines[0].line_id,
        before.lines[2].line_id,
    ]
    assert after.lines[0].quantity.amount == Decimal(2)
    assert after.lines[0].unit_price == before.lines[0].unit_price
    assert after.lines[1] == before.lines[2]
    assert after.total.amount == to_pay(order) == sum_of(after)
    left = {"lines", "total"}
    assert after.model_dump(exclude=left) == before.model_dump(exclude=left)


def test_our_cancellation_leaves_what_was_ordered(twin, shop):
    order = order_of(twin, 3, 2)
    before = both_shapes(twin, order)
    named = (Identifier(scheme=IdentifierScheme.CHANNEL_ORDER_ID, value=str(order.order_id)),)
    ours = Cancellation(reference="7", identifiers=named, cancelled_at=NOW, reason="inventory")
    shop.deliver([effect(shop, CANCEL_ORDER, ours)])
    after = both_shapes(twin, order)
    assert (after.cancelled_at, after.cancel_reason) == (NOW, "inventory")
    assert after.content() == {**before.content(), "cancelled": True}


def test_each_write_is_told_once(twin, shop):
    order = order_of(twin, 3)
    told = []
    twin.shop.on_event = lambda topic, changed: told.append((topic, changed.order_id))
    for _ in range(2):
        shop.deliver([effect(shop, SEND_SHIPMENT, shipment(order, {0: 2}))])
        shop.deliver([effect(shop, CANCEL_REMAINDER, remainder(order, {0: 1}))])
    told_of_shipment, told_of_remainder = 3, 1
    assert told == [("ORDERS_UPDATED", order.order_id)] * (told_of_shipment + told_of_remainder)
