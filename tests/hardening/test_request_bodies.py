"""What a person's program may send by mistake or malice: answered by name, never by a fault."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crossdock.api.context import ApiContext
from crossdock.engine.store import Store
from crossdock.governance.access import Role
from tests.integration.api.conftest import key_for
from tests.support.api_server import Api

RELEASE = "/v1/holds/{}/release"
ODD_TEXTS = [
    "", "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202e", "é" * 500, "'; DROP TABLE hold; --",
    "%s", "{0}", "${jndi:ldap://x}", "../../etc/passwd", "\r\nset-cookie: a=b",
]  # fmt: skip
ODD_BODIES: list[bytes] = [
    b"", b"\0", b"\xff\xfe", b"null", b"[]", b"1", b'"x"', b"{", b"[" * 90_000, b'{"a":' * 15_000,
    b'{"as": "done", "why": "\\u0000"}', b'{"as": "done", "why": "\\ud800"}',
    b'{"as": "reject", "why": "a\\u0000b"}', b'{"as": "reject", "why": "\\udfff"}',
    b'{"as": "done", "observed": {"\\u0000": "\\u0000"}}',
    b'{"as": "done", "observed": {"a": "\\ud800"}}',
    b'{"as": "done", "observed": {"a": NaN}}', b'{"as": "done", "observed": {"a": 1e999}}',
    b'{"as": "done", "observed": {"a": ' + b"9" * 5_000 + b"}}", b'{"as": "done", "as": "retry"}',
    b'{"as": "done", "observed": ' + b'{"a":' * 400 + b"1" + b"}" * 401,
]  # fmt: skip
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats()
    | st.text(max_size=8) | st.sampled_from(ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner,
                                                                max_size=3),
    max_leaves=6,
)  # fmt: skip
DECISIONS = st.fixed_dictionaries(
    {"as": st.sampled_from(["retry", "done", "reject", "x"])},
    optional={"why": TREES, "observed": TREES, "surplus": TREES},
)


@pytest.fixture
def admin(store: Store) -> dict[str, str]:
    key = key_for(store, Role.ADMIN)
    return {"authorization": f"Bearer {key}", "content-type": "application/json"}


def held(api: Api, number: int) -> int:
    """A new hold's number."""
    assert api.post(b'{"%d' % number).status_code == 200
    assert api.application is not None
    context: ApiContext = api.application.framework.state.context
    with context.deployment.store.transaction() as tx:
        hold_id: int = tx.rows("SELECT max(hold_id) AS hold_id FROM hold")[0].hold_id
    return hold_id


def test_odd_bodies_are_refused_by_name(api: Api, admin: dict[str, str]) -> None:
    for number, body in enumerate(ODD_BODIES):
        hold_id = held(api, number)
        reply = api.client.post(RELEASE.format(hold_id), content=body, headers=admin)
        assert reply.status_code in (200, 400, 409, 413, 422), (body[:40], reply.text)
        if reply.status_code != 200:
            assert reply.headers["content-type"] == "application/problem+json"
            assert {"reason", "remedy"} <= set(reply.json())


def test_odd_texts_in_paths_and_queries_are_answered(api: Api, admin: dict[str, str]) -> None:
    for text in ODD_TEXTS:
        sent = text.encode("utf-8", "surrogatepass").decode("latin-1")
        for path, query in (
            ("/v1/orders", {"status": sent, "connection": sent}),
            ("/v1/holds", {"code": sent, "owner": sent, "connection": sent}),
        ):
            reply = api.client.get(path, params=query, headers=admin)
            unstorable = "\0" in text
            assert reply.status_code == (422 if unstorable else 200), (path, text)
    for escaped in (
        "%00",
        "a%00b",
        "%ff",
        "%ed%a0%80",
        "%2e%2e%2f",
        "message:%00",
        "hold:" + "9" * 99,
    ):
        for path in (f"/v1/orders/{escaped}", f"/v1/orders/{escaped}/timeline"):
            reply = api.client.get(path, headers=admin)
            assert reply.status_code in (404, 409, 422), (path, reply.text)


def test_decisions_of_any_shape_are_answered(api: Api, admin: dict[str, str]) -> None:
    hold_id = held(api, 1)

    @settings(
        max_examples=120, derandomize=True, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(DECISIONS)
    def decide(decision: dict[str, Any]) -> None:
        nonlocal hold_id
        body = json.dumps(decision).encode()
        reply = api.client.post(RELEASE.format(hold_id), content=body, headers=admin)
        assert reply.status_code in (200, 400, 409, 422), (body, reply.text)
        if reply.status_code == 200:
            hold_id = held(api, hold_id + 1)

    decide()
