"""Webhooks as the twins send them: at least once, unordered, retried, and given up.

How deliveries go wrong is a seeded plan. A twin adds what its system has of its own: who listens,
the signature, the headers and the body.
"""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

import httpx

TIMEOUT = httpx.Timeout(5.0, connect=1.0)
PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """How deliveries go. Rates are fractions of all events; the same seed draws the same."""

    lost: float = 0.0
    duplicated: float = 0.0
    late: float = 0.0
    late_seconds: float = 2.0
    reordered: float = 0.0
    reordered_seconds: float = 0.2
    backoff_seconds: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
    """Before each retry; real systems spread them over hours."""
    seed: int = 1

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "WebhookPlan":
        """Raises TypeError for unknown names."""
        known = dict(value)
        if "backoff_seconds" in known:
            known["backoff_seconds"] = tuple(known["backoff_seconds"])
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True, kw_only=True)
class WebhookSubscription:
    """One address that gets events. A twin adds what its system keeps of it."""

    failures: int = 0
    """Deliveries in a row that were not answered with 2xx."""


SubscriptionT = TypeVar("SubscriptionT", bound=WebhookSubscription)


@dataclass(frozen=True, slots=True)
class Delivery(Generic[SubscriptionT]):
    """One event on its way to one subscription: the same bytes and headers in all attempts."""

    subscription: SubscriptionT
    url: str
    headers: dict[str, str]
    body: bytes
    attempt: int = 0


class WebhookSender(ABC, Generic[SubscriptionT]):
    """Sends a twin's events from threads of its own.

    `lock` is the twin's: it is held while a subscription learns how a delivery ended. While
    `paused` says so, what is due waits.
    """

    failures_max = 20
    """With so many failures in a row a subscription ends."""

    def __init__(self, lock: threading.RLock, paused: Callable[[], bool] = lambda: False) -> None:
        self.counts: Counter[str] = Counter()
        """events, lost, duplicated, late, reordered, sent, accepted, failed, given_up, ended."""
        self._lock = lock
        self._paused = paused
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Delivery[SubscriptionT]]] = []
        self._numbers = count(1)
        self._in_flight = 0
        self._running = False
        self._threads: list[threading.Thread] = []
        self.use(WebhookPlan())

    @abstractmethod
    def subscriptions(self) -> Sequence[SubscriptionT]:
        """All there are."""

    @abstractmethod
    def listens(self, subscription: SubscriptionT) -> bool:
        """Whether it still gets events."""

    @abstractmethod
    def end(self, subscription: SubscriptionT) -> None:
        """It failed too often: from now on it does not listen."""

    def use(self, plan: WebhookPlan) -> None:
        """Deliver by this plan from now on."""
        with self._condition:
            self.plan = plan
            self.chance = random.Random(plan.seed)

    def clear(self) -> None:
        """Forget what waits, and the counts; the plan begins again."""
        with self._condition:
            self._due.clear()
            self.counts.clear()
            self.chance = random.Random(self.plan.seed)

    def start(self, threads: int = 4) -> None:
        """From now on what is due is sent."""
        self._running = True
        names = [f"webhooks {n}" for n in range(threads)]
        self._threads = [threading.Thread(target=self._run, name=n, daemon=True) for n in names]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What is being sent is finished; what waits stays."""
        with self._condition:
            self._running = False
            self._condition.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    def pending(self) -> int:
        """Deliveries that wait or are being sent."""
        with self._condition:
            return len(self._due) + self._in_flight

    def wait_idle(self, timeout: float) -> bool:
        """Until nothing waits; False when the time (seconds) is up."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._due and not self._in_flight, timeout)

    def to_json(self) -> dict[str, Any]:
        """As the control endpoint `/_twin/webhooks` shows it."""
        return {
            "plan": self.plan.to_json(),
            "counts": dict(self.counts),
            "pending": self.pending(),
            "subscriptions": [asdict(s) for s in self.subscriptions()],
        }

    def queue(self, delivery: Delivery[SubscriptionT]) -> None:
        """One event for one subscription: sent, lost, late or twice, as the plan has it."""
        plan, draw = self.plan, self.chance.random
        self.counts["events"] += 1
        if draw() < plan.lost:
            self.counts["lost"] += 1
            return
        delay = 0.0
        if draw() < plan.late:
            self.counts["late"] += 1
            delay = plan.late_seconds
        elif draw() < plan.reordered:
            self.counts["reordered"] += 1
            delay = plan.reordered_seconds * draw()
        self._put(delivery, delay)
        if draw() < plan.duplicated:
            self.counts["duplicated"] += 1
            self._put(delivery, delay)

    def _put(self, delivery: Delivery[SubscriptionT], delay: float) -> None:
        with self._condition:
            heappush(self._due, (time.monotonic() + delay, next(self._numbers), delivery))
            self._condition.notify()

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, verify=False) as http:  # noqa: S501 - twins send to this machine
            while (delivery := self._next()) is not None:
                accepted = _post(http, delivery)
                with self._lock:
                    self._answered(delivery, accepted=accepted)
                with self._condition:
                    self._in_flight -= 1
                    self._condition.notify_all()

    def _next(self) -> Delivery[SubscriptionT] | None:
        """The next delivery that is due; None when the sender stops."""
        with self._condition:
            while self._running:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    if not self._paused():
                        self._in_flight += 1
                        return heappop(self._due)[-1]
                    wait = PAUSE_SECONDS
                self._condition.wait(wait)
            return None

    def _answered(self, delivery: Delivery[SubscriptionT], *, accepted: bool) -> None:
        subscription = delivery.subscription
        self.counts["sent"] += 1
        self.counts["accepted" if accepted else "failed"] += 1
        if accepted:
            subscription.failures = 0
            return
        subscription.failures += 1
        if subscription.failures >= self.failures_max and self.listens(subscription):
            self.end(subscription)
            self.counts["ended"] += 1
        backoff = self.plan.backoff_seconds
        if not self.listens(subscription) or delivery.attempt >= len(backoff):
            self.counts["given_up"] += 1
            return
        again = replace(delivery, attempt=delivery.attempt + 1)
        self._put(again, backoff[delivery.attempt])


def _post(http: httpx.Client, delivery: Delivery[Any]) -> bool:
    try:
        reply = http.post(delivery.url, content=delivery.body, headers=delivery.headers)
    except httpx.HTTPError:
        return False
    return reply.is_success
