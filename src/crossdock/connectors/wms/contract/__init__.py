"""The Warehouse API: what a warehouse system and Crossdock say to each other, as data.

The models here make the bytes we send, read the bytes we get, and become the published OpenAPI
document. Whoever receives ignores fields it does not know.
"""

from crossdock.connectors.wms.contract.events import (
    EVENT_TYPES,
    STOCK_ADJUSTED,
    STOCK_COUNTED,
    Event,
    EventPage,
    FulfilmentEvent,
    StockAdjusted,
    StockCounted,
)
from crossdock.connectors.wms.contract.fulfilment_orders import (
    Cancellation,
    CancellationDecision,
    FulfilmentOrder,
    FulfilmentOrderBatch,
    FulfilmentOrderBatchResult,
    FulfilmentOrderPage,
    FulfilmentOrderResult,
    FulfilmentOrderState,
)
from crossdock.connectors.wms.contract.service import (
    Health,
    Problem,
    WebhookSubscription,
    WebhookSubscriptionList,
    WebhookSubscriptionWanted,
)

__all__ = [
    "EVENT_TYPES",
    "STOCK_ADJUSTED",
    "STOCK_COUNTED",
    "Cancellation",
    "CancellationDecision",
    "Event",
    "EventPage",
    "FulfilmentEvent",
    "FulfilmentOrder",
    "FulfilmentOrderBatch",
    "FulfilmentOrderBatchResult",
    "FulfilmentOrderPage",
    "FulfilmentOrderResult",
    "FulfilmentOrderState",
    "Health",
    "Problem",
    "StockAdjusted",
    "StockCounted",
    "WebhookSubscription",
    "WebhookSubscriptionList",
    "WebhookSubscriptionWanted",
]
