"""A signed webhook that somebody recorded, sent again: nothing follows from it (R2)."""

import json
from collections.abc import Iterator, Mapping
from itertools import product

import pytest

from crossdock.bootstrap import manifest_of
from crossdock.engine.store import Store
from crossdock.governance.connections import add_connection
from tests.hardening.doors import SECRET, SECRETS, SETTINGS, TOPICS, samples_of, sender_to
from tests.support.api_server import Api, api_in_thread

SHOPS = ("", "example.myshopify.com", "other.myshopify.com", "x" * 300)
ADDED: tuple[dict[str, str], ...] = (
    {}, {"x-forwarded-for": "10.0.0.1"}, {"content-encoding": "gzip"}, {"x-shopify-event-id": "2"},
    {"x-http-method-override": "DELETE"}, {"content-type": "text/xml"},
)  # fmt: skip


@pytest.fixture
def house(database: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("TEST_DOOR_SECRET", SECRET)
    now = store.clock().now()
    with store.transaction() as tx:
        for system in SETTINGS:
            add_connection(
                tx, manifest_of(system), company_id=1, name=system, now=now,
                settings=SETTINGS[system],
                secrets={name: ["env:TEST_DOOR_SECRET"] for name in SECRETS[system]},
            )  # fmt: skip
    with api_in_thread(database) as api:
        yield api


def standing(store: Store) -> tuple[list[str], int, int]:
    """What there is to do: messages, holds and streams that are due."""
    with store.transaction() as tx:
        messages = [m.message_key for m in tx.rows("SELECT message_key FROM message ORDER BY 1")]
        (holds,) = tx.rows("SELECT count(*) AS n FROM hold")
        (effects,) = tx.rows("SELECT count(*) AS n FROM effect")
    return messages, holds.n, effects.n


def send(api: Api, system: str, body: bytes, headers: Mapping[str, str]) -> int:
    raw = [(n.encode(), v.encode("latin-1")) for n, v in headers.items()]
    return api.client.post(f"/hooks/{system}", content=body, headers=raw).status_code


def order() -> bytes:
    """The sample as a shop sends it: it says of itself that it is an order."""
    body = json.loads(samples_of("shopify")[1])
    return json.dumps(
        {**body, "admin_graphql_api_id": f"gid://shopify/Order/{body['id']}"}
    ).encode()


def test_a_shops_webhook_in_any_wrapping_changes_nothing(house: Api, store: Store) -> None:
    shop = sender_to("shopify")
    assert send(house, "shopify", order(), shop.headers(order(), "orders/create")) == 200
    before = standing(store)
    assert len(before[0]) == 1
    for topic, domain, added in product(TOPICS["shopify"], SHOPS, ADDED[:3]):
        headers = {**shop.headers(order(), topic), "x-shopify-shop-domain": domain, **added}
        assert send(house, "shopify", order(), headers) == 200
    assert standing(store) == before


def test_an_unreadable_webhook_is_held_once_whatever_its_headers_say(
    house: Api, store: Store
) -> None:
    shop, body = sender_to("shopify"), b'{"no": "order"}'
    for topic, added in product(("orders/create", "orders/paid", "a", "b"), ADDED):
        assert send(house, "shopify", body, {**shop.headers(body, topic), **added}) == 200
    messages, holds, _ = standing(store)
    assert (len(messages), holds) == (1, 1)


def test_a_warehouses_event_in_any_wrapping_changes_nothing(house: Api, store: Store) -> None:
    warehouse = sender_to("wms")
    bodies = samples_of("wms")
    for body in bodies:
        assert send(house, "wms", body, warehouse.headers(body, "")) == 200
    before = standing(store)
    for body, added in product(bodies, ADDED):
        assert send(house, "wms", body, {**warehouse.headers(body, ""), **added}) == 200
    assert standing(store) == before


def test_a_signature_is_good_for_its_own_body_only(house: Api, store: Store) -> None:
    shop, warehouse = sender_to("shopify"), sender_to("wms")
    event = samples_of("wms")[0]
    genuine = warehouse.headers(event, "")
    forged = [
        ("shopify", order() + b" ", shop.headers(order(), "orders/create")),
        ("shopify", event, genuine),
        ("wms", order(), shop.headers(order(), "orders/create")),
        ("wms", event, {**genuine, "webhook-id": "msg-2"}),
        ("wms", event, {**genuine, "webhook-timestamp": "1700000001"}),
        ("wms", event + b"\n", genuine),
    ]
    for system, body, headers in forged:
        assert send(house, system, body, headers) == 401
    assert standing(store) == ([], 0, 0)
