"""Replies are bounded, also once unpacked, and say nothing of our credentials. A partner that is
broken or taken over cannot fill the memory with what it answers; one that repeats a request in
its error does not bring our keys into the ledger.
"""

import zlib
from collections.abc import Callable, Collection, Iterator

import httpx

REPLY_BYTES_MAX = 64_000_000
"""Unpacked. The largest that is usual, a sweep's page, is a hundredth of it."""
ENCODINGS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS}
"""What is asked for, and zlib's name for it."""
ACCEPTED = "gzip"


HIDDEN = b"(hidden)"
SHORTEST_SECRET = 6
"""Shorter values are not looked for: they would hide ordinary words."""


def bound(secrets: Collection[str]) -> Callable[[httpx.Response], None]:
    """A hook for every reply of a client, before its body is read; `secrets` are blanked in it.

    Reading it raises httpx.RemoteProtocolError past the limit, or for bytes that cannot be
    unpacked. Encodings that were not asked for are left as they are: no connector can read them.
    """
    long = [s for s in secrets if len(s) >= SHORTEST_SECRET]
    hidden = {form.encode() for s in long for form in (s, s.replace("/", r"\/"))}

    def bounded(response: httpx.Response) -> None:
        encoding = response.headers.pop("content-encoding", "").strip().lower()
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Bounded(response.stream, ENCODINGS.get(encoding), hidden)

    return bounded


class _Bounded(httpx.SyncByteStream):
    def __init__(
        self, inner: httpx.SyncByteStream, window: int | None, hidden: Collection[bytes]
    ) -> None:
        self._inner = inner
        self._unpack = None if window is None else zlib.decompressobj(window)
        self._hidden = hidden
        self._kept = max(map(len, hidden), default=1) - 1
        """So many bytes wait for what follows: a secret may begin in them."""

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        for plain in self._plain():
            rest = self._blanked(rest + plain)
            ready = max(0, len(rest) - self._kept)
            if ready:
                yield rest[:ready]
            rest = rest[ready:]
        if rest:
            yield rest

    def _plain(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            plain = self._unpacked(chunk, REPLY_BYTES_MAX - size + 1)
            size += len(plain)
            if size > REPLY_BYTES_MAX:
                raise httpx.RemoteProtocolError(f"the reply is larger than {REPLY_BYTES_MAX} bytes")
            yield plain

    def _blanked(self, text: bytes) -> bytes:
        for secret in self._hidden:
            text = text.replace(secret, HIDDEN)
        return text

    def close(self) -> None:
        self._inner.close()

    def _unpacked(self, chunk: bytes, room: int) -> bytes:
        if self._unpack is None:
            return chunk
        try:
            return self._unpack.decompress(chunk, room)
        except zlib.error as error:
            raise httpx.RemoteProtocolError("the reply cannot be unpacked") from error
