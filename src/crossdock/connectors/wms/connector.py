"""What a warehouse system can do for us: one short method per capability."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.connectors.wms.address import checked_url
from crossdock.connectors.wms.cancellations import cancel_fulfilment_orders, probe_cancellations
from crossdock.connectors.wms.checks import checks
from crossdock.connectors.wms.client import WmsClient
from crossdock.connectors.wms.event_sweep import sweep_events
from crossdock.connectors.wms.fulfilment_orders import (
    probe_fulfilment_orders,
    send_fulfilment_orders,
)
from crossdock.connectors.wms.identity import check_signature, identify_event, signing_key
from crossdock.connectors.wms.listing import KINDS, find_documents, list_documents
from crossdock.connectors.wms.manifest import EVENTS_STREAM, MANIFEST
from crossdock.connectors.wms.mapping import (
    from_fulfilment_cancellation,
    from_fulfilment_order,
    to_document,
)
from crossdock.connectors.wms.subscriptions import rearm
from crossdock.domain.fulfilment import FulfilmentCancellation, FulfilmentOrder
from crossdock.domain.model import CanonicalModel
from crossdock.ports.capabilities import Connection
from crossdock.ports.check import CheckResult
from crossdock.ports.effect import EffectToSend, Outcome, ProbeResult
from crossdock.ports.errors import Rejected
from crossdock.ports.listing import Listed, ListedKind, Sought
from crossdock.ports.manifest import PRIVATE_NETWORK, Manifest
from crossdock.ports.message import Arrival, Hint, MessageIdentity
from crossdock.ports.sweep import SweepPage
from crossdock.ports.warehouse import CANCEL_FULFILMENT_ORDER, SEND_FULFILMENT_ORDER


class WmsConnector:
    """One warehouse system. Thread-safe.

    Raises Rejected when it is made with a `url`, a token or a secret that cannot be used.
    """

    def __init__(self, connection: Connection) -> None:
        url = checked_url(connection.settings.get("url", ""))
        tokens = connection.secrets.get("token") or ("",)
        self._name = connection.name
        self._keys = tuple(
            signing_key(s) for s in connection.secrets.get("webhook_secret", ()) if s
        )
        private = connection.settings.get(PRIVATE_NETWORK.name) != "no"
        self._client = WmsClient(url, tokens[0], private_network=private)

    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    def close(self) -> None:
        """Give back sockets."""
        self._client.close()

    def authenticate(self, arrival: Arrival) -> None:
        """Raises BadSignature."""
        check_signature(arrival, self._keys)

    def identify(self, arrival: Arrival) -> MessageIdentity | Hint:
        """Raises Unreadable."""
        return identify_event(arrival, self._name)

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        """An event → WarehouseEvent, StockCount or StockAdjustment. Raises Unreadable."""
        MANIFEST.inbound_type(kind)
        return to_document(arrival.body)

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        """The final bytes of an effect; nothing needs to be resolved. Raises Rejected."""
        if operation == SEND_FULFILMENT_ORDER and isinstance(document, FulfilmentOrder):
            return from_fulfilment_order(document)
        if operation == CANCEL_FULFILMENT_ORDER and isinstance(document, FulfilmentCancellation):
            return from_fulfilment_cancellation(document)
        raise Rejected(
            f"{operation} of a {type(document).__name__} is not offered by a warehouse",
            field="operation",
            remedy=f"resolved {sorted(resolved)} were for another connector: check the flow",
        )

    def deliver(self, batch: Sequence[EffectToSend]) -> Sequence[Outcome]:
        """One outcome per effect; all effects of a batch are of one operation."""
        if batch[0].operation == CANCEL_FULFILMENT_ORDER:
            return cancel_fulfilment_orders(self._client, batch)
        return send_fulfilment_orders(self._client, batch)

    def probe(self, batch: Sequence[EffectToSend]) -> Sequence[ProbeResult]:
        """What became of effects whose outcome is unknown."""
        if batch[0].operation == CANCEL_FULFILMENT_ORDER:
            return probe_cancellations(self._client, batch)
        return probe_fulfilment_orders(self._client, batch)

    def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        """Events of the feed. Raises Rejected for another stream."""
        if stream != EVENTS_STREAM:
            raise Rejected(f"a warehouse has no stream {stream!r}", field="stream")
        return sweep_events(self._client, cursor, now)

    def check(self, now: datetime) -> Sequence[CheckResult]:
        """Token, API version, clock, webhook subscription."""
        return list(checks(self._client, now))

    def maintain(self, now: datetime, receive_url: str) -> Sequence[CheckResult]:  # noqa: ARG002
        """The webhook armed at `receive_url`."""
        return [rearm(self._client, receive_url)]

    def listed_kinds(self) -> tuple[ListedKind, ...]:
        """Fulfilment orders, and what was shipped of them."""
        return KINDS

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        """Fulfilment orders the warehouse received in [since, until). Raises ConnectorError."""
        return list_documents(self._client, kind, since, until)

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        """Fulfilment orders by their ids. Raises ConnectorError."""
        return find_documents(self._client, kind, sought)


def connector(connection: Connection) -> WmsConnector:
    """The connector of one configured warehouse system."""
    return WmsConnector(connection)
