"""What Shopify can do for us: one short method per capability."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.connectors.shopify.address import checked_shop_url, shop_domain
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
from crossdock.connectors.shopify.manifest import MANIFEST
from crossdock.connectors.shopify.mapping import (
    from_order_command,
    from_order_response,
    to_sales_order,
)
from crossdock.connectors.shopify.order_responses import (
    probe_order_responses,
    send_order_responses,
)
from crossdock.connectors.shopify.orders import node_bytes, read_order
from crossdock.connectors.shopify.subscriptions import rearm
from crossdock.connectors.shopify.sweep import OrderSweep
from crossdock.domain.model import CanonicalModel
from crossdock.domain.order_response import OrderResponse
from crossdock.ports.capabilities import Connection
from crossdock.ports.check import CheckResult
from crossdock.ports.effect import EffectToSend, Failed, Observed, Outcome, ProbeResult
from crossdock.ports.erp import READ_ORDER, SEND_ORDER_RESPONSE, OrderCommand
from crossdock.ports.errors import ConnectorError, Rejected
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
        self._client = ShopifyClient(shop_url, tokens[0], MANIFEST.api_version)
        self._sweep = OrderSweep(self._client, connection.name, self._start_from)

    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    def close(self) -> None:
        """Give back sockets; a sweep that waits for the rate budget ends."""
        self._sweep.close()
        self._client.close()

    def authenticate(self, arrival: Arrival) -> None:
        """Raises BadSignature."""
        check_signature(arrival, self._keys)

    def identify(self, arrival: Arrival) -> MessageIdentity | Hint:
        """Raises Unreadable."""
        check_shop(arrival, self._shop_domain)
        return identify_order(arrival, self._name)

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        """`shopify.order` → SalesOrder. Raises Unreadable."""
        MANIFEST.inbound_type(kind)
        return to_sales_order(arrival.body, is_node=arrival.topic in NODE_TOPICS)

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        """The final bytes of an effect; nothing needs to be resolved. Raises Rejected."""
        if operation == SEND_ORDER_RESPONSE and isinstance(document, OrderResponse):
            return from_order_response(document)
        if operation == READ_ORDER and isinstance(document, OrderCommand):
            return from_order_command(document)
        raise Rejected(
            f"{operation} of a {type(document).__name__} is not offered by Shopify",
            field="operation",
            remedy=f"resolved {sorted(resolved)} were for another connector: check the flow",
        )

    def deliver(self, batch: Sequence[EffectToSend]) -> Sequence[Outcome]:
        """One outcome per effect; all effects of a batch are of one operation."""
        if batch and batch[0].operation == READ_ORDER:
            return [self._read_order(effect) for effect in batch]
        return send_order_responses(self._client, batch)

    def probe(self, batch: Sequence[EffectToSend]) -> Sequence[ProbeResult]:
        """What became of answers whose outcome is unknown."""
        return probe_order_responses(self._client, batch)

    def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """Orders that changed. Raises Rejected for another stream."""
        if stream != ORDERS_STREAM:
            raise Rejected(f"Shopify has no stream {stream!r}", field="stream")
        return self._sweep.pages(cursor, now)

    def check(self, now: datetime) -> Sequence[CheckResult]:
        """Token, scopes, API version, clock, subscriptions."""
        return list(checks(self._client, self._start_from, now))

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

    def _read_order(self, effect: EffectToSend) -> Outcome:
        order_id = json.loads(effect.request)["order_id"]
        try:
            node = read_order(self._client.run, order_id)
        except ConnectorError as error:
            return Failed(effect.effect_key, error)
        if node is None:
            remedy = "it was deleted in Shopify: cancel it here as well"
            gone = Rejected(f"{order_id} does not exist", remedy=remedy, code="not_found")
            return Failed(effect.effect_key, gone)
        observation = {"topic": REREAD_TOPIC, "body": node_bytes(node).decode()}
        return Observed(effect.effect_key, observation)


def connector(connection: Connection) -> ShopifyConnector:
    """The connector of one configured shop."""
    return ShopifyConnector(connection)
