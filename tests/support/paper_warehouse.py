"""A warehouse on paper: keeps fulfilment orders, decides once between cancelled and picked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crossdock.domain.fulfilment import WarehouseEvent
from crossdock.domain.model import CanonicalModel
from crossdock.ports.capabilities import Connection
from crossdock.ports.effect import Absent, EffectToSend, Failed, Grade, Observed, Operation
from crossdock.ports.errors import Rejected
from crossdock.ports.manifest import InboundType, Manifest
from crossdock.ports.message import Arrival, MessageIdentity, Shape
from crossdock.ports.warehouse import WAREHOUSE_SETTINGS

WMS = Manifest(
    system="paper_wms",
    title="A warehouse on paper",
    owner="warehouse",
    api_version="1",
    api_removed_on=None,
    settings=WAREHOUSE_SETTINGS,
    inbound=(InboundType("paper_wms.event", Shape.FACT, "what happened"),),
    operations=(
        Operation("send_fulfilment_order", Grade.B, batch_max=50),
        Operation("cancel_fulfilment_order", Grade.B),
    ),
)
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class PaperWarehouse:
    """Fulfilment orders by id."""

    connection: Connection
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    """Every request to take a fulfilment order that it served."""
    cancelled: set[str] = field(default_factory=set)
    picked: set[str] = field(default_factory=set)
    refuse: str = ""
    """Why it takes none at the moment."""

    @property
    def manifest(self) -> Manifest:
        return WMS

    def close(self) -> None:
        """Nothing to give back."""

    def authenticate(self, arrival: Arrival) -> None:
        """Everybody is welcome."""

    def identify(self, arrival: Arrival) -> MessageIdentity:
        body = json.loads(arrival.body)
        return MessageIdentity("paper_wms.event", f"event:{body['event_id']}", body["order_key"])

    def translate(self, kind: str, arrival: Arrival) -> CanonicalModel:
        return WarehouseEvent.model_validate_json(arrival.body)

    def prepare(
        self, operation: str, document: CanonicalModel, resolved: Mapping[str, Any]
    ) -> bytes:
        return document.model_dump_json().encode()

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Observed | Failed]:
        return [self._one(effect) for effect in batch]

    def probe(self, batch: Sequence[EffectToSend]) -> list[Observed | Absent]:
        return [
            Observed(e.effect_key, {"status": "received"}, adopted=True)
            if json.loads(e.request)["fulfilment_id"] in self.orders
            else Absent(e.effect_key)
            for e in batch
        ]

    def pick(self, fulfilment_id: str) -> bool:
        """Whether it could be begun: not when it was cancelled before."""
        if fulfilment_id in self.cancelled:
            return False
        self.picked.add(fulfilment_id)
        return True

    def _one(self, effect: EffectToSend) -> Observed | Failed:
        request = json.loads(effect.request)
        name = request["fulfilment_id"]
        if effect.operation == "cancel_fulfilment_order":
            if name in self.picked:
                answer = {"result": "refused", "reason": "picked"}
            else:
                self.cancelled.add(name)
                answer = {"result": "cancelled", "reason": ""}
            return Observed(effect.effect_key, answer)
        if self.refuse or name in self.cancelled:
            reason = self.refuse or "cancelled"
            return Failed(effect.effect_key, Rejected(reason, remedy="ask the warehouse"))
        self.sent.append(name)
        self.orders[name] = request
        return Observed(effect.effect_key, {"status": "received"})


def event(
    kind: str, fulfilment: Mapping[str, Any], *, number: int = 1, minutes: int = 0,
    quantities: Mapping[str, str] | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """A fact about a fulfilment order; `quantities` by line id, all that was ordered by default."""
    wanted = {line["line_id"]: line for line in fulfilment["lines"]}
    amounts = quantities
    if amounts is None:
        amounts = {n: line["quantity"]["amount"] for n, line in wanted.items()}
    return {
        "event_id": f"{fulfilment['fulfilment_id']}:{kind}:{number}",
        "kind": kind,
        "fulfilment_id": fulfilment["fulfilment_id"],
        "order_key": fulfilment["order_key"],
        "occurred_at": (MORNING + timedelta(minutes=minutes)).isoformat(),
        "lines": [
            {"line_id": n, "sku": wanted[n]["sku"],
             "quantity": {"amount": amount, "unit": wanted[n]["quantity"]["unit"]}}
            for n, amount in amounts.items()
        ],
        **more,
    }  # fmt: skip
