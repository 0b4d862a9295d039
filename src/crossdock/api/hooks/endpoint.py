"""`POST /hooks/{connection}` and `POST /hooks/{connection}/{token}`.

200   kept: the bytes are committed (promise P1), duplicates and unreadable ones as well
401   nobody we know has signed it; counted, not stored
404   no such connection · 405 not a POST · 408 too slow
413   too large; counted, held once a day, and the sweep fetches its content
503   not stored: send it again (the database cannot be reached, or the connection was left out)
"""

from collections.abc import Collection, Mapping

from crossdock.api.asgi import Receive, Scope, Send
from crossdock.api.hooks import replies
from crossdock.api.hooks.acknowledge import Acknowledge, QueueFull
from crossdock.api.hooks.body import (
    Bodies,
    BodyRefused,
    SenderGone,
    TooBusy,
    TooLarge,
    TooSlow,
)
from crossdock.api.hooks.door import Door
from crossdock.api.hooks.replies import Reply
from crossdock.api.settings import ApiSettings
from crossdock.engine.commit_arrivals import Fate
from crossdock.engine.receive import Refusal
from crossdock.engine.refusals import RefusalLog
from crossdock.ports.errors import BadSignature

PREFIX = "/hooks/"


class Hooks:
    """The receiving path as an ASGI application."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        bodies: Bodies,
        acknowledge: Acknowledge,
        refusals: RefusalLog,
        settings: ApiSettings,
        left_out: Collection[str] = (),
    ) -> None:
        self._doors = doors
        self._left_out = left_out
        self._bodies = bodies
        self._acknowledge = acknowledge
        self._refusals = refusals
        self._too_large = replies.too_large(settings.body_bytes_max)
        self._unavailable = replies.unavailable(settings.retry_after_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, token = scope["path"][len(PREFIX) :].partition("/")
        door = self._doors.get(name)
        if door is None:
            reply = self._unavailable if name in self._left_out else replies.UNKNOWN_CONNECTION
        elif scope["method"] != "POST":
            reply = replies.NOT_A_POST
        else:
            try:
                body = await self._bodies.read(receive)
                entry = door.admit(scope["headers"], body, token)
                fate = await self._acknowledge.commit(entry)
                reply = replies.KEPT if fate is Fate.KEPT else self._not_kept(door, "unavailable")
                door.received += fate is Fate.KEPT
            except SenderGone:
                return
            except (BadSignature, BodyRefused, QueueFull) as error:
                reply = self._refuse(door, error)
        await send(reply.start)
        await send(reply.body)

    def _refuse(self, door: Door, error: BadSignature | BodyRefused | QueueFull) -> Reply:
        if isinstance(error, TooSlow):
            door.refuse("too_slow")
            return replies.TOO_SLOW
        if isinstance(error, TooBusy):
            door.refuse("too_busy")
            return replies.BUSY
        if isinstance(error, QueueFull):
            return self._not_kept(door, "queue_full")
        too_large = isinstance(error, TooLarge)
        reason = Refusal.TOO_LARGE if too_large else Refusal.BAD_SIGNATURE
        door.refuse(reason.value)
        self._refusals.add(door.attached, reason)
        return self._too_large if too_large else replies.BAD_SIGNATURE

    def _not_kept(self, door: Door, reason: str) -> Reply:
        door.refuse(reason)
        return self._unavailable
