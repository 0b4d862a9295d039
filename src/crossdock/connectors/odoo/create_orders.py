"""Drafts: created together by `load`, read back, compared with their intent, and then only adopted."""

from collections import defaultdict
from collections.abc import Sequence

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.loader import Loader
from crossdock.connectors.odoo.mapping.erp_order import SeenOrder, difference, to_erp_order
from crossdock.connectors.odoo.mapping.order_request import LINE_PRODUCT, LINE_UNIT, LoadRequest
from crossdock.connectors.odoo.order_reader import OrderReader, find_external_id
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import Ambiguous, ConnectorError, Rejected

MODEL = "sale.order"


class OrderCreation:
    """`create_sales_order`."""

    def __init__(
        self, client: OdooClient, loader: Loader, reader: OrderReader, reference_data: ReferenceData
    ) -> None:
        self._client = client
        self._loader = loader
        self._reader = reader
        self._reference_data = reference_data

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Outcome]:
        """One load for all orders with the same columns; one outcome per effect."""
        requests = [LoadRequest.from_bytes(effect.request) for effect in batch]
        ids: dict[int, int | ConnectorError] = {}
        groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, request in enumerate(requests):
            groups[request.fields].append(number)
        for fields, numbers in groups.items():
            ids.update(self._create(fields, numbers, requests))
        created = [answer for answer in ids.values() if isinstance(answer, int)]
        try:
            seen = self._reader.read(created)
        except ConnectorError as error:
            seen = {}
            ids.update({n: _not_read(error) for n, a in ids.items() if isinstance(a, int)})
        return [
            _outcome(effect, requests[number], ids[number], seen)
            for number, effect in enumerate(batch)
        ]

    def probe(self, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
        """By external id; what is found is compared with the intent before it is adopted."""
        return [self._probe(effect) for effect in batch]

    def _create(
        self, fields: tuple[str, ...], numbers: list[int], requests: Sequence[LoadRequest]
    ) -> dict[int, int | ConnectorError]:
        answers: dict[int, int | ConnectorError] = {}
        complete: dict[int, LoadRequest] = {}
        for number in numbers:
            try:
                complete[number] = self._with_units(requests[number])
            except Rejected as error:
                answers[number] = error
        loaded = self._loader.load(MODEL, fields, [request.rows for request in complete.values()])
        answers.update(zip(complete, loaded, strict=True))
        return answers

    def _with_units(self, request: LoadRequest) -> LoadRequest:
        """Charges and discounts are booked in their product's own unit."""
        rows = range(len(request.rows))
        bare = {n: int(request.cell(LINE_PRODUCT, n)) for n in rows if not request.cell(LINE_UNIT, n)}
        if not bare:
            return request
        units = self._reference_data.product_units(bare.values())
        cells = [str(units[bare[n]]) if n in bare else request.cell(LINE_UNIT, n) for n in rows]
        return request.replaced(LINE_UNIT, cells)

    def _probe(self, effect: EffectToSend) -> ProbeResult:
        request = LoadRequest.from_bytes(effect.request)
        try:
            order_id = find_external_id(self._client, MODEL, request.external_id)
            seen = self._reader.read([order_id]).get(order_id) if order_id else None
        except ConnectorError as error:
            return Failed(effect.effect_key, error)
        if seen is None:
            return Absent(effect.effect_key)
        if differs := _conflict(request, seen):
            return Conflicting(effect.effect_key, differs)
        return Observed(effect.effect_key, to_erp_order(seen), adopted=True)


def _outcome(
    effect: EffectToSend,
    request: LoadRequest,
    answer: int | ConnectorError,
    seen: dict[int, SeenOrder],
) -> Outcome:
    if isinstance(answer, ConnectorError):
        return Failed(effect.effect_key, answer)
    order = seen.get(answer)
    if order is None:
        gone = Ambiguous(
            f"sale.order {answer} was created and is not there when read back",
            remedy="it is looked for in Odoo before anything else",
            code="not_read_back",
        )
        return Failed(effect.effect_key, gone)
    if differs := _conflict(request, order):
        return Failed(effect.effect_key, _conflicting(order, differs))
    return Observed(effect.effect_key, to_erp_order(order))


def _conflict(request: LoadRequest, seen: SeenOrder) -> str:
    if seen.order["state"] == "cancel":
        return f"{seen.order['name']} is cancelled in Odoo"
    return difference(request, seen)


def _conflicting(seen: SeenOrder, differs: str) -> Rejected:
    return Rejected(
        f"{seen.order['name']} in Odoo is not what was sent: {differs}",
        field="lines",
        remedy=f"correct or cancel {seen.order['name']} in Odoo, then release it",
        code="conflict",
    )


def _not_read(error: ConnectorError) -> Ambiguous:
    return Ambiguous(
        f"created, but not read back: {error.reason}",
        remedy="it is looked for in Odoo before anything else",
        code="not_read_back",
    )
