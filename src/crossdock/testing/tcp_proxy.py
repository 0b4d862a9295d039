"""A TCP proxy on loopback that strikes requests to a real server with connection resets.

Two kinds, each counted, by a seeded plan: *before* the whole request was forwarded (the server
gets at most half of it and cannot execute it) and *after* (the server has the whole request and
executes it; its reply is not delivered). A request struck *after* loses its connection either at
once, while the server is still working, or when the reply has come.
"""

import asyncio
import random
import struct
import threading
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from socket import SO_LINGER, SOL_SOCKET

from crossdock.testing.threaded_server import BACKLOG, HOST, ThreadedServer
from crossdock.testing.wire import RequestReader, TwinRequest

CHUNK = 64 * 1024


class Strike(StrEnum):
    """When the connection is reset, seen from the server."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class StrikePlan:
    """At most `before` and `after` resets, each matching request struck with `rate`."""

    before: int = 0
    after: int = 0
    rate: float = 1.0
    paths: tuple[str, ...] = ("*",)
    """Shell patterns of request paths: `*/load`."""
    seed: int = 1


class TcpProxy(ThreadedServer):
    """`with TcpProxy(host, port, plan) as proxy: proxy.url`; `proxy.struck` counts by kind."""

    def __init__(self, upstream_host: str, upstream_port: int, plan: StrikePlan) -> None:
        super().__init__()
        self._upstream = (upstream_host, upstream_port)
        self._lock = threading.Lock()
        self.struck: Counter[str] = Counter()
        """By kind (`before`, `after`), and by `kind path`."""
        self.forwarded = 0
        """Requests that reached the server whole."""
        self.plan(plan)

    def plan(self, plan: StrikePlan) -> None:
        """Put another plan in force; the counters stay."""
        with self._lock:
            self._plan = plan
            self._left = Counter({Strike.BEFORE: plan.before, Strike.AFTER: plan.after})
            self._random = random.Random(plan.seed)

    def _strike(self, path: str) -> Strike | None:
        with self._lock:
            kinds = [kind for kind in Strike if self._left[kind] > 0]
            if not kinds or not any(fnmatchcase(path, p) for p in self._plan.paths):
                return None
            if self._random.random() >= self._plan.rate:
                return None
            kind = self._random.choice(kinds)
            self._left[kind] -= 1
            self.struck[kind.value] += 1
            self.struck[f"{kind.value} {path}"] += 1
            return kind

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._relay, HOST, self.port, backlog=BACKLOG)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer.transport)  # type: ignore[arg-type]  # TCP: a full Transport
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        except OSError:
            _reset(writer)
            return
        replies = asyncio.create_task(_copy(up_reader, writer))
        try:
            while (whole := await _request(reader)) is not None:
                raw, request = whole
                strike = self._strike(request.path)
                if strike is not None:
                    replies.cancel()
                    await asyncio.gather(replies, return_exceptions=True)
                    await self._struck(strike, raw, up_reader, up_writer, writer)
                    return
                self.forwarded += 1
                up_writer.write(raw)
                await up_writer.drain()
            await replies
        except (ConnectionError, asyncio.IncompleteReadError):
            _reset(writer)
        finally:
            replies.cancel()
            up_writer.close()
            writer.close()
            self._open.discard(writer.transport)

    async def _struck(
        self, strike: Strike, raw: bytes, up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter, writer: asyncio.StreamWriter,
    ) -> None:  # fmt: skip
        if strike is Strike.BEFORE:
            if self._random.random() < 0.5:
                up_writer.write(raw[: len(raw) // 2])
                await up_writer.drain()
            _reset(up_writer)
            _reset(writer)
            return
        self.forwarded += 1
        up_writer.write(raw)
        await up_writer.drain()
        at_once = self._random.random() < 0.5
        if at_once:
            _reset(writer)
        await up_reader.read(CHUNK)
        if not at_once:
            _reset(writer)


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, TwinRequest] | None:
    """The next whole request and its bytes; None when the client is done."""
    parser, raw = RequestReader(), bytearray()
    while True:
        data = await reader.read(CHUNK)
        if not data:
            return None
        raw += data
        parser.feed(data)
        request = parser.next()
        if request is not None:
            return bytes(raw), request


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
