"""Shipments: their move lines are written, their deliveries validated, and both read back.

`button_validate` may answer a window both before and after it has done its work, so its answer is
never believed: only the state that is read afterwards counts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from crossdock.connectors.odoo.all_or_nothing import call_for_each
from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.deliveries import DeliveryReader
from crossdock.connectors.odoo.loader import Loader
from crossdock.connectors.odoo.mapping.deliveries import Deliveries, to_erp_shipment
from crossdock.connectors.odoo.mapping.order_command import NamedOrder
from crossdock.connectors.odoo.mapping.shipment import ShipmentRequest
from crossdock.connectors.odoo.mapping.shipment_lots import Lots
from crossdock.connectors.odoo.mapping.shipment_plan import Plan, Step, plan_shipment
from crossdock.connectors.odoo.mapping.shipment_rows import fields_of, rows_of, unreserved_lots
from crossdock.connectors.odoo.order_targets import Target, find_targets, missing
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import Ambiguous, ConnectorError, NotYet, Rejected, Unavailable

MODEL = "stock.picking"
CONTEXT = {"skip_backorder": True, "skip_sms": True, "skip_expired": True}
"""Odoo makes the backorder itself and asks nothing."""
ROUNDS = 6
"""Pick, pack and ship, read once more; and what people change meanwhile."""


@dataclass(slots=True)
class _Shipping:
    """One shipment on its way through its steps."""

    effect: EffectToSend
    order_id: int
    request: ShipmentRequest
    plan: Plan = field(default_factory=lambda: Plan(()))
    refused: Rejected | None = None
    window: str = ""

    def steps_named(self) -> list[int]:
        return [step.picking.id for step in self.plan.steps]


class ShipOrders:
    """`ship_sales_order`."""

    def __init__(self, client: OdooClient, loader: Loader, reader: DeliveryReader) -> None:
        self._client = client
        self._loader = loader
        self._reader = reader

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Outcome]:
        """Step by step for all together: one load and one validation a step."""
        outcomes, targets = find_targets(self._client, batch, _order_of)
        under_way = _one_an_order(targets, outcomes)
        names: dict[int, str] = {}
        for number in range(ROUNDS):
            if not under_way:
                break
            self._plan(under_way, names, outcomes, written=number > 0)
            under_way = [s for s in under_way if s.effect.effect_key not in outcomes]
            self._act(under_way, outcomes)
            under_way = [s for s in under_way if s.effect.effect_key not in outcomes]
        for shipping in under_way:
            outcomes[shipping.effect.effect_key] = _still_open(shipping)
        return [outcomes[effect.effect_key] for effect in batch]

    def probe(self, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
        """By the shipment's own move lines in deliveries that are done."""
        failed, targets = find_targets(self._client, batch, _order_of)
        results: dict[str, ProbeResult] = dict(failed)
        requests = [ShipmentRequest.from_bytes(effect.request) for effect, _ in targets]
        try:
            seen = self._reader.read([order for _, order in targets], {})
            lots = self._lots(requests)
        except ConnectorError as error:
            return [Failed(effect.effect_key, error) for effect in batch]
        for effect, order_id in targets:
            results[effect.effect_key] = _probed(effect, seen.get(order_id), lots)
        return [results[effect.effect_key] for effect in batch]

    def _plan(
        self, under_way: Sequence[_Shipping], names: dict[int, str], outcomes: dict[str, Outcome],
        *, written: bool,
    ) -> None:  # fmt: skip
        """The next steps of each; what stands, or cannot go on, has its outcome."""
        try:
            seen = self._reader.read([shipping.order_id for shipping in under_way], names)
            lots = self._lots([shipping.request for shipping in under_way])
        except ConnectorError as error:
            lost = _not_read(error) if written else error
            outcomes |= {s.effect.effect_key: Failed(s.effect.effect_key, lost) for s in under_way}
            return
        for shipping in under_way:
            key, order = shipping.effect.effect_key, seen.get(shipping.order_id)
            if order is None:
                outcomes[key] = Failed(key, missing(_order_of(shipping.effect.request)))
                continue
            before = shipping.steps_named()
            try:
                shipping.plan = plan_shipment(shipping.request, order, lots)
            except Rejected as error:
                outcomes[key] = Failed(key, shipping.refused or error)
                continue
            if not shipping.plan.steps:
                outcomes[key] = Observed(key, to_erp_shipment(order, shipping.plan.stands_in))
            elif shipping.refused:
                outcomes[key] = Failed(key, shipping.refused)
            elif before == shipping.steps_named():
                outcomes[key] = _still_open(shipping)

    def _lots(self, requests: Sequence[ShipmentRequest]) -> Lots:
        lines = [line for request in requests for line in request.lines]
        return self._reader.lots(
            [line.product_id for line in lines], [name for line in lines for name, _ in line.lots]
        )

    def _act(self, under_way: Sequence[_Shipping], outcomes: dict[str, Outcome]) -> None:
        """Write and validate the planned steps. A refusal is believed after one more reading."""
        errors = self._write(under_way)
        going = {s.effect.effect_key: s for s in under_way if s.effect.effect_key not in errors}

        def validate(ids: list[int]) -> None:
            answer = self._client.write(MODEL, "button_validate", ids=ids, context=dict(CONTEXT))
            if isinstance(answer, dict):
                for shipping in going.values():
                    shipping.window = str(answer.get("res_model") or answer.get("tag") or "")

        errors |= call_for_each(validate, {key: s.steps_named() for key, s in going.items()})
        for shipping in under_way:
            key = shipping.effect.effect_key
            error = errors.get(key)
            if isinstance(error, Rejected):
                shipping.refused = error
            elif error is not None:
                outcomes[key] = Failed(key, error)

    def _write(self, under_way: Sequence[_Shipping]) -> dict[str, ConnectorError]:
        """Move lines, their names and the tracking numbers: one load for equal columns."""
        todo = [(s, step) for s in under_way for step in s.plan.steps if not step.marked]
        lots = {lot for _, step in todo for lot in unreserved_lots(step)}
        places = {taken.move.location_id for _, step in todo for taken in step.taken}
        try:
            whereabouts = self._reader.whereabouts(lots, places)
        except ConnectorError as error:
            return {s.effect.effect_key: error for s in under_way}
        groups: defaultdict[tuple[str, ...], list[tuple[_Shipping, Step]]] = defaultdict(list)
        for shipping, step in todo:
            groups[fields_of(step, shipping.request)].append((shipping, step))
        errors: dict[str, ConnectorError] = {}
        for fields, group in groups.items():
            rows = [rows_of(step, shipping.request, whereabouts) for shipping, step in group]
            answers = self._loader.load(MODEL, fields, rows)
            for (shipping, _), answer in zip(group, answers, strict=True):
                if isinstance(answer, ConnectorError):
                    errors[shipping.effect.effect_key] = answer
        return errors


