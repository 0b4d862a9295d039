"""What the Shopify connector is and needs."""

from datetime import date, timedelta

from crossdock.connectors.shopify import cancellations, remainders, shipments
from crossdock.connectors.shopify.identity import TOPIC_HEADER
from crossdock.ports.channel import SALES_CHANNEL_SETTINGS
from crossdock.ports.effect import Grade, Operation
from crossdock.ports.erp import (
    CANCEL_ORDER,
    CANCEL_REMAINDER,
    READ_ORDER,
    SEND_ORDER_RESPONSE,
    SEND_SHIPMENT,
)
from crossdock.ports.manifest import (
    InboundType,
    Manifest,
    QualityClaim,
    RateBudget,
    Stream,
)
from crossdock.ports.message import Shape
from crossdock.ports.setting import Setting, SettingKind

SEVERAL_CALLS = timedelta(minutes=3)
"""Longest for operations that read before and after they write."""

MANIFEST = Manifest(
    system="shopify",
    title="Shopify",
    owner="integration",
    api_version="2026-07",
    api_removed_on=date(2027, 7, 1),
    settings=(
        Setting(
            "shop_url",
            "The shop's permanent address: https://<shop>.myshopify.com",
            kind=SettingKind.URL,
        ),
        Setting("api_secret", "Client secret of the app: signs webhooks", secret=True),
        Setting("access_token", "Offline access token of the app (shpat_…)", secret=True),
        Setting(
            "start_from",
            "Instant (ISO 8601) the first sweep starts at; empty: one day before it",
            default="",
            kind=SettingKind.INSTANT,
        ),
        Setting(
            "notify_customer",
            "Whether Shopify writes to customers when goods are shipped or orders cancelled",
            default="yes",
            choices=("yes", "no"),
        ),
        Setting(
            "stock_location",
            "Number of the location in Shopify that stock is published to; empty: its only one",
            default="",
        ),
        *SALES_CHANNEL_SETTINGS,
    ),
    topic_header=TOPIC_HEADER,
    inbound=(
        InboundType(
            "shopify.order",
            Shape.SNAPSHOT,
            "An order as it stands: orders/create, orders/updated, orders/cancelled, or swept",
        ),
    ),
    operations=(
        Operation(
            SEND_ORDER_RESPONSE,
            Grade.B,
            batch_max=25,
            cost=10,
            description="Metafields crossdock.order_response and crossdock.cancellation_response,"
            " unique per order; a tag if refused",
        ),
        Operation(
            SEND_SHIPMENT,
            Grade.C,
            settle=shipments.SETTLE,
            timeout=SEVERAL_CALLS,
            cost=230,
            description="A fulfilment of the shipped lines, recorded on the order as its own;"
            " without tracking numbers, an unknown outcome is a person's when something alike"
            " came to be",
        ),
        Operation(
            CANCEL_REMAINDER,
            Grade.A,
            key_lifetime=remainders.KEY_LIFETIME,
            timeout=SEVERAL_CALLS,
            cost=270,
            description="A refund of unfulfilled pieces without money, under an idempotency key"
            " that also stands in its note",
        ),
        Operation(
            CANCEL_ORDER,
            Grade.C,
            settle=cancellations.SETTLE,
            timeout=SEVERAL_CALLS,
            cost=40,
            description="The whole order, with its stock given back and no money moved; a job,"
            " watched until the order is cancelled",
        ),
        Operation(READ_ORDER, Grade.READ, cost=210, description="The order with all its lines"),
    ),
    streams=(
        Stream(
            "orders",
            "Orders by their last change",
            interval_min=timedelta(seconds=30),
            interval_max=timedelta(minutes=10),
            overlap=timedelta(minutes=10),
        ),
    ),
    rate_budget=RateBudget(capacity=2000, tokens_per_second=100),
    concurrency_max=4,
    ownership={
        "order": "shopify",
        "order.metafield.crossdock.order_response": "crossdock",
        "order.metafield.crossdock.cancellation_response": "crossdock",
        "order.metafield.crossdock.shipments": "crossdock",
        "order.tag.crossdock-rejected": "crossdock",
        "order.tag.crossdock-cancellation-refused": "crossdock",
        "order.fulfilments": "crossdock",
        "inventory_level.available": "crossdock",
    },
    quality=(
        QualityClaim("signature_checked", "HMAC-SHA256 of the raw body, overlapping secrets"),
        QualityClaim("errors_classified", "HTTP status, GraphQL error code and userErrors"),
        QualityClaim("golden_samples", "pairs in samples/"),
        QualityClaim(
            "idempotent_writes",
            "metafields by owner and key, tags are a set, fulfilments by our record, refunds by key"
            " and note, one cancellation an order, stock by key and by what it showed",
        ),
        QualityClaim("sweep", "orders by updated_at with 10 minutes' overlap"),
        QualityClaim("requests_validated", "each document against Shopify's introspection"),
        QualityClaim("subscriptions_rearmed", "missing or wrong webhooks are mended"),
    ),
)
