"""Every answer of the receiving path, and what stands in the database afterwards."""

import json
import re
import select
import socket
from collections.abc import Iterator

import psycopg
import pytest

from crossdock.api.settings import ApiSettings
from crossdock.engine.store import Store
from crossdock.engine.sweep import SQL as SWEEP_SQL
from tests.support.api_server import (
    ENVIRONMENT,
    SECRET,
    TOKEN,
    Api,
    api_in_thread,
    order_body,
    signed,
    wait_for,
)


def rows(store: Store, statement: str) -> list:
    with store.transaction() as tx:
        return tx.rows(statement)


def count(store: Store, table: str) -> int:
    return {
        "message": rows(store, "SELECT count(*) FROM message"),
        "delivery": rows(store, "SELECT count(*) FROM delivery"),
    }[table][0][0]


def refusals(store: Store) -> dict[str, int]:
    return {r.reason: r.count for r in rows(store, "SELECT reason, count FROM refused_arrival")}


def test_a_signed_webhook_is_kept_byte_for_byte(api: Api, store: Store) -> None:
    body = order_body(1, note="ä€\u2028")
    assert api.post(body).status_code == 200
    (kept,) = rows(
        store,
        "SELECT d.body, d.topic, m.state FROM message m JOIN delivery d USING (delivery_id)",
    )
    assert (bytes(kept.body), kept.topic, kept.state) == (body, "orders/create", "waiting")


def test_a_second_arrival_is_logged_and_points_at_the_first(api: Api, store: Store) -> None:
    for _ in range(3):
        assert api.post(order_body(1)).status_code == 200
    assert count(store, "message") == 1
    found = rows(store, "SELECT duplicate, message_key FROM delivery ORDER BY delivery_id")
    assert [r.duplicate for r in found] == [False, True, True]
    assert len({r.message_key for r in found}) == 1


def test_bad_signatures_are_counted_and_never_stored(api: Api, store: Store) -> None:
    for headers in ({}, signed(order_body(1), secret="wrong"), signed(b"another body")):
        reply = api.post(order_body(1), headers=headers)
        assert reply.status_code == 401
        assert set(reply.json()) >= {"field", "reason", "remedy"}
    assert count(store, "delivery") == 0
    wait_for(lambda: refusals(store) == {"bad_signature": 3})


NOTE_TRANSACTIONS = """
CREATE TABLE crossdock.noted (transaction xid8 PRIMARY KEY);
CREATE FUNCTION crossdock.note() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO crossdock.noted VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON crossdock.refused_arrival
FOR EACH ROW EXECUTE FUNCTION crossdock.note()
"""


