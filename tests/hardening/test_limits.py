"""Limits of size and time at the real socket: passed by one sender, felt by nobody else (R1)."""

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from crossdock.engine.store import Store
from tests.hardening.raw_http import connect, exchange, head, heard, signed_request
from tests.support.api_fixtures import NARROW
from tests.support.api_server import Api, order_body, signed, wait_for

BODY = order_body(1)
GET = b"GET /health HTTP/1.1"
OTHERS_SECONDS_MAX = 15.0
"""For a request beside slow ones; without them it takes milliseconds."""


def deliveries(store: Store) -> int:
    with store.transaction() as tx:
        return len(tx.rows("SELECT delivery_id FROM delivery"))


def others_are_served(api: Api, number: int) -> None:
    started = time.monotonic()
    assert api.post(order_body(number)).status_code == 200
    assert time.monotonic() - started < OTHERS_SECONDS_MAX


def test_heads_are_bounded_in_bytes_and_number(narrow_api: Api, store: Store) -> None:
    big = NARROW.head_bytes_max
    hostile = {
        "one long header": signed_request(BODY, b"x-a: " + b"a" * big),
        "a long name": signed_request(BODY, b"a" * big + b": a"),
        "many headers": signed_request(BODY, *[b"x-%d: a" % n for n in range(NARROW.headers_max)]),
        "many many headers": signed_request(BODY, *[b"x-%d: a" % n for n in range(50_000)]),
        "a long path": head(request=b"POST /hooks/" + b"a" * big + b" HTTP/1.1"),
        "a head without end": head().removesuffix(b"\r\n") + b"x: " + b"a" * 2_000_000,
        "a framework route": head([b"x-a: " + b"a" * big], request=GET),
        "many for a framework route": head([b"x-%d: a" % n for n in range(200)], request=GET),
    }
    for name, request in hostile.items():
        answer = exchange(narrow_api.port, request)
        assert (answer.statuses, answer.closed) in (([431], True), ([], True)), name
        assert b"application/problem+json" in answer.raw or not answer.raw
    assert deliveries(store) == 0
    others_are_served(narrow_api, 2)


def test_a_head_within_its_limits_is_served_in_any_pieces(narrow_api: Api, store: Store) -> None:
    request = signed_request(BODY, b"x-note: " + b"a" * 5_000, b"connection: close")
    with connect(narrow_api.port) as connection:
        for start in range(0, len(request), 1_000):
            connection.sendall(request[start : start + 1_000])
        assert heard(connection).statuses == [200]
    assert exchange(narrow_api.port, signed_request(BODY) * 3, 3).statuses == [200] * 3
    assert deliveries(store) == 4


def drip_head(port: int) -> list[int]:
    """A head of a byte at a time, until it is answered; the seconds are the server's."""
    with connect(port) as connection:
        request, sent = signed_request(BODY), 0
        connection.settimeout(0.05)
        while sent < len(request):
            connection.sendall(request[sent : sent + 1])
            sent += 1
            try:
                return [int(connection.recv(1_000)[9:12] or b"0")]
            except TimeoutError:
                continue
    return []


def silent(port: int) -> list[int]:
    with connect(port) as connection:
        return heard(connection).statuses


def half_a_second_head(port: int) -> list[int]:
    with connect(port) as connection:
        connection.sendall(head(request=GET) + b"POST /ho")
        connection.settimeout(10)
        connection.recv(1_000)
        connection.sendall(b"o")
        return heard(connection).statuses


def half_a_framework_body(port: int) -> list[int]:
    request = b"POST /v1/holds/1/release HTTP/1.1"
    with connect(port) as connection:
        connection.sendall(head([b"content-length: 10"], request=request) + b"{")
        return heard(connection).statuses


def half_chunked(port: int) -> list[int]:
    with connect(port) as connection:
        connection.sendall(head([b"transfer-encoding: chunked"], given=signed(BODY)) + b"5\r\nab")
        return heard(connection).statuses


