"""Webhook delivery in the Standard Webhooks manner: at least once, unordered, retried, given up."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any

import httpx

from crossdock.connectors.wms.identity import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    signature,
    signing_key,
)
from crossdock.connectors.wms.twin.warehouse_state import Subscription, ToldEvent, WarehouseState

TIMEOUT = httpx.Timeout(5.0, connect=1.0)
FAILURES_MAX = 20
PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """How deliveries go. Rates are fractions of all events; the same seed draws the same."""

    lost: float = 0.0
    duplicated: float = 0.0
    late: float = 0.0
    late_seconds: float = 2.0
    shuffled: float = 0.0
    shuffled_seconds: float = 0.3
    backoff_seconds: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
    seed: int = 1

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "WebhookPlan":
        """Raises TypeError for unknown names."""
        known = dict(value)
        if "backoff_seconds" in known:
            known["backoff_seconds"] = tuple(known["backoff_seconds"])
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one subscription. It keeps its signature over all attempts."""

    subscription: Subscription
    headers: dict[str, str]
    body: bytes
    attempt: int = 0


@dataclass(slots=True, order=True)
class _Due:
    at: float
    number: int
    delivery: Delivery = field(compare=False)


class WebhookSender:
    """Sends the warehouse's events from threads of its own."""

    def __init__(
        self, state: WarehouseState, secrets: Sequence[str], lock: threading.RLock,
        now: Callable[[], datetime], paused: Callable[[], bool],
    ) -> None:  # fmt: skip
        self.secrets = list(secrets)
        """Each signs; two while they are exchanged."""
        self.counts: Counter[str] = Counter()
        """events, lost, duplicated, late, shuffled, sent, accepted, failed, given_up, disabled."""
        self._state = state
        self._lock = lock
        self._now = now
        self._paused = paused
        self._condition = threading.Condition()
        self._due: list[_Due] = []
        self._numbers = count(1)
        self._in_flight = 0
        self._running = False
        self._threads: list[threading.Thread] = []
        self.use(WebhookPlan())

    def use(self, plan: WebhookPlan) -> None:
        """Deliver by this plan from now on."""
        with self._condition:
            self.plan = plan
            self._random = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret

    def clear(self) -> None:
        """Forget what waits, and the counts."""
        with self._condition:
            self._due.clear()
            self.counts.clear()

    def start(self, threads: int = 4) -> None:
        self._running = True
        names = [f"webhooks {n}" for n in range(threads)]
        self._threads = [threading.Thread(target=self._run, name=n, daemon=True) for n in names]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
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
        """Until nothing waits; False when the time is up."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._due and not self._in_flight, timeout)

    def event(self, event: ToldEvent) -> None:
        """Queue the event for all active subscriptions, as the plan has it."""
        for subscription in self._state.subscriptions:
            if subscription.active:
                headers = self._headers(event)
                self._queue(Delivery(subscription, headers, event.body))

    def _queue(self, delivery: Delivery) -> None:
        plan, draw = self.plan, self._random.random
        self.counts["events"] += 1
        if draw() < plan.lost:
            self.counts["lost"] += 1
            return
        delay = 0.0
        if draw() < plan.late:
            self.counts["late"] += 1
            delay = plan.late_seconds
        elif draw() < plan.shuffled:
            self.counts["shuffled"] += 1
            delay = plan.shuffled_seconds * draw()
        self._put(delivery, delay)
        if draw() < plan.duplicated:
            self.counts["duplicated"] += 1
            self._put(delivery, delay)

    def _put(self, delivery: Delivery, delay: float) -> None:
        with self._condition:
            heappush(self._due, _Due(time.monotonic() + delay, next(self._numbers), delivery))
            self._condition.notify()

    def _headers(self, event: ToldEvent) -> dict[str, str]:
        timestamp = str(int(self._now().timestamp()))
        parts = (event.event_id.encode(), timestamp.encode(), event.body)
        signed = [signature(signing_key(secret), *parts).decode() for secret in self.secrets]
        return {
            "content-type": "application/json",
            ID_HEADER: event.event_id,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: " ".join(signed),
        }

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, verify=False) as http:  # noqa: S501 - twins send to this machine
            while (delivery := self._next()) is not None:
                accepted = _post(http, delivery)
                with self._lock:
                    self._answered(delivery, accepted=accepted)
                with self._condition:
                    self._in_flight -= 1
                    self._condition.notify_all()

    def _next(self) -> Delivery | None:
        """The next delivery that is due; None when the sender stops."""
        with self._condition:
            while self._running:
                wait = self._due[0].at - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    if not self._paused():
                        self._in_flight += 1
                        return heappop(self._due).delivery
                    wait = PAUSE_SECONDS
                self._condition.wait(wait)
            return None

    def _answered(self, delivery: Delivery, *, accepted: bool) -> None:
        subscription = delivery.subscription
        self.counts["sent"] += 1
        self.counts["accepted" if accepted else "failed"] += 1
        if accepted:
            subscription.failures = 0
            return
        subscription.failures += 1
        if subscription.failures >= FAILURES_MAX and subscription.active:
            subscription.active = False
            self.counts["disabled"] += 1
        if not subscription.active or delivery.attempt >= len(self.plan.backoff_seconds):
            self.counts["given_up"] += 1
            return
        wait = self.plan.backoff_seconds[delivery.attempt]
        self._put(replace(delivery, attempt=delivery.attempt + 1), wait)


def _post(http: httpx.Client, delivery: Delivery) -> bool:
    try:
        reply = http.post(
            delivery.subscription.url, content=delivery.body, headers=delivery.headers
        )
    except httpx.HTTPError:
        return False
    return reply.is_success
