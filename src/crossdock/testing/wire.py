"""HTTP/1.1 as a twin speaks it: requests out of bytes, replies into bytes (RFC 9112)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

HEAD_BYTES_MAX = 64 * 1024


class NotHttp(ValueError):
    """The bytes are no HTTP/1.1 request."""


@dataclass(frozen=True, slots=True)
class TwinRequest:
    """One request. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    begun: int = 0
    """Number of effects that stood when the request began: what its transaction can see."""

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class TwinReply:
    """One reply."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False
    """Close the connection after it, as servers without keep-alive do."""

    @classmethod
    def of_json(
        cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> "TwinReply":
        body = json.dumps(value, separators=(",", ":")).encode()
        return cls(status, body, {"content-type": "application/json", **(headers or {})})

    def to_bytes(self, date: str = "") -> bytes:
        """Status line, headers and body; `date` is the value of the Date header."""
        phrase = HTTPStatus(self.status).phrase if self.status in _STATUSES else "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if date:
            lines.append(f"date: {date}")
        lines.append(f"content-length: {len(self.body)}")
        if self.close:
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + self.body


_STATUSES = frozenset(status.value for status in HTTPStatus)


class RequestReader:
    """Collects bytes of one connection and yields whole requests."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> TwinRequest | None:
        """The next whole request, or None while bytes are missing. Raises NotHttp."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise NotHttp("request head is longer than 64 KiB")
            return None
        method, target, headers = _head(bytes(self._buffer[:end]))
        if "chunked" in headers.get("transfer-encoding", ""):
            body_end = _dechunk(self._buffer, end + 4)
        else:
            body_end = _sized(self._buffer, end + 4, headers)
        if body_end is None:
            return None
        body, rest = body_end
        del self._buffer[:rest]
        path, _, query = target.partition("?")
        return TwinRequest(
            method, unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers, body
        )


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise NotHttp(f"request line {lines[0][:80]!r}")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise NotHttp(f"header line {line[:80]!r}")
        headers[name.strip().lower()] = value.strip()
    return parts[0], parts[1], headers


def _sized(buffer: bytearray, start: int, headers: Mapping[str, str]) -> tuple[bytes, int] | None:
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise NotHttp(f"content-length {length!r}")
    end = start + int(length)
    return (bytes(buffer[start:end]), end) if len(buffer) >= end else None


def _dechunk(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    body = bytearray()
    while True:
        line_end = buffer.find(b"\r\n", start)
        if line_end < 0:
            return None
        try:
            size = int(buffer[start:line_end].split(b";")[0], 16)
        except ValueError as error:
            raise NotHttp("chunk size") from error
        start = line_end + 2
        if len(buffer) < start + size + 2:
            return None
        body += buffer[start : start + size]
        start += size + 2
        if size == 0:
            return bytes(body), start
