"""The warehouse's webhooks, signed in the Standard Webhooks manner."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from crossdock.connectors.wms.identity import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    signature,
    signing_key,
)
from crossdock.connectors.wms.twin.warehouse_state import Subscription, ToldEvent, WarehouseState
from crossdock.testing.webhook_sender import Delivery, WebhookSender


class WarehouseWebhooks(WebhookSender[Subscription]):
    """Every event goes to every active subscription; one that fails too often is disabled."""

    def __init__(
        self, state: WarehouseState, secrets: Sequence[str], lock: threading.RLock,
        now: Callable[[], datetime], paused: Callable[[], bool],
    ) -> None:  # fmt: skip
        super().__init__(lock, paused)
        self.secrets = list(secrets)
        """Each signs; two while they are exchanged."""
        self._state = state
        self._now = now

    def event(self, event: ToldEvent) -> None:
        """Queue the event for all active subscriptions."""
        for subscription in filter(self.listens, self._state.subscriptions):
            headers = self._headers(event)
            self.queue(Delivery(subscription, subscription.url, headers, event.body))

    def subscriptions(self) -> Sequence[Subscription]:
        return self._state.subscriptions

    def listens(self, subscription: Subscription) -> bool:
        return subscription.active

    def end(self, subscription: Subscription) -> None:
        subscription.active = False

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
