"""What a twin is: a simulator that speaks a vendor's real protocol."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crossdock.engine.clock import Clock, SystemClock
from crossdock.testing.call_log import CallLog
from crossdock.testing.faults import Fault, FaultKind, FaultPlan
from crossdock.testing.webhook_sender import WebhookSender
from crossdock.testing.wire import TwinReply, TwinRequest

Json = dict[str, Any]
ControlHandler = Callable[[str, str, Json], Any]
"""Of the method, the path behind the name, and the body; answers JSON, or None: no such thing.

ValueError, TypeError, KeyError and ArithmeticError say that the request makes no sense.
"""


class TwinAcceptsNonsense(RuntimeError):
    """A twin answered a known-bad request as if it were good: nothing it says proves anything."""


class Twin(ABC):
    """A simulated outside system. Subclasses hold its state and answer its requests.

    `handle` runs under `lock`, one request at a time, so a request is one transaction; tests
    that read or change state from another thread take `lock` too.
    """

    title = "twin"
    webhooks: WebhookSender[Any] | None = None
    """Of a twin that sends them: started, stopped, emptied and controlled with it."""

    def __init__(self, *, clock: Clock | None = None, seed: int = 1) -> None:
        self.clock: Clock = clock or SystemClock()
        self.log = CallLog()
        self.faults = FaultPlan(seed)
        self.lock = threading.RLock()

    @abstractmethod
    def handle(self, request: TwinRequest) -> TwinReply:
        """Answer one request. Every change of state is recorded with `self.log.effect`."""

    @abstractmethod
    def operation(self, request: TwinRequest) -> str:
        """The operation's name, by which faults are aimed and calls are counted."""

    @abstractmethod
    def canaries(self) -> Sequence[TwinRequest]:
        """Requests the real system refuses. The twin does not start unless it refuses them."""

    def refused(self, reply: TwinReply) -> bool:
        """Whether the reply refuses its request."""
        return reply.status >= 400

    def state(self) -> Any:
        """The records it holds, JSON-able."""
        return {}

    def reset(self) -> None:  # noqa: B027 - optional
        """Back to the seed state."""

    def orders_in(self, request: TwinRequest) -> int:  # noqa: ARG002 - overridden
        """How many orders the request carries, for the service-time model."""
        return 0

    def controls(self) -> Mapping[str, ControlHandler]:
        """Control endpoints of its own: `orders` answers `/_twin/orders` and what is below it."""
        return {}

    def started(self) -> None:
        """Called once it listens; for twins that also act by themselves."""
        if self.webhooks:
            self.webhooks.start()

    def stopped(self) -> None:
        """Called once it no longer listens."""
        if self.webhooks:
            self.webhooks.stop()

    def fault_reply(
        self,
        fault: Fault,
        request: TwinRequest,  # noqa: ARG002 - overridden
    ) -> TwinReply:
        """The reply of a fault that is answered without being executed.

        Override it where the vendor says it in other words.
        """
        if fault.kind is FaultKind.RATE_LIMITED:
            headers = {"retry-after": f"{max(1, round(fault.seconds))}", **fault.headers}
            return TwinReply.of_json({"errors": "Too many requests"}, fault.status or 429, headers)
        if fault.kind is FaultKind.HTML_ERROR:
            page = b"<html><head><title>Bad gateway</title></head><body>nginx</body></html>"
            headers = {"content-type": "text/html", **fault.headers}
            return TwinReply(fault.status or 502, page, headers)
        body = {"errors": "Service unavailable"}
        return TwinReply.of_json(body, fault.status or 503, fault.headers)

    def refuse_nonsense(self) -> None:
        """Raises TwinAcceptsNonsense when a canary is not refused or has an effect."""
        canaries = self.canaries()
        if not canaries:
            raise TwinAcceptsNonsense(f"{self.title}: no canary request: name one it must refuse")
        for canary in canaries:
            with self.lock:
                before = len(self.log.effects)
                reply = self.handle(canary)
                changed = len(self.log.effects) - before
            if changed or not self.refused(reply):
                raise TwinAcceptsNonsense(
                    f"{self.title}: {canary.method} {canary.path} {canary.body[:200]!r} is known"
                    f" to be bad and was answered {reply.status}: mend the twin's validation"
                )