def _order_of(request: bytes) -> NamedOrder:
    shipment = ShipmentRequest.from_bytes(request)
    return NamedOrder(shipment.order_external_id, shipment.order_id, "")


def _one_an_order(targets: Sequence[Target], outcomes: dict[str, Outcome]) -> list[_Shipping]:
    """A second shipment of an order waits until the first one stands."""
    found: dict[int, _Shipping] = {}
    for effect, order_id in targets:
        if order_id in found:
            waits = Unavailable("another shipment of the order goes first", code="not_sent")
            outcomes[effect.effect_key] = Failed(effect.effect_key, waits)
        else:
            request = ShipmentRequest.from_bytes(effect.request)
            found[order_id] = _Shipping(effect, order_id, request)
    return list(found.values())


def _probed(effect: EffectToSend, seen: Deliveries | None, lots: Lots) -> ProbeResult:
    key = effect.effect_key
    if seen is None:
        return Conflicting(key, f"{_order_of(effect.request).external_id} is not in Odoo")
    request = ShipmentRequest.from_bytes(effect.request)
    try:
        plan = plan_shipment(request, seen, lots)
    except Rejected as error:
        return Conflicting(key, error.reason) if error.code == "conflict" else Absent(key)
    if plan.steps:
        return Absent(key)
    return Observed(key, to_erp_shipment(seen, plan.stands_in), adopted=True)


def _still_open(shipping: _Shipping) -> Failed:
    names = ", ".join(step.picking.name for step in shipping.plan.steps)
    asks = f": Odoo asks a person first ({shipping.window})" if shipping.window else ""
    error = NotYet(
        f"{names} is still open after button_validate{asks}",
        remedy=f"open {names} in Odoo and answer its question",
        code="wizard",
    )
    return Failed(shipping.effect.effect_key, error)


def _not_read(error: ConnectorError) -> Ambiguous:
    return Ambiguous(
        f"written to Odoo, its result not read: {error.reason}",
        remedy="it is looked for in Odoo before anything else",
        code="not_read_back",
    )
