"""What the warehouse holds: jobs (fulfilment orders on the floor), events, subscriptions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from crossdock.connectors.wms.contract.events import (
    FulfilmentEvent,
    StockAdjusted,
    StockCounted,
)
from crossdock.connectors.wms.contract.fulfilment_orders import (
    CancellationDecision,
    FulfilmentOrder,
    FulfilmentOrderLine,
    FulfilmentOrderState,
    ShippedQuantity,
)
from crossdock.connectors.wms.contract.values import Quantity
from crossdock.connectors.wms.twin.behaviour import Amounts, Step
from crossdock.testing.webhook_sender import WebhookSubscription


@dataclass(slots=True)
class ShipmentRecord:
    """What left at one time."""

    shipment_id: str
    amounts: Amounts
    delivered: bool = False


@dataclass(slots=True)
class Job:
    """One fulfilment order on the floor. `order` None: cancelled before it came."""

    fulfilment_id: str
    order_key: str
    received_at: datetime
    order: FulfilmentOrder | None
    status: str = "received"
    reason: str = ""
    cancellation: CancellationDecision | None = None
    plan: list[Step] = field(default_factory=list)
    picked: Amounts = field(default_factory=dict)
    shipments: list[ShipmentRecord] = field(default_factory=list)

    @property
    def lines(self) -> Mapping[str, FulfilmentOrderLine]:
        return {line.line_id: line for line in self.order.lines} if self.order else {}

    def shipped(self) -> Amounts:
        """What has left so far."""
        found: Amounts = {}
        for shipment in self.shipments:
            for name, amount in shipment.amounts.items():
                found[name] = found.get(name, Decimal(0)) + amount
        return found

    def state(self) -> FulfilmentOrderState:
        """As the API shows it."""
        lines = self.lines
        shipped = tuple(
            ShippedQuantity(
                line_id=name,
                sku=lines[name].sku,
                quantity=Quantity(amount=amount, unit=lines[name].quantity.unit),
            )
            for name, amount in self.shipped().items()
        )
        return FulfilmentOrderState(
            fulfilment_id=self.fulfilment_id, order_key=self.order_key, status=self.status,
            received_at=self.received_at, order=self.order, shipped=shipped,
            cancellation=self.cancellation, reason=self.reason,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event in the bytes that webhooks and feed carry alike."""

    sequence: int
    event_id: str
    body: bytes


@dataclass(slots=True)
class Subscription(WebhookSubscription):
    """One address that gets all events."""

    subscription_id: str
    url: str
    active: bool = True


class WarehouseState:
    """The records. Not locked: the twin's lock is held around every call."""

    def __init__(self) -> None:
        self.on_event: Callable[[ToldEvent], None] = lambda _event: None
        self.clear()

    def clear(self) -> None:
        """Nothing was ever received."""
        self.jobs: dict[str, Job] = {}
        self.events: list[ToldEvent] = []
        self.subscriptions: list[Subscription] = []
        self.invisible: set[int] = set()
        """Sequences that the feed does not show yet (transactions that commit late)."""

    def tell(
        self, kind: type[FulfilmentEvent] | type[StockCounted] | type[StockAdjusted],
        fields: Mapping[str, Any],
    ) -> ToldEvent:  # fmt: skip
        """Append an event to the feed and send it."""
        sequence = len(self.events) + 1
        event_id = f"evt-{sequence:08d}"
        event = kind.model_validate({"event_id": event_id, "sequence": sequence, **fields})
        told = ToldEvent(sequence, event_id, event.model_dump_json(exclude_defaults=True).encode())
        self.events.append(told)
        self.on_event(told)
        return told

    def feed(self, after: int, limit: int) -> Sequence[ToldEvent]:
        """Visible events behind a sequence."""
        if not self.invisible:
            return self.events[after : after + limit]
        visible = [e for e in self.events[after:] if e.sequence not in self.invisible]
        return visible[:limit]

    def subscribe(self, url: str) -> tuple[Subscription, bool]:
        """The address's subscription, active, and whether it is new."""
        for known in self.subscriptions:
            if known.url == url:
                known.active, known.failures = True, 0
                return known, False
        made = Subscription(f"sub-{len(self.subscriptions) + 1}", url)
        self.subscriptions.append(made)
        return made, True
