"""Requests whose end two readers could see in different places are refused whole (R1)."""

import pytest

from crossdock.engine.store import Store
from tests.hardening.raw_http import Answers, exchange, head, signed_request
from tests.support.api_server import Api, order_body, signed

BODY = order_body(1)
INNER = signed_request(order_body(666))
"""What an attacker would like to have read as a second request."""
LENGTH = b"content-length: %d" % len(BODY)
CHUNKED = b"transfer-encoding: chunked"
END = b"0\r\n\r\n"


def with_lines(*lines: bytes, body: bytes = BODY) -> bytes:
    return head(lines, given=signed(BODY)) + body


REFUSED = {
    "length and chunked": with_lines(LENGTH, CHUNKED, body=END + INNER),
    "chunked and length": with_lines(CHUNKED, LENGTH, body=END + INNER),
    "two lengths": with_lines(b"content-length: 0", LENGTH, body=BODY),
    "two equal lengths": with_lines(LENGTH, LENGTH),
    "a list of lengths": with_lines(LENGTH + b", 5"),
    "a negative length": with_lines(b"content-length: -1"),
    "a length with a sign": with_lines(b"content-length: +5"),
    "a length in hex": with_lines(b"content-length: 0x10"),
    "a length past 64 bits": with_lines(b"content-length: 99999999999999999999999"),
    "chunked twice": with_lines(b"transfer-encoding: chunked, chunked", body=END + INNER),
    "chunked not last": with_lines(b"transfer-encoding: chunked, identity", body=END + INNER),
    "an unknown coding": with_lines(b"transfer-encoding: xchunked", LENGTH),
    "obs-fold": with_lines(LENGTH, b"x-note: a", b"  folded"),
    "a folded coding": with_lines(b"transfer-encoding:", b" chunked", LENGTH, body=END + INNER),
    "space before the colon": with_lines(b"content-length : %d" % len(BODY)),
    "space before the name": with_lines(b" content-length: %d" % len(BODY)),
    "NUL in a value": with_lines(LENGTH, b"x-note: a\0b"),
    "NUL in a name": with_lines(LENGTH, b"x-\0: a"),
    "a bare CR in a value": with_lines(LENGTH, b"x-note: a\rX-Evil: b"),
    "no name": with_lines(LENGTH, b": a"),
    "no colon": with_lines(LENGTH, b"x-note"),
    "a chunk size past 64 bits": with_lines(CHUNKED, body=b"fffffffffffffffff\r\n" + INNER),
    "a chunk size that is no number": with_lines(CHUNKED, body=b"zz\r\n" + INNER),
    "a negative chunk size": with_lines(CHUNKED, body=b"-1\r\n" + INNER),
    "more than the chunk's size": with_lines(CHUNKED, body=b"1\r\nabc\r\n" + END),
    "another protocol": b"POST /hooks/shop HTTP/9.9\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\r\n\r\n",
}


@pytest.mark.parametrize("half", [0, 1])
def test_ambiguous_requests_are_refused_and_nothing_behind_them_is_read(
    narrow_api: Api, store: Store, half: int
) -> None:
    answers: dict[str, Answers] = {}
    for name in list(REFUSED)[half::2]:
        answers[name] = exchange(narrow_api.port, REFUSED[name])
    refusals = {n: a.statuses for n, a in answers.items()}
    assert {n: s for n, s in refusals.items() if s != [400]} == {}
    assert all(answer.closed for answer in answers.values())
    with store.transaction() as tx:
        assert tx.rows("SELECT * FROM delivery") == []
    assert narrow_api.post(order_body(2)).status_code == 200


def test_the_good_request_is_good(narrow_api: Api, store: Store) -> None:
    whole = signed_request(BODY, b"connection: close")
    chunks = b"%x\r\n%s\r\n" % (len(BODY), BODY)
    chunked = with_lines(CHUNKED, b"connection: close", body=chunks + END)
    assert [exchange(narrow_api.port, r).statuses for r in (whole, chunked)] == [[200], [200]]
    with store.transaction() as tx:
        assert [d.duplicate for d in tx.rows("SELECT duplicate FROM delivery")] == [False, True]


def test_a_body_that_looks_like_a_request_stays_a_body(narrow_api: Api, store: Store) -> None:
    """The inner request is signed, its wrapping is not: nothing of it may be kept."""
    outer = head([b"content-length: %d" % len(INNER), b"connection: close"]) + INNER
    assert exchange(narrow_api.port, outer).statuses == [401]
    with store.transaction() as tx:
        assert tx.rows("SELECT * FROM delivery") == []
