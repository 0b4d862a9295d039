"""`POST /hooks/{connection}` and `POST /hooks/{connection}/{token}`.

200   kept: the bytes are committed (promise P1), duplicates and unreadable ones as well
401   nobody we know has signed it; counted, not stored
404   no such connection · 405 not a POST · 408 too slow
413   too large; counted, held once a day, and the sweep fetches its content
503   not stored: send it again
"""

from collections.abc import Mapping

from crossdock.api.asgi import Receive, Scope, Send
from crossdock.api.hooks import replies
from crossdock.api.hooks.acknowledge import Acknowledge, QueueFull
from crossdock.api.hooks.body import SenderGone, TooLarge, TooSlow, read_body
from crossdock.api.hooks.door import Door
from crossdock.api.hooks.replies import Reply
from crossdock.api.settings import ApiSettings
from crossdock.engine.group_commit import Fate
from crossdock.engine.receive import Refusal
from crossdock.engine.refusals import RefusalLog
from crossdock.ports.errors import BadSignature

PREFIX = "/hooks/"


class Hooks:
    """The receiving path as an ASGI application."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        acknowledge: Acknowledge,
        refusals: RefusalLog,
        settings: ApiSettings,
    ) -> None:
        self._doors = doors
        self._acknowledge = acknowledge
        self._refusals = refusals
        self._settings = settings
        self._too_large = replies.too_large(settings.body_bytes_max)
        self._unavailable = replies.unavailable(settings.retry_after_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._answer(scope, receive)
        except SenderGone:
            return
        await reply.send(send)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        name, _, token = scope["path"][len(PREFIX) :].partition("/")
        door = self._doors.get(name)
        if door is None:
            return replies.UNKNOWN_CONNECTION
        if scope["method"] != "POST":
            return replies.NOT_A_POST
        try:
            return await self._receive(door, scope, receive, token)
        except BadSignature:
            return self._refuse(door, Refusal.BAD_SIGNATURE, replies.BAD_SIGNATURE)
        except TooLarge:
            return self._refuse(door, Refusal.TOO_LARGE, self._too_large)
        except TooSlow:
            door.refuse("too_slow")
            return replies.TOO_SLOW

    async def _receive(self, door: Door, scope: Scope, receive: Receive, token: str) -> Reply:
        settings = self._settings
        body = await read_body(receive, settings.body_bytes_max, settings.body_seconds_max)
        entry = door.admit(scope["headers"], body, token)
        try:
            fate = await self._acknowledge.commit(entry)
        except QueueFull:
            door.refuse("queue_full")
            return self._unavailable
        if fate is Fate.KEPT:
            door.received += 1
            return replies.KEPT
        door.refuse("unavailable")
        return self._unavailable

    def _refuse(self, door: Door, reason: Refusal, reply: Reply) -> Reply:
        door.refuse(reason.value)
        self._refusals.add(door.attached, reason)
        return reply
