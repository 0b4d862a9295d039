"""The smallest twin that sends webhooks: every count is told to who subscribed, unsigned."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossdock.testing.webhook_sender import Delivery, WebhookSender, WebhookSubscription
from crossdock.testing.wire import TwinReply, TwinRequest
from tests.unit.testing.counter_twin import CounterTwin


@dataclass(slots=True)
class Subscription(WebhookSubscription):
    url: str
    active: bool = True


class CountWebhooks(WebhookSender[Subscription]):
    failures_max = 3

    def __init__(self, twin: "CallingTwin") -> None:
        super().__init__(twin.lock, lambda: twin.paused)
        self.known: list[Subscription] = []

    def tell(self, count: int) -> None:
        for subscription in filter(self.listens, self.known):
            body = str(count).encode()
            self.queue(Delivery(subscription, subscription.url, {"x-count": str(count)}, body))

    def subscriptions(self) -> Sequence[Subscription]:
        return self.known

    def listens(self, subscription: Subscription) -> bool:
        return subscription.active

    def end(self, subscription: Subscription) -> None:
        subscription.active = False


class CallingTwin(CounterTwin):
    webhooks: CountWebhooks

    def __init__(self, *urls: str) -> None:
        super().__init__()
        self.paused = False
        self.webhooks = CountWebhooks(self)
        self.webhooks.known += [Subscription(url) for url in urls]

    def handle(self, request: TwinRequest) -> TwinReply:
        reply = super().handle(request)
        if request.path == "/count":
            self.webhooks.tell(self.count)
        return reply
