"""Read a request's body within its limits of size and time."""

import asyncio

from crossdock.api.asgi import Receive

DRAINED_TIMES = 4
"""So many times the limit is read and thrown away, for the sender to hear the answer."""


class BodyRefused(Exception):
    """The body cannot be taken."""


class TooLarge(BodyRefused):
    """More bytes than the limit."""


class TooSlow(BodyRefused):
    """The sender did not finish in time."""


class SenderGone(BodyRefused):
    """The connection was closed before the body was complete."""


async def read_body(receive: Receive, bytes_max: int, seconds_max: float) -> bytes:
    """The whole body. Raises TooLarge, TooSlow, SenderGone; never holds more than the limit."""
    try:
        async with asyncio.timeout(seconds_max):
            message = await receive()
            body: bytes = message.get("body", b"")
            if not message.get("more_body") and message["type"] == "http.request":
                if len(body) > bytes_max:
                    raise TooLarge
                return body
            return await _rest(receive, message["type"], body, bytes_max)
    except TimeoutError:
        raise TooSlow from None


async def _rest(receive: Receive, kind: str, first: bytes, bytes_max: int) -> bytes:
    chunks, size, more = [first], len(first), True
    while more and size <= bytes_max * DRAINED_TIMES:
        if kind == "http.disconnect":
            raise SenderGone
        message = await receive()
        kind, chunk, more = (
            message["type"],
            message.get("body", b""),
            message.get("more_body", False),
        )
        size += len(chunk)
        if size <= bytes_max:
            chunks.append(chunk)
        else:
            chunks.clear()
    if kind == "http.disconnect":
        raise SenderGone
    if size > bytes_max:
        raise TooLarge
    return b"".join(chunks)
