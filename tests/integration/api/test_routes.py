"""The routes for people and programs: who may, what they see, how they are refused."""

from collections.abc import Iterator

import pytest

from crossdock.engine.store import Store
from crossdock.governance.access import PERMISSIONS, Permission, Role
from tests.integration.api.conftest import key_for
from tests.support.api_server import Api, add_shop, api_in_thread, order_body, wait_for

READING = [
    "/ready", "/metrics", "/openapi.json", "/v1/orders", "/v1/orders/1", "/v1/orders/1/timeline",
    "/v1/holds", "/v1/messages/1",
]  # fmt: skip
ROUTES = [("GET", path, Permission.READ) for path in READING]
ROUTES.append(("POST", "/v1/holds/1/release", Permission.RELEASE_HOLDS))


@pytest.fixture
def house(database: str, store: Store) -> Iterator[Api]:
    """A shop of each company; a readable and a held message in that of company 1."""
    add_shop(store)
    add_shop(store, "other_shop", company_id=2)
    with api_in_thread(database) as api:
        assert api.post(order_body(1001)).status_code == 200
        assert api.post(b"{").status_code == 200
        yield api


def ask(api: Api, method: str, path: str, key: str) -> int:
    body = {"as": "retry"} if method == "POST" else None
    headers = {"authorization": f"Bearer {key}"}
    return api.client.request(method, path, json=body, headers=headers).status_code


def test_every_role_may_what_the_table_says_and_no_more(house: Api, store: Store) -> None:
    for role in Role:
        key = key_for(store, role)
        for method, path, permission in ROUTES:
            status = ask(house, method, path, key)
            allowed = permission in PERMISSIONS[role]
            assert (status == 403) is not allowed, (role, path, status)
            assert status != 401
            assert status < 500 or path == "/ready"


def test_a_key_without_roles_may_nothing(house: Api, store: Store) -> None:
    key = key_for(store)
    assert {ask(house, m, p, key) for m, p, _ in ROUTES} == {403}


def test_only_health_is_anonymous(house: Api) -> None:
    assert house.get("/health").json() == {"status": "ok"}
    for method, path, _ in ROUTES:
        reply = house.client.request(method, path, json={"as": "retry"})
        assert reply.status_code == 401, path
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert reply.headers["content-type"] == "application/problem+json"


def test_every_route_is_in_the_matrix(house: Api, store: Store) -> None:
    """A new route must be added to the list above."""
    described = house.get("/openapi.json", key_for(store, Role.SERVICE)).json()["paths"]
    numbered = {
        p.replace("{id}", "1").replace("{hold_id}", "1").replace("{message_id}", "1")
        for p in described
    }
    assert numbered == {path for _, path, _ in ROUTES} - {"/openapi.json"} | {"/health"}


def test_wrong_expired_and_revoked_keys_are_refused_alike(house: Api, store: Store) -> None:
    key = key_for(store, Role.ADMIN)
    expired, revoked = key_for(store, Role.ADMIN, days=2), key_for(store, Role.ADMIN, days=3)
    with store.transaction() as tx:
        past = store.clock().now()
        tx.run(
            "UPDATE api_key SET expires_at = %(past)s WHERE key_id = %(id)s",
            past=past, id=expired.split("_")[1],
        )  # fmt: skip
        tx.run(
            "UPDATE api_key SET revoked_at = %(past)s WHERE key_id = %(id)s",
            past=past, id=revoked.split("_")[1],
        )  # fmt: skip
    assert house.get("/v1/orders", key).status_code == 200
    replies = [house.get("/v1/orders", k) for k in (key[:-1] + "!", expired, revoked, "x", "cdk__")]
    assert {r.status_code for r in replies} == {401}
    assert len({r.text for r in replies}) == 1


def test_a_key_sees_its_own_company_only(house: Api, store: Store) -> None:
    ours, theirs = key_for(store, Role.ADMIN), key_for(store, Role.ADMIN, company_id=2)
    (hold,) = house.get("/v1/holds", ours).json()
    message = f"/v1/messages/{hold['message_id']}"
    assert house.get(message, ours).status_code == 200
    assert house.get("/v1/holds", theirs).json() == []
    assert house.get(message, theirs).status_code == 404
    assert house.get("/v1/orders/shop:order:1001/timeline", ours).status_code == 200
    assert house.get("/v1/orders/shop:order:1001/timeline", theirs).status_code == 404
    release = f"/v1/holds/{hold['hold_id']}/release"
    assert ask(house, "POST", release, theirs) == 404
    assert 'connection="shop",what' not in house.get("/metrics", theirs).text


def test_a_hold_is_released_once(house: Api, store: Store) -> None:
    key = key_for(store, Role.ORDER_DESK)
    (hold,) = house.get("/v1/holds", key).json()
    path = f"/v1/holds/{hold['hold_id']}/release"
    headers = {"authorization": f"Bearer {key}"}
    body = {"as": "done", "why": "typed in by hand"}
    reply = house.client.post(path, json=body, headers=headers)
    assert (reply.status_code, reply.json()["state"]) == (200, "done")
    assert house.client.post(path, json=body, headers=headers).status_code == 409
    with store.transaction() as tx:
        (entry,) = tx.rows("SELECT principal, action FROM audit WHERE action LIKE 'hold.%%'")
    assert entry.principal.startswith("tester order_desk")


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/orders?limit=0", 422, "query.limit"),
        ("/v1/orders/no-such-order", 404, "id"),
        ("/v1/messages/x", 422, "path.message_id"),
        ("/v1/messages/999999", 404, "message_id"),
        ("/v1/nothing", 404, ""),
    ],
)
def test_problems_name_field_reason_and_remedy(
    house: Api, store: Store, path: str, status: int, field: str
) -> None:
    reply = house.get(path, key_for(store, Role.ADMIN))
    problem = reply.json()
    assert (reply.status_code, problem["status"], problem["field"]) == (status, status, field)
    assert problem["reason"]
    assert problem["remedy"]
    assert reply.headers["content-type"] == "application/problem+json"


def test_an_unknown_resolution_is_named(house: Api, store: Store) -> None:
    headers = {"authorization": f"Bearer {key_for(store, Role.ADMIN)}"}
    reply = house.client.post("/v1/holds/1/release", json={"as": "maybe"}, headers=headers)
    assert (reply.status_code, reply.json()["field"]) == (422, "body.as")


def test_metrics_count_by_connection(house: Api, store: Store) -> None:
    house.post(order_body(1001))
    house.post(order_body(1), headers={})
    key = key_for(store, Role.SERVICE)

    def scraped() -> dict[str, float]:
        lines = house.get("/metrics", key).text.splitlines()
        return {n: float(v) for n, _, v in (x.rpartition(" ") for x in lines if x[0] != "#")}

    wait_for(lambda: scraped()['crossdock_duplicates_total{connection="shop"}'] == 1)
    found = scraped()
    assert found['crossdock_received_total{connection="shop"}'] == 3
    assert found['crossdock_received_total{connection="other_shop"}'] == 0
    assert found['crossdock_refused_total{connection="shop",reason="bad_signature"}'] == 1
    assert found["crossdock_commit_arrivals_sum"] == 3
    assert found["crossdock_commit_seconds_count"] == found["crossdock_commit_arrivals_count"]
    assert found['crossdock_backlog{what="messages"}'] == 1
    assert found['crossdock_backlog{what="holds"}'] == 1
    assert found['crossdock_connection_backlog{connection="shop",what="holds"}'] == 1
    assert found["crossdock_waiting_for_commit"] == 0
    assert found["crossdock_ownerless"] == 0
