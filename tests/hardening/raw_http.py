"""HTTP as a hostile sender writes it: bytes on a socket."""

import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tests.support.api_server import signed

HOOK = b"POST /hooks/shop HTTP/1.1"


@dataclass(frozen=True, slots=True)
class Answers:
    """All that came back until the other side was silent or closed."""

    raw: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The statuses of all answers, in order."""
        return [int(part[:3]) for part in self.raw.split(b"HTTP/1.1 ")[1:]]


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def head(
    lines: Iterable[bytes] = (), *, request: bytes = HOOK, given: Mapping[str, str] | None = None
) -> bytes:
    """A request's head; `given` headers as they are, `lines` raw."""
    headers = [f"{n}: {v}".encode() for n, v in (given or {}).items()]
    return b"\r\n".join([request, b"host: x", *headers, *lines]) + b"\r\n\r\n"


def signed_request(body: bytes, *lines: bytes) -> bytes:
    """A webhook that would be kept, with more header lines."""
    length = b"content-length: %d" % len(body)
    return head([length, *lines], given=signed(body)) + body


def heard(connection: socket.socket, seconds: float = 20) -> Answers:
    """What is answered until the other side closes, or says nothing for so long."""
    connection.settimeout(seconds)
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except TimeoutError:
        return Answers(b"".join(parts), closed=False)
    except ConnectionResetError:
        pass
    return Answers(b"".join(parts), closed=True)


def exchange(port: int, data: bytes, seconds: float = 20) -> Answers:
    """One connection: everything sent at once, then listening until it is closed."""
    with connect(port) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return heard(connection, seconds)
