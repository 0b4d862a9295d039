"""Read a request's body within its limits of size and time."""

import asyncio
from collections.abc import Mapping
from typing import Any

from crossdock.api.asgi import Receive

DRAINED_TIMES = 4
"""So many times the limit is read and thrown away, for the sender to hear the answer."""
WATCH_SECONDS = 0.5
SMALL_BYTES = 65_536
"""A body no larger than this is always read on: nobody's large ones keep out an ordinary one."""


class BodyRefused(Exception):
    """The body cannot be taken."""


class TooLarge(BodyRefused):
    """More bytes than the limit."""


class TooSlow(BodyRefused):
    """The sender did not finish in time."""


class TooBusy(BodyRefused):
    """Too many large bodies are on their way at once."""


class SenderGone(BodyRefused):
    """The connection was closed before the body was complete."""


class Bodies:
    """Reads bodies; one watch for all senders is cheaper than a timer for each."""

    def __init__(self, bytes_max: int, seconds_max: float, together_max: int) -> None:
        """Limits of one body; of all that are not complete yet, together."""
        self._bytes_max = bytes_max
        self._seconds_max = seconds_max
        self._together_max = together_max
        self._held = 0
        self._loop = asyncio.get_running_loop()
        self._since: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()

    async def read(self, receive: Receive) -> bytes:
        """The whole body. Raises TooLarge, TooSlow, TooBusy, SenderGone.

        Never holds more than the limit of one body, nor all together more than theirs, but for
        those that are small.
        """
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._since[task] = self._loop.time()
        try:
            message = await receive()
            if message.get("more_body", True):
                return await self._rest(receive, message)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            self._late.discard(task)
            task.uncancel()
            raise TooSlow from None
        finally:
            del self._since[task]
        body: bytes = message["body"]
        if len(body) > self._bytes_max:
            raise TooLarge
        return body

    async def watch(self) -> None:
        """Interrupt senders that take too long; runs until it is cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            latest = self._loop.time() - self._seconds_max
            for task, since in list(self._since.items()):
                if since < latest and task not in self._late:
                    self._late.add(task)
                    task.cancel()

    async def _rest(self, receive: Receive, message: Mapping[str, Any]) -> bytes:
        chunks, size, held = list[bytes](), 0, 0
        try:
            while True:
                if message["type"] == "http.disconnect":
                    raise SenderGone
                chunk = message.get("body", b"")
                size += len(chunk)
                if size <= self._bytes_max:
                    chunks.append(chunk)
                    held += len(chunk)
                    self._held += len(chunk)
                else:
                    chunks.clear()
                if held > SMALL_BYTES and self._held > self._together_max:
                    raise TooBusy
                if not message.get("more_body") or size > self._bytes_max * DRAINED_TIMES:
                    break
                message = await receive()
        finally:
            self._held -= held
        if size > self._bytes_max:
            raise TooLarge
        return b"".join(chunks)