@pytest.mark.parametrize(
    ("slow", "statuses"),
    [
        (drip_head, [408]), (silent, []), (half_a_second_head, [408]),
        (half_a_framework_body, [408]), (half_chunked, [408]),
    ],
)  # fmt: skip
def test_slow_senders_are_let_go(
    narrow_api: Api, store: Store, slow: Callable[[int], list[int]], statuses: list[int]
) -> None:
    assert slow(narrow_api.port) == statuses
    assert deliveries(store) == 0


def test_beside_three_hundred_slow_senders_others_are_served(narrow_api: Api, store: Store) -> None:
    slow = [connect(narrow_api.port) for _ in range(300)]
    for number, connection in enumerate(slow):
        connection.sendall(signed_request(BODY)[: 20 if number % 2 else -3])
    for number in range(10, 20):
        others_are_served(narrow_api, number)
    assert all(heard(connection).closed for connection in slow)
    assert deliveries(store) == 10


def test_what_goes_on_after_its_answer_is_bounded(narrow_api: Api) -> None:
    """A body nobody reads: the sender hears its answer, and cannot go on for ever."""
    within = b"a" * (NARROW.body_bytes_max - 100)
    request = head([b"content-length: %d" % len(within)], request=b"POST /hooks/nobody HTTP/1.1")
    follows = head([b"connection: close"], request=GET)
    assert exchange(narrow_api.port, request + within + follows).statuses == [404, 200]
    endless = head([b"content-length: 1000000000"], request=b"POST /hooks/nobody HTTP/1.1")
    answer = exchange(narrow_api.port, endless + b"a" * NARROW.body_bytes_max * 8)
    assert (answer.statuses, answer.closed) in (([404], True), ([], True))


def test_a_chunked_body_without_end_is_cut_off(narrow_api: Api, store: Store) -> None:
    chunk = b"1000\r\n" + b"a" * 4096 + b"\r\n"
    request = head([b"transfer-encoding: chunked"], given=signed(BODY)) + chunk * 200
    answer = exchange(narrow_api.port, request)
    assert (answer.statuses, answer.closed) in (([413], True), ([], True))
    body = b"x" * (NARROW.request_bytes_max + 1)
    reply = narrow_api.client.post("/v1/holds/1/release", content=body)
    assert (reply.status_code, reply.json()["field"]) == (413, "body")
    assert deliveries(store) == 0
    others_are_served(narrow_api, 2)


def bombs() -> dict[str, bytes]:
    """A hundred megabytes of nothing, in few bytes."""
    nothing = bytes(100_000_000)
    raw = zlib.compressobj(9, wbits=-15)
    return {
        "gzip": gzip.compress(nothing, 1)[:49_000],
        "deflate": (raw.compress(nothing) + raw.flush())[:49_000],
        "br": b"\xcf\xff\xff\x7f\xf8'\x00\xe2\xb1@\x20\xf0\xff\x0f" * 100,
    }


def test_encoded_bodies_are_kept_as_they_are_and_never_unpacked(
    narrow_api: Api, store: Store
) -> None:
    """Signed and unreadable: a person sees it (a 4xx would end the shop's subscription)."""
    found = bombs()
    tracemalloc.start()
    for coding, bomb in found.items():
        headers = {**signed(bomb), "content-encoding": coding}
        assert narrow_api.post(bomb, headers=headers).status_code == 200
        assert narrow_api.post(bomb, headers={"content-encoding": coding}).status_code == 401
        reply = narrow_api.client.post(
            "/v1/holds/1/release", content=bomb[:4_000], headers={"content-encoding": coding}
        )
        assert reply.status_code in (401, 422)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    with store.transaction() as tx:
        kept = tx.rows("SELECT d.body, m.state FROM delivery d JOIN message m USING (delivery_id)")
    assert sorted(bytes(k.body) for k in kept) == sorted(found.values())
    assert {k.state for k in kept} == {"held"}


def test_a_sender_that_leaves_in_the_middle_leaves_nothing(narrow_api: Api, store: Store) -> None:
    whole = signed_request(BODY)
    for cut in (1, 20, len(whole) - len(BODY), len(whole) - 1):
        with connect(narrow_api.port) as connection:
            connection.sendall(whole[:cut])
    others_are_served(narrow_api, 2)
    wait_for(lambda: narrow_api.waiting_for_commit() == 0)
    assert deliveries(store) == 1
