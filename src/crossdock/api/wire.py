"""Around the server's own HTTP protocol: heads of requests are bounded in bytes and in time.

The server bounds neither: a sender could hold a connection open for ever, a byte at a time, or
fill the memory with headers. Bodies have limits of their own (`hooks.body`); what is still sent
after the answer is thrown away, as long as it stays within the limits of a body.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from crossdock.api.hooks.replies import HEAD_TOO_SLOW, Reply, head_too_large, wire_bytes
from crossdock.api.settings import ApiSettings


class Guarded(asyncio.Protocol):
    """One connection of a sender: what the server's protocol gets to see of it."""

    def __init__(self, inner: Any, settings: ApiSettings) -> None:
        self._inner = inner
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._too_large = head_too_large(settings.head_bytes_max)
        self._size = 0
        """Bytes of what is unfinished: of a head, or of a body after its answer."""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        self._inner.connection_lost(exc)

    def eof_received(self) -> bool | None:
        ended: bool | None = self._inner.eof_received()
        return ended

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Raises nothing; answers and closes when a limit is passed."""
        inner, cycle = self._inner, self._inner.cycle
        if cycle is not None and cycle.more_body and not cycle.response_complete:
            inner.data_received(data)
            return
        room = self._bytes_max() - self._size
        inner.data_received(data[:room] if len(data) > room else data)
        if inner.transport.is_closing():
            return
        if inner.cycle is not cycle:
            self._settle()
            if len(data) > room:
                inner.data_received(data[room:])
        elif len(data) > room:
            self._refuse(self._too_large)
        else:
            self._size += len(data)
            self._arm()

    def _answered_early(self) -> bool:
        """The body goes on after its answer."""
        cycle = self._inner.cycle
        return cycle is not None and cycle.more_body and cycle.response_complete

    def _bytes_max(self) -> int:
        early = self._answered_early()
        return self._settings.body_bytes_max if early else self._settings.head_bytes_max

    def _arm(self) -> None:
        if self._timer is None:
            early = self._answered_early()
            settings = self._settings
            seconds = settings.body_seconds_max if early else settings.head_seconds_max
            self._timer = self._loop.call_later(seconds, self._late)

    def _settle(self) -> None:
        self._size = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        cycle = self._inner.cycle
        if cycle is not None and not cycle.response_complete:
            self._arm()
        else:
            self._refuse(HEAD_TOO_SLOW)

    def _refuse(self, reply: Reply) -> None:
        """Say why, unless another answer is under way or nobody asked for one."""
        transport, cycle = self._inner.transport, self._inner.cycle
        idle = cycle is None or (cycle.response_complete and not cycle.more_body)
        if transport.is_closing():
            return
        if self._size and idle:
            transport.write(wire_bytes(reply))
        transport.close()


def guarded(settings: ApiSettings) -> Callable[..., asyncio.Protocol]:
    """What the server is told to speak: its own HTTP, within the limits of `settings`."""
    inner: Any = AutoHTTPProtocol

    def protocol(**given: Any) -> asyncio.Protocol:
        return Guarded(inner(**given), settings)

    return protocol
