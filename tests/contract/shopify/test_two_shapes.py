"""One state of an order gives one document, whether it came by webhook or by GraphQL."""

import random
from collections.abc import Callable
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.connectors.shopify.twin import ShopTwin, changes
from crossdock.connectors.shopify.twin.order_factory import Mixture
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.totals import to_pay
from tests.contract.shopify.conftest import NOW
from tests.contract.shopify.documents import graphql_bytes, rest_bytes, sum_of

RICH = Mixture(
    po_number=0.3, guest=0.3, discount=0.5, tip=0.3, gift_card=0.2, custom_line=0.3, duties=0.3,
    fees=0.3, cash_rounding=0.3, test=0.1, currencies=("EUR", "JPY", "KWD", "USD"),
)  # fmt: skip

Change = Callable[[ShopTwin, OrderState, random.Random], None]


def reduce_line(twin: ShopTwin, order: OrderState, draw: random.Random) -> None:
    index = draw.randrange(len(order.lines))
    goods_left = sum(line.current_quantity for line in order.lines if not line.is_tip)
    if order.lines[index].current_quantity and goods_left > 1 and not order.lines[index].is_tip:
        changes.remove_units(twin.shop, order, NOW, index, 1)


def refund_shipping(twin: ShopTwin, order: OrderState, draw: random.Random) -> None:
    changes.refund_shipping(twin.shop, order, NOW, order.rounded(order.shipping[0].current / 3))


def remove_shipping(twin: ShopTwin, order: OrderState, draw: random.Random) -> None:
    changes.remove_shipping(twin.shop, order, NOW)


def add_line(twin: ShopTwin, order: OrderState, draw: random.Random) -> None:
    changes.add_line(twin.shop, order, NOW)


def cancel(twin: ShopTwin, order: OrderState, draw: random.Random) -> None:
    if order.cancelled_at is None:
        changes.cancel(twin.shop, order, NOW, "fraud", restock=draw.random() < 0.5)


CHANGES: tuple[Change, ...] = (reduce_line, refund_shipping, remove_shipping, add_line, cancel)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    steps=st.lists(st.sampled_from(CHANGES), max_size=5),
)
def test_both_shapes_give_equal_documents_that_add_up(seed: int, steps: list[Change]):
    twin, draw = ShopTwin(seed=seed, mixture=RICH), random.Random(seed)
    (order,) = twin.shop.place(1, NOW)
    for step in steps:
        step(twin, order, draw)
    node = to_sales_order(graphql_bytes(twin, order, NOW), is_node=True)
    full = to_sales_order(rest_bytes(order), is_node=False)
    compact = to_sales_order(rest_bytes(order, compact=True), is_node=False)
    assert node == full == compact
    assert node.content() == full.content()
    assert node.model_dump_json() == full.model_dump_json()
    assert full.total.amount == to_pay(order)
    assert sum_of(full) == full.total.amount


def test_both_shapes_identify_as_the_same_version(shop, twin, clock):
    from crossdock.ports.message import Arrival

    (order,) = twin.shop.place(1, NOW)
    webhook = shop.identify(Arrival("orders/create", {}, rest_bytes(order)))
    updated = shop.identify(Arrival("orders/updated", {}, rest_bytes(order)))
    swept = shop.identify(Arrival("orders/sweep", {}, graphql_bytes(twin, order, NOW)))
    assert webhook == updated
    assert (webhook.work_key, webhook.version) == (swept.work_key, swept.version)
    assert webhook.message_key != swept.message_key


def test_amounts_are_written_alike():
    twin = ShopTwin(seed=3)
    (order,) = twin.shop.place(1, NOW)
    node = to_sales_order(graphql_bytes(twin, order, NOW), is_node=True)
    assert all(-int(line.unit_price.as_tuple().exponent) >= 2 for line in node.lines)
    assert isinstance(node.total.amount, Decimal)
