"""What Shopify can do for us: one short method per capability."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.connectors.shopify.address import checked_shop_url, shop_domain
from crossdock.connectors.shopify.cancellations import cancel_order, probe_cancellation
from crossdock.connectors.shopify.checks import checks
from crossdock.connectors.shopify.client import ShopifyClient
from crossdock.connectors.shopify.identity import (
    NODE_TOPICS,
    ORDERS_STREAM,
    REREAD_TOPIC,
    check_shop,
    check_signature,
    identify_order,
)
from crossdock.connectors.shopify.listing import (
    KINDS,
    find_orders,
    find_shipments,
    list_orders,
    list_shipments,
)
from crossdock.connectors.shopify.manifest import MANIFEST
from crossdock.connectors.shopify.mapping import (
    from_cancellation,
    from_order_command,
    from_order_response,
    from_remainder,
    from_shipment,
    to_sales_order,
)
from crossdock.connectors.shopify.order_responses import (
    probe_order_responses,
    send_order_responses,
)
from crossdock.connectors.shopify.orders import node_bytes, read_order
from crossdock.connectors.shopify.patience import Patience
from crossdock.connectors.shopify.remainders import cancel_remainder, probe_remainder
from crossdock.connectors.shopify.shipments import probe_shipment, send_shipment
from crossdock.connectors.shopify.stock_publication import QUANTITIES_MAX, StockPublication
from crossdock.connectors.shopify.subscriptions import rearm
from crossdock.connectors.shopify.sweep import OrderSweep, to_instant
from crossdock.domain.cancellation import Cancellation
from crossdock.domain.fulfilment import RemainderCancellation, Shipment
from crossdock.domain.model import CanonicalModel
from crossdock.domain.order_response import OrderResponse
from crossdock.ports.capabilities import Connection
from crossdock.ports.channel_stock import ChannelStock, Published
from crossdock.ports.check import CheckResult
from crossdock.ports.effect import EffectToSend, Failed, Observed, Outcome, ProbeResult
from crossdock.ports.erp import (
    CANCEL_ORDER,
    CANCEL_REMAINDER,
    NOT_FOUND,
    READ_ORDER,
    SEND_ORDER_RESPONSE,
    SEND_SHIPMENT,
    OrderCommand,
)
from crossdock.ports.errors import ConnectorError, Rejected
from crossdock.ports.listing import Listed, ListedKind, Sought
from crossdock.ports.manifest import Manifest, RateBudgetReading
from crossdock.ports.message import Arrival, Hint, MessageIdentity
from crossdock.ports.sweep import SweepPage


class ShopifyConnector:
    """One shop. Thread-safe.

    Raises Rejected when it is made with a `shop_url` that no token may be sent to.
    """

    def __init__(self, connection: Connection) -> None:
        shop_url = checked_shop_url(connection.settings.get("shop_url", ""))
        tokens = connection.secrets.get("access_token") or ("",)
        self._name = connection.name
        self._shop_domain = shop_domain(shop_url)
        self._keys = tuple(s.encode() for s in connection.secrets.get("api_secret", ()) if s)
        self._start_from = connection.settings.get("start_from", "")
        self._notify = connection.settings.get("notify_customer", "yes") == "yes"
        self._client = ShopifyClient(shop_url, tokens[0], MANIFEST.api_version)
        self._patience = Patience(self._client)
        self._stock_location = connection.settings.get("stock_location", "")
        self._stock = StockPublication(self._client.run, self._patience.run, self._stock_location)
        self._sweep = OrderSweep(self._patience.run, connection.name, self._start_from)

    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    def close(self) -> None:
        """Give back sockets; what waits for the rate budget or for a job ends."""
        self._patience.close()
        self._client.close()

    def authenticate(self, arrival: Arrival) -> None:
        """Raises BadSignature."""
        check_signature(arrival, self._keys)

    def identify(self, arrival: Arrival) -> MessageIdentity | Hint:
        """Raises Unreadable."""
        return identify_order(arrival, self._name)

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        """`shopify.order` → SalesOrder. Raises Unreadable, also for another shop's.

        The shop is judged here, not when an arrival is named: its header is not signed, and a
        repeated body under another is still known by its content.
        """
        MANIFEST.inbound_type(kind)
        check_shop(arrival, self._shop_domain)
        return to_sales_order(arrival.body, is_node=arrival.topic in NODE_TOPICS)

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        """The final bytes of an effect; nothing needs to be resolved. Raises Rejected."""
        if operation == SEND_ORDER_RESPONSE and isinstance(document, OrderResponse):
            return from_order_response(document)
        if operation == SEND_SHIPMENT and isinstance(document, Shipment):
            return from_shipment(document, notify=self._notify)
        if operation == CANCEL_REMAINDER and isinstance(document, RemainderCancellation):
            return from_remainder(document)
        if operation == CANCEL_ORDER and isinstance(document, Cancellation):
            return from_cancellation(document, notify=self._notify)
        if operation == READ_ORDER and isinstance(document, OrderCommand):
            return from_order_command(document)
        raise Rejected(
            f"{operation} of a {type(document).__name__} is not offered by Shopify",
            field="operation",
            remedy=f"resolved {sorted(resolved)} were for another connector: check the flow",
        )

    def deliver(self, batch: Sequence[EffectToSend]) -> Sequence[Outcome]:
        """One outcome per effect; all effects of a batch are of one operation."""
        operation = batch[0].operation if batch else SEND_ORDER_RESPONSE
        if operation == SEND_ORDER_RESPONSE:
            return send_order_responses(self._client, batch)
        return [self._deliver_one(effect) for effect in batch]

    def probe(self, batch: Sequence[EffectToSend]) -> Sequence[ProbeResult]:
        """What became of effects whose outcome is unknown."""
        operation = batch[0].operation if batch else SEND_ORDER_RESPONSE
        if operation == SEND_ORDER_RESPONSE:
            return probe_order_responses(self._client, batch)
        probe_one = _PROBES[operation]
        return [probe_one(self._client, effect) for effect in batch]

    def listed_kinds(self) -> tuple[ListedKind, ...]:
        """Orders, and what was shipped of them."""
        return KINDS

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        """Orders created in [since, until), from `start_from` on: those before it may never have
        come to us. Raises Rejected for another kind.
        """
        if self._start_from:
            since = max(since, to_instant(self._start_from, "start_from"))
        if kind is ListedKind.ORDER:
            return list_orders(self._patience.run, since, until)
        if kind is ListedKind.SHIPMENT:
            return list_shipments(self._patience.run, since, until)
        raise _not_listed(kind)

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        """Orders by their ids, also those before `start_from`. Raises Rejected for another kind."""
        if kind is ListedKind.ORDER:
            return find_orders(self._patience.run, sought)
        if kind is ListedKind.SHIPMENT:
            return find_shipments(self._patience.run, sought)
        raise _not_listed(kind)

    @property
    def publish_batch_max(self) -> int:
        """What one request of Shopify's takes."""
        return QUANTITIES_MAX

    def publish_stock(self, items: Sequence[ChannelStock], key: str) -> Sequence[Published]:
        """What is for sale at the shop's locations; after Ambiguous, repeat it under its key."""
        return self._stock.publish(items, key)

    def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """Orders that changed. Raises Rejected for another stream."""
        if stream != ORDERS_STREAM:
            raise Rejected(f"Shopify has no stream {stream!r}", field="stream")
        return self._sweep.pages(cursor, now)

    def check(self, now: datetime) -> Sequence[CheckResult]:
        """Token, scopes, API version, clock, stock location, subscriptions."""
        return list(checks(self._client, self._start_from, self._stock_location, now))

    def maintain(self, now: datetime, receive_url: str) -> Sequence[CheckResult]:  # noqa: ARG002
        """Webhooks armed for our topics at `receive_url`."""
        return list(rearm(self._client, receive_url))

    def budget(self) -> RateBudgetReading | None:
        """The leaky bucket as the last reply described it; None before the first."""
        status = self._client.throttle
        if status is None:
            return None
        return RateBudgetReading(
            available=status.currently_available,
            capacity=status.maximum_available,
            tokens_per_second=status.restore_rate,
        )

    def _deliver_one(self, effect: EffectToSend) -> Outcome:
        if effect.operation == SEND_SHIPMENT:
            return send_shipment(self._client, effect)
        if effect.operation == CANCEL_REMAINDER:
            return cancel_remainder(self._client, effect)
        if effect.operation == CANCEL_ORDER:
            return cancel_order(self._client, effect, self._patience.wait)
        return self._read_order(effect)

    def _read_order(self, effect: EffectToSend) -> Outcome:
        request = json.loads(effect.request)
        order_id = request["order_id"]
        try:
            node = read_order(self._client.run, order_id, request.get("seen_version", ""))
        except ConnectorError as error:
            return Failed(effect.effect_key, error)
        if node is None:
            remedy = "it was deleted in Shopify: cancel it here as well"
            gone = Rejected(f"{order_id} does not exist", remedy=remedy, code=NOT_FOUND)
            return Failed(effect.effect_key, gone)
        observation = {"topic": REREAD_TOPIC, "body": node_bytes(node).decode()}
        return Observed(effect.effect_key, observation)


_PROBES = {
    SEND_SHIPMENT: probe_shipment,
    CANCEL_REMAINDER: probe_remainder,
    CANCEL_ORDER: probe_cancellation,
}


def _not_listed(kind: ListedKind) -> Rejected:
    return Rejected(f"Shopify does not list {kind.value}s", field="kind")


def connector(connection: Connection) -> ShopifyConnector:
    """The connector of one configured shop."""
    return ShopifyConnector(connection)
