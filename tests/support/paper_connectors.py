"""A shop and an ERP on paper: connectors without a wire, for tests of the engine alone.

The ERP is a dictionary that remembers every call, so that a test can count effects in it.
"""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.model import CanonicalModel
from crossdock.domain.money import Money
from crossdock.domain.parties import Party
from crossdock.domain.products import ProductReference
from crossdock.domain.quantity import Quantity
from crossdock.domain.sales_order import OrderLine, SalesOrder
from crossdock.ports.capabilities import Connection
from crossdock.ports.channel import SALES_CHANNEL_SETTINGS
from crossdock.ports.effect import Absent, EffectToSend, Failed, Grade, Observed, Operation
from crossdock.ports.erp import ErpOrderSeen
from crossdock.ports.errors import NotYet, Rejected, Unreadable
from crossdock.ports.manifest import InboundType, Manifest, RateBudget, Stream
from crossdock.ports.message import Arrival, MessageIdentity, Shape

SHOP = Manifest(
    system="paper_shop",
    title="A shop on paper",
    owner="integration",
    api_version="1",
    api_removed_on=None,
    settings=SALES_CHANNEL_SETTINGS,
    inbound=(InboundType("paper.order", Shape.SNAPSHOT, "an order"),),
    operations=(
        Operation("send_order_response", Grade.B, batch_max=25),
        Operation("read_order", Grade.READ),
        Operation("send_shipment", Grade.B),
        Operation("cancel_remainder", Grade.B),
        Operation("cancel_order", Grade.B),
    ),
)


def _projected(name: str) -> Stream:
    return Stream(
        name,
        name,
        timedelta(minutes=5),
        timedelta(minutes=5),
        timedelta(0),
        name,
        timedelta(hours=1),
    )


ERP = Manifest(
    system="paper_erp",
    title="An ERP on paper",
    owner="integration",
    api_version="1",
    api_removed_on=None,
    settings=(),
    inbound=(InboundType("paper_erp.order", Shape.SNAPSHOT, "an order as it stands there"),),
    operations=(
        Operation("create_party", Grade.B, others_wait=True),
        Operation("create_sales_order", Grade.B, batch_max=50),
        Operation("confirm_sales_order", Grade.B, batch_max=50),
        Operation("cancel_sales_order", Grade.B),
        Operation("read_sales_order", Grade.READ),
        Operation("ship_sales_order", Grade.C),
        Operation("close_sales_order", Grade.B),
        Operation("invoice_sales_order", Grade.C),
    ),
    streams=tuple(_projected(n) for n in ("products", "partners", "units", "taxes")),
)


def order_body(
    number: int, *, version: int = 1, quantity: str = "2", price: str = "10.00", sku: str = "A-1",
    email: str = "anna@example.com", po: str = "", cancelled: bool = False, note: str = "",
) -> dict[str, Any]:  # fmt: skip
    """A paper order as JSON: one line, no tax."""
    return {
        "id": number, "version": version, "quantity": quantity, "price": price, "sku": sku,
        "email": email, "po": po, "cancelled": cancelled, "note": note,
    }  # fmt: skip


def _line(line_id: str, sku: str, quantity: str, price: str, allowance: str = "0") -> OrderLine:
    code = Identifier(scheme=IdentifierScheme.SELLER_SKU, value=sku)
    return OrderLine(
        line_id=line_id, product=ProductReference(identifiers=(code,)),
        quantity=Quantity(amount=Decimal(quantity), unit="EA"), unit_price=Decimal(price),
        allowance=Decimal(allowance),
    )  # fmt: skip


