"""Requests to everything but the webhooks: their bodies are read within limits, then handed on."""

from crossdock.api.asgi import AsgiApp, Message, Receive, Scope, Send
from crossdock.api.hooks import replies
from crossdock.api.hooks.body import Bodies, BodyRefused, SenderGone, TooBusy, TooLarge

WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class BoundedRequests:
    """An ASGI application before which no body is larger or slower than it may be."""

    def __init__(self, inner: AsgiApp, bodies: Bodies, bytes_max: int) -> None:
        self._inner = inner
        self._bodies = bodies
        self._too_large = replies.too_large(bytes_max, "send less at once")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in WITH_BODY:
            await self._inner(scope, receive, send)
            return
        try:
            body = await self._bodies.read(receive)
        except SenderGone:
            return
        except BodyRefused as error:
            reply = self._refusal(error)
            await send(reply.start)
            await send(reply.body)
            return
        await self._inner(scope, _replayed(body, receive), send)

    def _refusal(self, error: BodyRefused) -> replies.Reply:
        if isinstance(error, TooLarge):
            return self._too_large
        return replies.BUSY if isinstance(error, TooBusy) else replies.TOO_SLOW


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once, then whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
