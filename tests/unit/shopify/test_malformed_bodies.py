"""A hundred and more spoiled bodies: each is refused by field, none crashes."""

import json

import pytest

from crossdock.connectors.shopify.identity import identify_order
from crossdock.connectors.shopify.mapping import to_sales_order
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import Arrival, MessageIdentity
from tests.unit.shopify.bodies import Spoiled, good_order, refusal_or_answer, spoiled_bodies

BODIES = list(spoiled_bodies())
READ_BY_IDENTIFY = {"NaN", "huge number", "huge exponent"}
"""Numbers elsewhere in the body do not keep an order from being named."""


def test_there_are_a_hundred():
    assert len(BODIES) >= 100
    assert len({body.name for body in BODIES}) == len(BODIES)


def test_the_good_order_is_good():
    order = to_sales_order(json.dumps(good_order()).encode(), is_node=False)
    assert str(order.total) == "33.70 EUR"


@pytest.mark.parametrize("spoiled", BODIES, ids=lambda body: body.name)
def test_translate_names_the_field(spoiled: Spoiled):
    with pytest.raises(Unreadable) as refused:
        to_sales_order(spoiled.body, is_node=False)
    error = refused.value
    assert error.field == spoiled.field
    assert error.reason
    assert error.remedy
    assert len(error.reason) < 600


@pytest.mark.parametrize("spoiled", BODIES, ids=lambda body: body.name)
@pytest.mark.parametrize("topic", ["orders/create", "orders/sweep"])
def test_identify_answers_or_refuses(spoiled: Spoiled, topic: str):
    answer = refusal_or_answer(lambda: identify_order(Arrival(topic, {}, spoiled.body), "shop"))
    if isinstance(answer, Unreadable):
        return
    assert isinstance(answer, MessageIdentity)
    assert topic == "orders/create"
    assert spoiled.field not in ("body", "id") or spoiled.name in READ_BY_IDENTIFY