@dataclass(slots=True)
class PaperShop:
    """Orders in as JSON, answers out into a list."""

    connection: Connection
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What the shop itself says of its orders, for re-reads."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    """Effect keys of the answers it has."""
    refuse_next: set[str] = field(default_factory=set)
    """Operations of which it refuses the next one."""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Shipments, remainders and cancellations it was told of: operation, document."""
    reread_suffix: str = " "
    """Makes the bytes of a re-read differ from those of a webhook."""

    @property
    def manifest(self) -> Manifest:
        return SHOP

    def close(self) -> None:
        """Nothing to give back."""

    def authenticate(self, arrival: Arrival) -> None:
        """Everybody is welcome."""

    def identify(self, arrival: Arrival) -> MessageIdentity:
        try:
            body = json.loads(arrival.body)
            version = f"{body['version']:08d}"
            key = f"order:{body['id']}@{version}#{zlib.crc32(arrival.body):08x}"
            return MessageIdentity(
                "paper.order", key, f"{self.connection.name}:order:{body['id']}", version
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable("body", str(error), "send JSON") from error

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        body = json.loads(arrival.body)
        if body["quantity"].startswith("-"):
            raise Unreadable("quantity", "negative", "send a positive quantity")
        rows = body.get("lines") or [["1", body["sku"], body["quantity"], body["price"]]]
        lines = tuple(_line(*row) for row in rows)
        total = sum((line.net for line in lines), Decimal(0))
        placed = datetime(2026, 1, 1, tzinfo=UTC)
        return SalesOrder(
            reference=body["po"] or str(body["id"]),
            reference_is_buyers=bool(body["po"]),
            name=f"#{body['id']}",
            identifiers=(
                Identifier(scheme=IdentifierScheme.CHANNEL_ORDER_ID, value=str(body["id"])),
            ),
            placed_at=placed,
            currency="EUR",
            prices_include_tax=False,
            buyer=Party(name="Anna", email=body["email"]),
            lines=lines,
            total=Money(amount=total, currency="EUR"),
            cancelled_at=placed if body["cancelled"] else None,
            note=body["note"],
        )

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        return document.model_dump_json().encode()

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Observed | Failed]:
        if batch[0].operation == "read_order":
            command = json.loads(batch[0].request)
            body = self.orders[int(command["external_id"])]
            if f"{body['version']:08d}" < command["seen_version"]:
                return [Failed(batch[0].effect_key, NotYet("this replica lags"))]
            observation = {
                "topic": "orders",
                "body": json.dumps(body, sort_keys=True) + self.reread_suffix,
            }
            return [Observed(batch[0].effect_key, observation)]
        if batch[0].operation in self.refuse_next:
            self.refuse_next.remove(batch[0].operation)
            return [Failed(e.effect_key, Rejected("a right is missing")) for e in batch]
        documents = [json.loads(e.request) for e in batch]
        if batch[0].operation == "send_order_response":
            self.answers.extend(documents)
        else:
            self.told.extend((batch[0].operation, document) for document in documents)
        self.answered.update(e.effect_key for e in batch)
        return [Observed(e.effect_key) for e in batch]

    def probe(self, batch: Sequence[EffectToSend]) -> list[Observed | Absent]:
        return [
            Observed(e.effect_key, adopted=True)
            if e.effect_key in self.answered
            else Absent(e.effect_key)
            for e in batch
        ]


