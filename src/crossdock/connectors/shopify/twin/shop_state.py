"""What the shop holds: orders, webhook subscriptions, and how they change."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from crossdock.connectors.shopify.twin.catalogue import Catalogue, standard_catalogue
from crossdock.connectors.shopify.twin.order_factory import Mixture, OrderFactory
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.stock_state import ShopStock
from crossdock.testing.webhook_sender import WebhookSubscription

WEBHOOK_TOPICS = {
    "ORDERS_CREATE": "orders/create",
    "ORDERS_UPDATED": "orders/updated",
    "ORDERS_CANCELLED": "orders/cancelled",
    "ORDERS_EDITED": "orders/edited",
}


@dataclass(slots=True)
class Subscription(WebhookSubscription):
    """One webhook subscription of the app."""

    subscription_id: int
    topic: str
    """As in GraphQL: ORDERS_CREATE."""
    uri: str
    format: str = "JSON"
    filter: str | None = None
    include_fields: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Job:
    """Work that Shopify does after it has answered."""

    due_at: datetime
    work: Callable[[datetime], None]
    done: bool = False


class ShopState:
    """The records of one shop. Not locked: the twin's lock is held around every call."""

    def __init__(self, seed: int = 1, mixture: Mixture | None = None) -> None:
        self.seed = seed
        self.mixture = mixture or Mixture()
        self.catalogue: Catalogue = standard_catalogue()
        self.on_event: Callable[[str, OrderState], None] = lambda _topic, _order: None
        """Told of every event: topic as in GraphQL, the order after it."""
        self.subscriptions: list[Subscription] = []
        self.search_lag = timedelta(0)
        """How long a change stays invisible to searches (`orders`); reads by id see it at once."""
        self.job_delay = timedelta(0)
        """How long a job takes; without a delay it is done within the request that starts it."""
        self.clear()

    def clear(self) -> None:
        """No orders; the next ones start from the seed again, and so does the stock."""
        self.stock = ShopStock(self.catalogue)
        self.orders: dict[int, OrderState] = {}
        self.factory = OrderFactory(self.catalogue, self.seed, self.mixture)
        self.jobs: dict[str, Job] = {}
        self._ids = count(9_000_000_000_001)

    def use(self, catalogue: Catalogue) -> None:
        """Sell these goods to these people from now on."""
        self.catalogue = catalogue
        self.factory.catalogue = catalogue
        self.stock = ShopStock(catalogue)

    def next_id(self) -> int:
        """An id for a record that is no order."""
        return next(self._ids)

    def place(self, count: int, now: datetime, *, lines: int | None = None) -> list[OrderState]:
        """New orders; each sends orders/create."""
        placed = [self.factory.order(now, lines=lines) for _ in range(count)]
        for order in placed:
            self.orders[order.order_id] = order
            self.stock.commit(order)
            self.on_event("ORDERS_CREATE", order)
        return placed

    def changed(self, order: OrderState, now: datetime, topic: str = "ORDERS_UPDATED") -> None:
        """Stamp the change and tell it; times have a resolution of one second, as in Shopify."""
        order.updated_at = max(order.updated_at, now.replace(microsecond=0))
        self.on_event(topic, order)

    def start_job(self, work: Callable[[datetime], None], now: datetime) -> str:
        """Answers its name."""
        name = f"00000000-0000-4000-8000-{self.next_id():012d}"
        self.jobs[name] = Job(now + self.job_delay, work)
        self.run_jobs(now)
        return name

    def run_jobs(self, now: datetime) -> None:
        """Do what is due."""
        for job in self.jobs.values():
            if not job.done and job.due_at <= now:
                job.done = True
                job.work(now)

    def visible(self, now: datetime) -> Iterator[OrderState]:
        """The orders as searches see them."""
        if not self.search_lag:
            return iter(self.orders.values())
        horizon = now - self.search_lag
        return (order for order in self.orders.values() if order.updated_at <= horizon)

    def subscribed(self, topic: str) -> list[Subscription]:
        return [s for s in self.subscriptions if s.topic == topic]

    def subscribe(self, topic: str, uri: str) -> Subscription:
        """Raises ValueError when the pair exists already."""
        if any(s.topic == topic and s.uri == uri for s in self.subscriptions):
            raise ValueError("Address for this topic has already been taken")
        subscription = Subscription(self.next_id(), topic, uri)
        self.subscriptions.append(subscription)
        return subscription


def orders_by_change(orders: Iterator[OrderState]) -> Sequence[OrderState]:
    """Sorted as `sortKey: UPDATED_AT`: equal instants by id."""
    return sorted(orders, key=lambda order: (order.updated_at, order.order_id))


def orders_by_creation(orders: Iterator[OrderState]) -> Sequence[OrderState]:
    """Sorted as `sortKey: CREATED_AT`: equal instants by id."""
    return sorted(orders, key=lambda order: (order.created_at, order.order_id))
