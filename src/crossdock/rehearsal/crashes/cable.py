"""A cable between two hosts: a TCP relay that can go dead without telling either end.

What is sent into a dead connection is accepted and vanishes, as behind a firewall that has
forgotten it: no FIN, no RST, and the socket's own keepalive is still answered.
"""

import asyncio
import socket
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from crossdock.testing.threaded_server import BACKLOG, HOST, ThreadedServer

CHUNK = 64 * 1024
PLAIN = "sslmode=disable&gssencmode=disable"
"""The first bytes of a session are its startup message, with its application's name."""


@dataclass(slots=True, eq=False)
class _Line:
    """One connection."""

    first: bytes
    dead: bool = False
    client: asyncio.StreamWriter | None = None


class Cable(ThreadedServer):
    """`with Cable(target) as cable:` relays to a Unix socket or to (host, port).

    It listens on loopback, or on `listener`, a bound socket, if one is given.
    """

    def __init__(
        self, target: Path | tuple[str, int], listener: socket.socket | None = None
    ) -> None:
        super().__init__()
        self._target = target
        self._listener = listener
        self._cut = False
        self._lines: set[_Line] = set()
        self.counts: Counter[str] = Counter()
        """`relayed` connections, `cut` ones, and those `unanswered` while all was cut."""

    def database_url(self, url: str, *others: "Cable") -> str:
        """The same database by this cable; with `others`, whichever of their servers is primary."""
        parts = urlsplit(url)
        user = f"{quote(parts.username or '')}:{quote(parts.password or '')}"
        hosts = ",".join(f"{HOST}:{cable.port}" for cable in (self, *others))
        query = f"{PLAIN}&target_session_attrs=read-write" if others else PLAIN
        return urlunsplit(parts._replace(netloc=f"{user}@{hosts}", query=query))

    def cut(self) -> None:
        """Everything is dead for ever; new connections are taken and never answered."""
        self._cut = True
        self.cut_open(b"")

    def give_up(self) -> None:
        """Reset the clients' side of dead connections, as TCP does after some time of silence."""
        self._loop.call_soon_threadsafe(self._reset_dead)

    def _reset_dead(self) -> None:
        for line in self._lines:
            if line.dead and line.client is not None:
                line.client.transport.abort()

    def mend(self) -> None:
        """New connections are relayed again."""
        self._cut = False

    def cut_open(self, startup: bytes) -> int:
        """Only open connections whose first bytes contain that are dead; returns how many."""
        found = [line for line in list(self._lines) if not line.dead and startup in line.first]
        for line in found:
            line.dead = True
        self.counts["cut"] += len(found)
        return len(found)

    def alive(self, startup: bytes) -> int:
        """Open connections that work, and whose first bytes contain that."""
        return sum(1 for line in list(self._lines) if not line.dead and startup in line.first)

    async def _listen(self) -> asyncio.Server:
        if self._listener is not None:
            return await asyncio.start_server(self._relay, sock=self._listener, backlog=BACKLOG)
        return await asyncio.start_server(self._relay, HOST, self.port, backlog=BACKLOG)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer.transport)  # type: ignore[arg-type]  # TCP: a full Transport
        line = _Line(await reader.read(CHUNK), self._cut, writer)
        self._lines.add(line)
        try:
            if line.dead:
                self.counts["unanswered"] += 1
                await _swallow(reader)
                return
            up_reader, up_writer = await self._connect()
            self._open.add(up_writer.transport)  # type: ignore[arg-type]
            self.counts["relayed"] += 1
            up_writer.write(line.first)
            ways = ((reader, up_writer), (up_reader, writer))
            await asyncio.gather(*(_carry(line, *way) for way in ways))
        except (OSError, asyncio.CancelledError):  # the cable is taken away with all its ends
            writer.close()
        finally:
            self._lines.discard(line)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(str(self._target))
        return await asyncio.open_connection(*self._target)


async def _carry(line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the end of this direction; of a dead line, the other end never hears of it."""
    try:
        while data := await reader.read(CHUNK):
            if not line.dead:
                writer.write(data)
                await writer.drain()
    except OSError:
        pass
    if not line.dead:
        writer.close()


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK):
        pass