@dataclass(slots=True)
class PaperErp:
    """Orders by external id. `before` and `after` may raise around each call."""

    connection: Connection
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    parties: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[str, int]] = field(default_factory=list)
    probes: list[tuple[str, int]] = field(default_factory=list)
    created: list[tuple[str, str]] = field(default_factory=list)
    """Every request to make an order that it served, repeats included: external id, reference."""
    served: list[str] = field(default_factory=list)
    """Keys of all effects that took place, in order."""
    before: Callable[[str], None] = lambda operation: None
    after: Callable[[str], None] = lambda operation: None
    surcharge: Decimal = Decimal(0)
    refuse: set[str] = field(default_factory=set)
    """SKU codes whose orders it refuses."""
    refuse_next: set[str] = field(default_factory=set)
    """Operations of which it refuses the next one."""
    rate_budget: RateBudget | None = None
    operations: tuple[Operation, ...] = ERP.operations

    @property
    def manifest(self) -> Manifest:
        return replace(ERP, rate_budget=self.rate_budget, operations=self.operations)

    def close(self) -> None:
        """Nothing to give back."""

    def authenticate(self, arrival: Arrival) -> None:
        """Everybody is welcome."""

    def identify(self, arrival: Arrival) -> MessageIdentity:
        body = json.loads(arrival.body)
        key = f"sale.order:{body['seen']['id']}@{body['seen']['seen_version']}"
        version = body["seen"]["seen_version"]
        return MessageIdentity("paper_erp.order", key, body["work_key"], version)

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        return ErpOrderSeen.model_validate(json.loads(arrival.body)["seen"])

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        known = dict(resolved)
        return json.dumps(
            {"document": json.loads(document.model_dump_json()), "resolved": known}
        ).encode()

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Observed | Failed]:
        operation = batch[0].operation
        self.calls.append((operation, len(batch)))
        self.before(operation)
        results = [self._one(operation, e) for e in batch]
        self.served.extend(
            e.effect_key for e, r in zip(batch, results, strict=True) if isinstance(r, Observed)
        )
        self.after(operation)
        return results

    def probe(self, batch: Sequence[EffectToSend]) -> list[Observed | Absent]:
        self.probes.append((batch[0].operation, len(batch)))
        return [self._look(e) for e in batch]

    def _look(self, effect: EffectToSend) -> Observed | Absent:
        request = json.loads(effect.request)
        key = request["resolved"].get("external_id") or request["document"].get("external_id")
        order = self.orders.get(key)
        wanted = {
            "create_sales_order": ("draft", "sale", "cancel"),
            "confirm_sales_order": ("sale",),
            "cancel_sales_order": ("cancel",),
        }.get(effect.operation, ())
        if order is not None and order["state"] in wanted:
            return Observed(effect.effect_key, order, adopted=True)
        if key in self.parties:
            return Observed(effect.effect_key, {"id": self.parties[key]}, adopted=True)
        return Absent(effect.effect_key)

    def _one(self, operation: str, effect: EffectToSend) -> Observed | Failed:
        request = json.loads(effect.request)
        document, resolved = request["document"], request["resolved"]
        if operation == "create_party":
            self.parties.setdefault(resolved["external_id"], len(self.parties) + 1)
            return Observed(effect.effect_key, {"id": self.parties[resolved["external_id"]]})
        if operation == "create_sales_order":
            return self._create(effect, document, resolved)
        order = self.orders[resolved.get("order_external_id") or document["external_id"]]
        if operation in self.refuse_next:
            self.refuse_next.remove(operation)
            return Failed(effect.effect_key, Rejected("a right is missing"))
        if operation in ("ship_sales_order", "close_sales_order", "invoice_sales_order"):
            return Observed(effect.effect_key, self._fulfil(operation, order, document))
        if operation == "confirm_sales_order":
            order["state"] = "sale"
        elif operation == "cancel_sales_order":
            order["state"] = "cancel"
        return Observed(effect.effect_key, dict(order))

    def _fulfil(
        self, operation: str, order: dict[str, Any], document: dict[str, Any]
    ) -> dict[str, Any]:
        if operation == "ship_sales_order":
            order.setdefault("shipments", []).append(document["shipment_id"])
            delivered = order.setdefault("delivered", {})
            for line in document["lines"]:
                amount = Decimal(line["quantity"]["amount"])
                delivered[line["line_id"]] = str(
                    Decimal(delivered.get(line["line_id"], "0")) + amount
                )
        elif operation == "close_sales_order":
            order["closed"] = True
        else:
            delivered, invoices = dict(order.get("delivered", {})), order.setdefault("invoices", [])
            if delivered not in invoices:
                invoices.append(delivered)
            return {"id": 1, "name": f"INV/{order['name']}/{len(order['invoices'])}"}
        return {"delivered": dict(order.get("delivered", {}))}

    def _create(
        self, effect: EffectToSend, document: dict[str, Any], resolved: dict[str, Any]
    ) -> Observed | Failed:
        sku = document["lines"][0]["product"]["identifiers"][0]["value"]
        if sku in self.refuse:
            return Failed(
                effect.effect_key,
                Rejected("the product is archived", field="lines", remedy="unarchive it"),
            )
        number = len(self.orders) + 1
        total = Decimal(document["total"]["amount"]) + self.surcharge
        order = {
            "id": number, "name": f"S{number:05d}", "state": "draft", "currency": "EUR",
            "amount_untaxed": str(total), "amount_tax": "0.00", "amount_total": str(total),
        }  # fmt: skip
        self.created.append((resolved["external_id"], document["reference"]))
        return Observed(
            effect.effect_key, dict(self.orders.setdefault(resolved["external_id"], order))
        )
