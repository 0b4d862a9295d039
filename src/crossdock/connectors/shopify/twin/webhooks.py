"""The shop's webhooks (vendor pages "Deliver webhooks through HTTPS", "Troubleshoot webhooks").

The payload is rendered when the event happens and stays the same over all retries. Every failed
delivery counts; after eight in a row the subscription is removed.
"""

import base64
import hmac
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import orjson

from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.rest_shape import order_body
from crossdock.connectors.shopify.twin.shop_state import WEBHOOK_TOPICS, ShopState, Subscription
from crossdock.testing.webhook_sender import Delivery, WebhookSender

API_VERSION = "2026-07"
SHOP_DOMAIN = "twin-supplies.myshopify.com"


class ShopWebhooks(WebhookSender[Subscription]):
    """An event goes to the subscriptions of its topic; one that fails too often is removed."""

    failures_max = 8

    def __init__(
        self, shop: ShopState, secret: str, lock: threading.RLock, now: Callable[[], datetime]
    ) -> None:
        super().__init__(lock)
        self.secret = secret
        self._shop = shop
        self._now = now

    def event(self, topic: str, order: OrderState) -> None:
        """Queue the event for its subscriptions."""
        subscriptions = self._shop.subscribed(topic)
        if not subscriptions:
            return
        body = payload(topic, order)
        event_id = self._uuid()
        for subscription in subscriptions:
            headers = self._headers(topic, event_id, body)
            self.queue(Delivery(subscription, subscription.uri, headers, body))

    def subscriptions(self) -> Sequence[Subscription]:
        return self._shop.subscriptions

    def listens(self, subscription: Subscription) -> bool:
        return subscription in self._shop.subscriptions

    def end(self, subscription: Subscription) -> None:
        self._shop.subscriptions.remove(subscription)

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
            "X-Shopify-Triggered-At": self._now().astimezone(UTC).isoformat(),
            "X-Shopify-Webhook-Id": self._uuid(),
        }

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128)))


def payload(topic: str, order: OrderState, *, compact: bool = False) -> bytes:
    """The body of a topic (as in GraphQL); `compact` as in `order_body`."""
    if topic == "ORDERS_EDITED":
        return orjson.dumps({"order_edit": {"order_id": order.order_id}})
    return orjson.dumps(order_body(order, compact=compact), default=_exact)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)
