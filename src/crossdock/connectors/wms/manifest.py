"""What the connector of warehouse systems is and needs."""

from datetime import timedelta

from crossdock.connectors.wms.contract.fulfilment_orders import BATCH_MAX
from crossdock.connectors.wms.contract.values import API_VERSION
from crossdock.ports.effect import Grade, Operation
from crossdock.ports.manifest import (
    PRIVATE_NETWORK,
    InboundType,
    Manifest,
    QualityClaim,
    Stream,
)
from crossdock.ports.message import Shape
from crossdock.ports.setting import Setting, SettingKind
from crossdock.ports.warehouse import (
    CANCEL_FULFILMENT_ORDER,
    SEND_FULFILMENT_ORDER,
    WAREHOUSE_SETTINGS,
)

EVENT_KIND = "wms.event"
STOCK_COUNT_KIND = "wms.stock_count"
STOCK_ADJUSTMENT_KIND = "wms.stock_adjustment"
EVENTS_STREAM = "events"
OVERLAP = timedelta(minutes=2)
"""Longer than an event of lower sequence can become visible after one of a higher."""

MANIFEST = Manifest(
    system="wms",
    title="Warehouse system (Warehouse API)",
    owner="integration",
    api_version=API_VERSION,
    api_removed_on=None,
    settings=(
        Setting(
            "url",
            "Where the warehouse system serves the API: https://wms.example",
            kind=SettingKind.URL,
        ),
        PRIVATE_NETWORK,
        Setting("token", "Bearer token it accepts", secret=True),
        Setting(
            "webhook_secret",
            "Secret it signs webhooks with: `whsec_` and base64, or any text",
            secret=True,
        ),
        *WAREHOUSE_SETTINGS,
    ),
    inbound=(
        InboundType(EVENT_KIND, Shape.FACT, "What happened to a fulfilment order"),
        InboundType(STOCK_COUNT_KIND, Shape.FACT, "How much of a SKU was counted"),
        InboundType(STOCK_ADJUSTMENT_KIND, Shape.FACT, "How much more or less of a SKU is there"),
    ),
    operations=(
        Operation(
            SEND_FULFILMENT_ORDER,
            Grade.B,
            batch_max=BATCH_MAX,
            description="PUT under our fulfilment id: the same again changes nothing",
        ),
        Operation(
            CANCEL_FULFILMENT_ORDER,
            Grade.B,
            description="The warehouse decides once; asking again gets the same answer",
        ),
    ),
    streams=(
        Stream(
            EVENTS_STREAM,
            "Events in the order of the warehouse's feed",
            interval_min=timedelta(seconds=30),
            interval_max=timedelta(minutes=5),
            overlap=OVERLAP,
        ),
    ),
    concurrency_max=4,
    ownership={
        "fulfilment_order": "crossdock",
        "fulfilment_order.status": "wms",
        "shipment": "wms",
        "stock.on_hand": "wms",
    },
    quality=(
        QualityClaim("signature_checked", "Standard Webhooks, overlapping secrets"),
        QualityClaim("errors_classified", "HTTP status and the problem's code"),
        QualityClaim("golden_samples", "pairs in samples/"),
        QualityClaim("idempotent_writes", "PUT and cancellation by our fulfilment id"),
        QualityClaim("sweep", "the event feed, read again for at least 2 minutes"),
        QualityClaim("requests_validated", "requests, replies and webhooks against the OpenAPI"),
        QualityClaim("subscriptions_rearmed", "a missing or disabled webhook is armed"),
    ),
)
