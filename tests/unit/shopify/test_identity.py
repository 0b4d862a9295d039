import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossdock.connectors.shopify.identity import check_shop, identify_order
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import Arrival, Hint, MessageIdentity
from tests.unit.shopify.bodies import refusal_or_answer


def arrival(topic: str = "orders/create", **fields: Any) -> Arrival:
    order = {"id": 450789469, "updated_at": "2008-01-10T11:00:00-05:00", **fields}
    return Arrival(topic, {}, json.dumps(order).encode())


def named(given_arrival: Arrival) -> MessageIdentity:
    identity = identify_order(given_arrival, "shop_eu")
    assert isinstance(identity, MessageIdentity)
    return identity


def test_an_order_is_named():
    identity = named(arrival())
    assert identity.kind == "shopify.order"
    assert identity.work_key == "shop_eu:order:450789469"
    assert identity.version == "2008-01-10T16:00:00.000000Z"
    assert identity.message_key.startswith("order:450789469@2008-01-10T16:00:00.000000Z#")
    assert len(identity.message_key.partition("#")[2]) == 16


def test_create_and_update_with_one_body_are_one_message():
    assert named(arrival("orders/create")) == named(arrival("orders/updated"))


def test_another_body_of_one_version_is_another_message():
    one, other = named(arrival()), named(arrival(total_price="1.00"))
    assert one.version == other.version
    assert one.message_key != other.message_key


@pytest.mark.parametrize(
    ("updated_at", "version"),
    [
        ("2026-03-29T01:59:59+01:00", "2026-03-29T00:59:59.000000Z"),
        ("2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00.000000Z"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00.000000Z"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.000000Z"),
        ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00.000000Z"),
        ("2026-11-21T08:00:00.123Z", "2026-11-21T08:00:00.123000Z"),
        ("0999-01-01T00:00:00+00:00", "0999-01-01T00:00:00.000000Z"),
    ],
)
def test_versions_sort_over_offsets_and_summer_time(updated_at: str, version: str):
    assert named(arrival(updated_at=updated_at)).version == version


def test_an_edit_is_a_hint():
    body = b'{"order_edit": {"id": 1, "order_id": 2}}'
    assert identify_order(Arrival("orders/edited", {}, body), "shop_eu") == Hint("orders")


@pytest.mark.parametrize("topic", ["orders/paid", "", "products/update", "x" * 10_000])
def test_other_topics_name_the_header(topic: str):
    with pytest.raises(Unreadable) as refused:
        named(arrival(topic))
    assert refused.value.field == "x-shopify-topic"
    assert len(refused.value.reason) < 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"id": None}, "id"), ({"id": "7"}, "id"), ({"id": True}, "id"), ({"id": 2**64}, "id"),
     ({"id": 1.0}, "id"), ({"id": -7}, "id"), ({"updated_at": None}, "updated_at"),
     ({"updated_at": 7}, "updated_at"), ({"updated_at": "2026-01-01T00:00:00"}, "updated_at"),
     ({"updated_at": "0001-01-01T00:00:00+14:00"}, "updated_at"),
     ({"updated_at": "soon"}, "updated_at"), ({"updated_at": "x" * 70}, "updated_at")],
)  # fmt: skip
def test_what_cannot_be_named_is_refused_by_field(fields: dict[str, Any], field: str):
    with pytest.raises(Unreadable) as refused:
        named(arrival(**fields))
    assert refused.value.field == field
    assert refused.value.remedy


def test_a_webhook_of_another_shop_is_refused():
    headers = {"x-shopify-shop-domain": "other.myshopify.com"}
    with pytest.raises(Unreadable) as refused:
        check_shop(Arrival("orders/create", headers, b""), "mine.myshopify.com")
    assert refused.value.field == "x-shopify-shop-domain"
    check_shop(Arrival("orders/create", headers, b""), "other.myshopify.com")
    check_shop(Arrival("orders/create", headers, b""), "")


TOPICS = st.sampled_from(
    ["orders/create", "orders/updated", "orders/cancelled", "orders/edited", "orders/sweep",
     "orders/reread", "else"]
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ORDERS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("id", "updated_at", "legacyResourceId", "updatedAt", "order_edit"), VALUES
    ),
)


@settings(deadline=None)
@given(TOPICS, st.binary() | ORDERS.map(lambda order: json.dumps(order).encode()))
def test_any_bytes_are_named_or_refused(topic: str, body: bytes):
    answer = refusal_or_answer(lambda: identify_order(Arrival(topic, {}, body), "shop_eu"))
    assert isinstance(answer, MessageIdentity | Hint | Unreadable)
