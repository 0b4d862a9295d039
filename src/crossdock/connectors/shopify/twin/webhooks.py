"""Webhook delivery: signed, at least once, unordered, retried, and given up (vendor pages
"Deliver webhooks through HTTPS", "Troubleshoot webhooks").

The payload is rendered when the event happens and stays the same over all retries. Every failed
delivery counts; after eight in a row the subscription is removed.
"""

import base64
import hmac
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from typing import Any

import httpx
import orjson

from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.rest_shape import order_body
from crossdock.connectors.shopify.twin.shop_state import WEBHOOK_TOPICS, ShopState, Subscription

API_VERSION = "2026-07"
SHOP_DOMAIN = "twin-supplies.myshopify.com"
TIMEOUT = httpx.Timeout(5.0, connect=1.0)
FAILURES_MAX = 8


@dataclass(slots=True)
class WebhookPlan:
    """How deliveries go. Rates are fractions of all events; the same seed draws the same."""

    lost: float = 0.0
    duplicated: float = 0.0
    late: float = 0.0
    late_seconds: float = 2.0
    reordered: float = 0.0
    reordered_seconds: float = 0.2
    compact: bool = False
    backoff_seconds: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
    """Before each of the eight retries; Shopify spreads them over four hours."""
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
    """One event on its way to one subscription."""

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
    """Sends the shop's events from threads of its own."""

    def __init__(self, shop: ShopState, secret: str, lock: threading.RLock) -> None:
        self.plan = WebhookPlan()
        self.counts: Counter[str] = Counter()
        """events, lost, duplicated, late, reordered, sent, accepted, failed, given_up, removed."""
        self.secret = secret
        self.now_text: Callable[[], str] = str
        self._shop = shop
        self._shop_lock = lock
        self._condition = threading.Condition()
        self._due: list[_Due] = []
        self._numbers = count(1)
        self._in_flight = 0
        self._running = False
        self._threads: list[threading.Thread] = []
        self._random = random.Random(self.plan.seed)  # noqa: S311 - repeatable, not secret

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
            self._random = random.Random(self.plan.seed)  # noqa: S311 - repeatable, not secret

    def start(self, threads: int = 4) -> None:
        self._running = True
        self._threads = [
            threading.Thread(target=self._run, name=f"webhooks {n}", daemon=True)
            for n in range(threads)
        ]
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

    def event(self, topic: str, order: OrderState) -> None:
        """Queue the event for its subscriptions, as the plan has it."""
        subscriptions = self._shop.subscribed(topic)
        if not subscriptions:
            return
        body = _body(topic, order, compact=self.plan.compact)
        event_id = str(uuid.UUID(int=self._random.getrandbits(128)))
        for subscription in subscriptions:
            self._queue(Delivery(subscription, self._headers(topic, event_id, body), body))

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
        elif draw() < plan.reordered:
            self.counts["reordered"] += 1
            delay = plan.reordered_seconds * draw()
        self._put(delivery, delay)
        if draw() < plan.duplicated:
            self.counts["duplicated"] += 1
            self._put(delivery, delay)

    def _put(self, delivery: Delivery, delay: float) -> None:
        with self._condition:
            heappush(self._due, _Due(time.monotonic() + delay, next(self._numbers), delivery))
            self._condition.notify()

    def _headers(self, topic: str, event_id: str, body: bytes) -> dict[str, str]:
        signature = hmac.digest(self.secret.encode(), body, "sha256")
        return {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Event-Id": event_id,
            "X-Shopify-Hmac-Sha256": base64.b64encode(signature).decode(),
            "X-Shopify-Shop-Domain": SHOP_DOMAIN,
            "X-Shopify-Topic": WEBHOOK_TOPICS[topic],
            "X-Shopify-Triggered-At": self.now_text(),
            "X-Shopify-Webhook-Id": str(uuid.UUID(int=self._random.getrandbits(128))),
        }

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, verify=False) as http:  # noqa: S501 - twins send to this machine
            while (delivery := self._next()) is not None:
                accepted = _post(http, delivery)
                with self._shop_lock:
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
                    self._in_flight += 1
                    return heappop(self._due).delivery
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
        if subscription.failures >= FAILURES_MAX and subscription in self._shop.subscriptions:
            self._shop.subscriptions.remove(subscription)
            self.counts["removed"] += 1
        removed = subscription not in self._shop.subscriptions
        if removed or delivery.attempt >= len(self.plan.backoff_seconds):
            self.counts["given_up"] += 1
            return
        wait = self.plan.backoff_seconds[delivery.attempt]
        again = Delivery(subscription, delivery.headers, delivery.body, delivery.attempt + 1)
        self._put(again, wait)


def _post(http: httpx.Client, delivery: Delivery) -> bool:
    try:
        reply = http.post(
            delivery.subscription.uri, content=delivery.body, headers=delivery.headers
        )
    except httpx.HTTPError:
        return False
    return reply.is_success


def _body(topic: str, order: OrderState, *, compact: bool) -> bytes:
    if topic == "ORDERS_EDITED":
        return orjson.dumps({"order_edit": {"order_id": order.order_id}})
    return orjson.dumps(order_body(order, compact=compact), default=_exact)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)