def test_a_flood_of_refusals_is_counted_in_few_transactions(
    api: Api, store: Store, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(NOTE_TRANSACTIONS)
        for _ in range(200):
            assert api.post(order_body(1), headers={}).status_code == 401
        wait_for(lambda: refusals(store) == {"bad_signature": 200})
        (noted,) = owner.execute("SELECT count(*) FROM crossdock.noted").fetchall()
    assert 1 <= noted[0] < 50


@pytest.fixture
def narrow_api(database: str, shop_id: int) -> Iterator[Api]:
    settings = ApiSettings(body_bytes_max=10_000, body_seconds_max=0.6)
    with api_in_thread(database, settings) as running:
        yield running


def ensure_stream(store: Store, shop_id: int) -> None:
    now = store.clock().now()
    with store.transaction() as tx:
        tx.run(
            SWEEP_SQL.ensure_stream, connection_id=shop_id, company_id=1, stream="orders",
            projection=None, max_age=None, interval=600, now=now,
        )  # fmt: skip
        tx.run("UPDATE stream SET due_at = %(later)s", later=now.replace(year=now.year + 1))


def is_due(store: Store) -> bool:
    now = store.clock().now()
    return bool(rows(store, "SELECT due_at FROM stream")[0].due_at <= now)


@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_is_refused_held_once_and_left_to_the_sweep(
    narrow_api: Api, store: Store, shop_id: int, chunked: bool
) -> None:
    ensure_stream(store, shop_id)
    body = order_body(1, note="x" * 10_000)
    for _ in range(2):
        content = iter([body[:4000], body[4000:]]) if chunked else body
        reply = narrow_api.client.post("/hooks/shop", content=content, headers=signed(body))
        assert reply.status_code == 413
        assert reply.json()["field"] == "body"
    wait_for(lambda: refusals(store) == {"too_large": 2})
    assert count(store, "delivery") == 0
    assert [h.code for h in rows(store, "SELECT code FROM hold")] == ["too_large"]
    wait_for(lambda: is_due(store))


def test_a_body_of_exactly_the_limit_is_kept(narrow_api: Api, store: Store) -> None:
    body = order_body(1, note="")
    body = order_body(1, note="x" * (10_000 - len(body)))
    assert len(body) == 10_000
    assert narrow_api.post(body).status_code == 200
    assert count(store, "message") == 1


def half_a_request(port: int) -> socket.socket:
    body = order_body(1)
    lines = [f"{n}: {v}" for n, v in signed(body).items()]
    head = "\r\n".join(
        ["POST /hooks/shop HTTP/1.1", "host: x", f"content-length: {len(body)}", *lines]
    )
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(head.encode() + b"\r\n\r\n" + body[:10])
    return connection


def test_a_slow_sender_is_answered_408_and_nothing_is_stored(narrow_api: Api, store: Store) -> None:
    with half_a_request(narrow_api.port) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")
    assert count(store, "delivery") == 0
    assert narrow_api.post(order_body(2)).status_code == 200


def test_large_bodies_on_their_way_together_are_bounded_and_keep_no_ordinary_one_out(
    database: str, shop_id: int
) -> None:
    """The limit is of all together: of two that pass it, one is told to come back."""
    settings = ApiSettings(body_bytes_max=1_000_000, reading_bytes_max=300_000)
    with (
        api_in_thread(database, settings) as api,
        beginning_of(api.port, 250_000) as one,
        beginning_of(api.port, 250_000) as other,
    ):
        answered, _, _ = select.select([one, other], [], [], 30)
        assert [each.recv(1000)[:13] for each in answered] == [b"HTTP/1.1 503 "]
        assert api.post(order_body(2)).status_code == 200
        with half_a_request(api.port) as small:
            small.settimeout(0.3)
            with pytest.raises(TimeoutError):
                small.recv(1000)


def beginning_of(port: int, size: int) -> socket.socket:
    """A request that never ends: so many bytes of a larger body."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = "POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n"
    connection.sendall(head.encode() + b"x" * size)
    return connection


def test_a_sender_that_goes_away_leaves_nothing(api: Api, store: Store) -> None:
    half_a_request(api.port).close()
    assert api.post(order_body(2)).status_code == 200
    assert count(store, "delivery") == 1


@pytest.mark.parametrize("path", ["/hooks/", "/hooks/nobody", "/hooks/nobody/token", "/hooks/%00"])
def test_an_unknown_connection_is_not_found(api: Api, path: str) -> None:
    reply = api.post(order_body(1), path=path)
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"


def test_only_post_is_taken(api: Api) -> None:
    reply = api.get("/hooks/shop")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


MALFORMED = [
    b"", b"{", b"null", b"[]", b"1", b"\xff\xfe\x00", b"\x00", b"[" * 50_000, b'{"id": "x"}',
    b'{"id": 1e400, "updated_at": 1}', b'{"id": -1, "updated_at": "2026-03-29T18:00:27Z"}',
    b'{"id": 1, "updated_at": "yesterday"}', b'{"id": 1, "updated_at": "2026-03-29T18:00:27"}',
    b'{"id": 1, "updated_at": "2026\\u0000"}', b'{"id": 1, "updated_at": "\\ud800"}',
    b'{"id": 99999999999999999999999999, "updated_at": "2026-03-29T18:00:27Z"}',
    b'{"id": 1, "updated_at": "0001-01-01T00:00:00+14:00"}',
]  # fmt: skip


def test_signed_but_malformed_is_kept_and_held(api: Api, store: Store) -> None:
    for body in MALFORMED:
        assert api.post(body).status_code == 200, body
    odd = [
        (n.encode(), v.encode("latin-1")) for n, v in signed(order_body(1), "no/such\u00e9").items()
    ]
    assert api.client.post("/hooks/shop", content=order_body(1), headers=odd).status_code == 200
    kept = rows(store, "SELECT state FROM message")
    assert [r.state for r in kept] == ["held"] * (len(MALFORMED) + 1)
    holds = rows(store, "SELECT code, reason, fix, owner FROM hold WHERE message_id IS NOT NULL")
    assert len(holds) == len(kept)
    assert all(h.code == "unreadable" and h.reason and h.fix and h.owner for h in holds)


def test_not_http_at_all_is_answered(api: Api) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00 not http\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert api.post(order_body(1)).status_code == 200


def test_a_hint_makes_its_stream_due(api: Api, store: Store, shop_id: int) -> None:
    ensure_stream(store, shop_id)
    assert api.post(b'{"order_edit": {}}', topic="orders/edited").status_code == 200
    wait_for(lambda: is_due(store))
    assert count(store, "delivery") == 0


def test_secrets_are_not_kept(api: Api, store: Store) -> None:
    body = order_body(1)
    headers = signed(body) | {
        "authorization": "Bearer a", "cookie": "b=c", "x-api-key": "d", "x-vendor": TOKEN,
        "x-kept": "e",
    }  # fmt: skip
    assert api.post(body, path="/hooks/shop/the-token", headers=headers).status_code == 200
    (row,) = rows(store, "SELECT headers FROM delivery")
    kept = json.loads(bytes(row.headers))
    assert kept["x-kept"] == "e"
    assert not {"authorization", "cookie", "x-api-key", "x-vendor", "x-crossdock-token"} & set(kept)
    assert not re.search(f"the-token|{SECRET}|{TOKEN}", json.dumps(kept))


def test_a_paused_connection_still_receives(database: str, store: Store, shop_id: int) -> None:
    with store.transaction() as tx:
        tx.run("UPDATE connection SET paused = true")
    with api_in_thread(database) as api:
        assert api.post(order_body(1)).status_code == 200
    assert count(store, "message") == 1


def test_a_full_queue_is_answered_503(database: str, store: Store, shop_id: int) -> None:
    with api_in_thread(database, ApiSettings(waiting_max=0)) as api:
        reply = api.post(order_body(1))
        assert reply.status_code == 503
        assert int(reply.headers["retry-after"]) > 0
    assert count(store, "delivery") == 0


def test_a_connection_that_was_left_out_asks_for_the_webhook_again(
    database: str, shop_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    with api_in_thread(database) as api:
        reply = api.client.post("/hooks/shop", content=b"{}")
    assert reply.status_code == 503
    assert reply.headers["retry-after"]
