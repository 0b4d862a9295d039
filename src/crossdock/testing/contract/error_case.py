"""One way a call can end, and the errors it must become."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from crossdock.ports.errors import Ambiguous, ConnectorError, RateLimited, Unavailable

Answer = Callable[[httpx.Request], httpx.Response]

JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = "<html>"
"""What a proxy says."""


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """One reply (or failure to reply) and the errors it must become."""

    name: str
    answer: Answer
    reading: type[ConnectorError] | None
    """When a read got it; None: it is a success."""
    writing: type[ConnectorError] | None
    """When a write got it."""
    retry_after_seconds: float | None = None
    """For RateLimited."""


def replies(
    status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """An HTTP reply."""
    return lambda _request: httpx.Response(status, content=body, headers=headers)


def breaks(error: type[httpx.TransportError]) -> Answer:
    """A transport that fails."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("struck by the test", request=request)

    return fail


def same(name: str, answer: Answer, error: type[ConnectorError]) -> ErrorCase:
    """Reading and writing get the same error."""
    return ErrorCase(name, answer, error, error)


def unknown(name: str, answer: Answer) -> ErrorCase:
    """A read is repeated; of a write nobody knows whether it took effect."""
    return ErrorCase(name, answer, Unavailable, Ambiguous)


def limited(name: str, answer: Answer, seconds: float) -> ErrorCase:
    """Too often; the wait in seconds."""
    return ErrorCase(name, answer, RateLimited, RateLimited, seconds)
