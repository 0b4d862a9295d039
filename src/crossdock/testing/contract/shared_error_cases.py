"""What networks, proxies and broken replies do, whatever system is behind them."""

from collections.abc import Iterator, Mapping, Sequence

import httpx

from crossdock.ports.errors import NotAuthorised, Rejected, Unavailable
from crossdock.testing.contract.error_case import (
    HTML,
    JSON,
    PAGE,
    Answer,
    ErrorCase,
    breaks,
    limited,
    replies,
    same,
    unknown,
)

TransportErrors = Sequence[type[httpx.TransportError]]

NOT_SENT: TransportErrors = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""The request never left: it changed nothing."""
PERHAPS_SENT: TransportErrors = (
    httpx.WriteError, httpx.WriteTimeout, httpx.ReadError, httpx.ReadTimeout,
    httpx.RemoteProtocolError,
)  # fmt: skip
"""Nobody knows whether it was served."""
UNREADABLE: Mapping[str, bytes | str] = {
    "a page": PAGE, "cut short": '{"ids": [1', "nothing": "", "no text": b"\xff\xfe\x00",
    "nested too deep": "[" * 100_000, "a number too large": "1" * 5000,
}  # fmt: skip
"""Bodies that say nothing."""
RETRY_AFTER_SECONDS = {"4": 4, "2.0": 2, "0": 1, "999999": 3600, "9" * 40: 3600}
"""What a header asks for: between a second and an hour."""
NO_RETRY_AFTER = ("soon", "-1", "²", "Sat, 21 Nov 2026 08:00:00 GMT")
"""Headers that say no number of seconds."""
REFUSED_STATUS = {
    400: Rejected, 401: NotAuthorised, 403: NotAuthorised, 404: NotAuthorised, 405: Rejected,
    413: Rejected, 415: Rejected,
}  # fmt: skip
"""Answered by something before the system: what it refuses, it refuses at once."""
UNKNOWN_STATUS = (408, 500, 502, 503, 504)
"""Answered by something before the system: what happened behind it nobody knows."""


def shared_cases(retry_after_default_seconds: float) -> Iterator[ErrorCase]:
    """`retry_after_default_seconds`: the connector's own wait where a reply names none."""
    for error in NOT_SENT:
        yield same(error.__name__, breaks(error), Unavailable)
    for error in PERHAPS_SENT:
        yield unknown(error.__name__, breaks(error))
    for name, body in UNREADABLE.items():
        yield unknown(f"200 with {name}", replies(200, body, JSON))
        yield unknown(f"500 with {name}", replies(500, body, JSON))
    yield unknown("200 page", replies(200, PAGE, HTML))
    for status, refusal in REFUSED_STATUS.items():
        yield same(f"{status} page", replies(status, PAGE, HTML), refusal)
    for status in UNKNOWN_STATUS:
        yield unknown(f"{status} page", replies(status, PAGE, HTML))
        yield unknown(f"{status} empty", replies(status))
    yield limited("429 plain", replies(429), retry_after_default_seconds)
    for text, seconds in RETRY_AFTER_SECONDS.items():
        yield limited(f"429 in {text}", _too_often(text), seconds)
    for text in NO_RETRY_AFTER:
        yield limited(f"429 in {text}", _too_often(text), retry_after_default_seconds)


def _too_often(retry_after: str) -> Answer:
    headers = httpx.Headers([(b"retry-after", retry_after.encode("latin-1"))])
    return replies(429, "", headers)
