"""What Odoo can do for us: one short method per capability."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.connectors.odoo import webhooks
from crossdock.connectors.odoo.check import check
from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.close_orders import CloseOrders
from crossdock.connectors.odoo.create_orders import OrderCreation
from crossdock.connectors.odoo.create_parties import PartyCreation
from crossdock.connectors.odoo.deliveries import DeliveryReader
from crossdock.connectors.odoo.invoice_orders import InvoiceOrders
from crossdock.connectors.odoo.listing import LISTED_KINDS, Listing
from crossdock.connectors.odoo.loader import Loader
from crossdock.connectors.odoo.manifest import MANIFEST, STOCK_LEVEL_KIND
from crossdock.connectors.odoo.mapping import (
    from_order_command,
    from_party,
    from_sales_order,
    from_shipment,
    to_erp_order_seen,
    to_stock_level,
)
from crossdock.connectors.odoo.order_commands import CANCEL, CONFIRM, OrderCommands
from crossdock.connectors.odoo.order_reader import OrderReader
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.connectors.odoo.request_completion import RequestCompletion
from crossdock.connectors.odoo.ship_orders import ShipOrders
from crossdock.connectors.odoo.sweep import OdooSweep
from crossdock.domain.fulfilment import Shipment
from crossdock.domain.model import CanonicalModel
from crossdock.domain.parties import Party
from crossdock.domain.sales_order import SalesOrder
from crossdock.ports import erp
from crossdock.ports.capabilities import Connection
from crossdock.ports.check import CheckResult
from crossdock.ports.effect import EffectToSend, Failed, Outcome, ProbeResult
from crossdock.ports.errors import Rejected
from crossdock.ports.listing import Listed, ListedKind, Sought
from crossdock.ports.manifest import PRIVATE_NETWORK, Manifest
from crossdock.ports.message import Arrival, Hint, MessageIdentity
from crossdock.ports.sweep import SweepPage

ORDER_COMMANDS = frozenset((
    erp.CONFIRM_SALES_ORDER, erp.CANCEL_SALES_ORDER, erp.READ_SALES_ORDER, erp.CLOSE_SALES_ORDER,
    erp.INVOICE_SALES_ORDER,
))  # fmt: skip
"""Operations that name an order and nothing else."""


class OdooConnector:
    """One database of one Odoo. Thread-safe.

    Raises Rejected when it is made with a `url` or `company_id` that cannot be used.
    """

    def __init__(self, connection: Connection) -> None:
        settings = connection.settings
        self._name = connection.name
        self._workers = settings.get("workers", "2")
        self._tokens = connection.secrets.get("webhook_token", ())
        keys = connection.secrets.get("key") or ("",)
        self._client = OdooClient(
            settings.get("url", ""), settings.get("database", ""), keys[0],
            _company(settings.get("company_id", "")),
            private_network=settings.get(PRIVATE_NETWORK.name) != "no",
        )  # fmt: skip
        reference_data = ReferenceData(self._client)
        reader = OrderReader(self._client, reference_data)
        loader = Loader(self._client)
        completion = RequestCompletion(self._client, reference_data)
        self._parties = PartyCreation(self._client, loader, completion)
        self._orders = OrderCreation(self._client, loader, reader, completion)
        self._commands = OrderCommands(self._client, reader)
        deliveries = DeliveryReader(self._client, reference_data)
        self._shipments = ShipOrders(self._client, loader, deliveries)
        self._closing = CloseOrders(self._client, deliveries)
        self._invoices = InvoiceOrders(self._client, reference_data)
        self._listing = Listing(self._client, reference_data)
        self._sweep = OdooSweep(self._client, reference_data, stock=settings.get("stock") == "on")

    @property
    def manifest(self) -> Manifest:
        return MANIFEST

    def close(self) -> None:
        self._client.close()

    def authenticate(self, arrival: Arrival) -> None:
        """Raises BadSignature."""
        webhooks.check_token(arrival, self._tokens)

    def identify(self, arrival: Arrival) -> MessageIdentity | Hint:
        """Raises Unreadable."""
        return webhooks.identify(arrival, self._name)

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        """`odoo.sale_order` → ErpOrderSeen, `odoo.stock_level` → StockLevel. Raises Unreadable."""
        MANIFEST.inbound_type(kind)
        if kind == STOCK_LEVEL_KIND:
            return to_stock_level(arrival.body)
        return to_erp_order_seen(arrival.body)

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        """The final bytes of an effect. Raises Rejected for a document it cannot express."""
        match operation, document:
            case erp.CREATE_PARTY, Party():
                return from_party(document, resolved)
            case erp.CREATE_SALES_ORDER, SalesOrder():
                return from_sales_order(document, resolved)
            case erp.SHIP_SALES_ORDER, Shipment():
                return from_shipment(document, resolved)
            case operation, erp.OrderCommand() if operation in ORDER_COMMANDS:
                return from_order_command(document)
        raise _unknown(f"{operation} of {type(document).__name__}")

    def deliver(self, batch: Sequence[EffectToSend]) -> Sequence[Outcome]:
        """One outcome per effect of one operation."""
        match batch[0].operation:
            case erp.CREATE_PARTY:
                return self._parties.deliver(batch)
            case erp.CREATE_SALES_ORDER:
                return self._orders.deliver(batch)
            case erp.CONFIRM_SALES_ORDER:
                return self._commands.deliver(CONFIRM, batch)
            case erp.CANCEL_SALES_ORDER:
                return self._commands.deliver(CANCEL, batch)
            case erp.READ_SALES_ORDER:
                return self._commands.read(batch)
            case erp.SHIP_SALES_ORDER:
                return self._shipments.deliver(batch)
            case erp.CLOSE_SALES_ORDER:
                return self._closing.deliver(batch)
            case erp.INVOICE_SALES_ORDER:
                return self._invoices.deliver(batch)
        raise _unknown(batch[0].operation)

    def probe(self, batch: Sequence[EffectToSend]) -> Sequence[ProbeResult]:
        """What became of effects whose outcome is unknown."""
        match batch[0].operation:
            case erp.CREATE_PARTY:
                return self._parties.probe(batch)
            case erp.CREATE_SALES_ORDER:
                return self._orders.probe(batch)
            case erp.CONFIRM_SALES_ORDER:
                return self._commands.probe(CONFIRM, batch)
            case erp.CANCEL_SALES_ORDER:
                return self._commands.probe(CANCEL, batch)
            case erp.SHIP_SALES_ORDER:
                return self._shipments.probe(batch)
            case erp.CLOSE_SALES_ORDER:
                return self._closing.probe(batch)
            case erp.INVOICE_SALES_ORDER:
                return self._invoices.probe(batch)
        error = _unknown(f"a probe of {batch[0].operation}")
        return [Failed(effect.effect_key, error) for effect in batch]

    def sweep(self, stream: str, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
        return self._sweep.sweep(stream, cursor, now)

    def listed_kinds(self) -> tuple[ListedKind, ...]:
        return LISTED_KINDS

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        return self._listing.list_documents(kind, since, until)

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        return self._listing.find_documents(kind, sought)

    def check(self, now: datetime) -> Sequence[CheckResult]:
        return check(self._client, self._workers, now)


def _company(setting: str) -> int | None:
    if not setting:
        return None
    if not setting.isdigit():
        raise Rejected(
            f"company_id {setting!r} is no number",
            field="company_id",
            remedy="give the database id of the company in Odoo, or leave it empty",
        )
    return int(setting)


def _unknown(what: str) -> Rejected:
    return Rejected(
        f"Odoo does not know {what}", remedy="see the connector's manifest", code="operation"
    )
