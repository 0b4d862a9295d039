"""Drafts: created together by `load`, read back, and adopted only when they equal their intent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import find_external_id
from crossdock.connectors.odoo.loader import Loader
from crossdock.connectors.odoo.mapping.erp_order import SeenOrder, difference, to_erp_order
from crossdock.connectors.odoo.mapping.order_request import LoadRequest
from crossdock.connectors.odoo.order_reader import OrderReader
from crossdock.connectors.odoo.request_completion import RequestCompletion
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
        self,
        client: OdooClient,
        loader: Loader,
        reader: OrderReader,
        completion: RequestCompletion,
    ) -> None:
        self._client = client
        self._loader = loader
        self._reader = reader
        self._completion = completion

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Outcome]:
        """One load for all orders with the same columns; one outcome per effect."""
        requests: dict[int, LoadRequest] = {}
        ids: dict[int, int | ConnectorError] = {}
        for number, effect in enumerate(batch):
            try:
                requests[number] = self._completion.complete(LoadRequest.from_bytes(effect.request))
            except ConnectorError as error:
                ids[number] = error
        ids |= self._create(requests)
        created = {answer: requests[n] for n, answer in ids.items() if isinstance(answer, int)}
        try:
            seen = self._reader.read_created(created)
        except ConnectorError as error:
            seen = {}
            ids |= {n: _not_read(error) for n, a in ids.items() if isinstance(a, int)}
        return [
            _outcome(effect, requests.get(number), ids[number], seen)
            for number, effect in enumerate(batch)
        ]

    def probe(self, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
        """By external id; what is found is compared with the intent before it is adopted."""
        requests = [LoadRequest.from_bytes(effect.request) for effect in batch]
        found = [self._find(request) for request in requests]
        try:
            seen = self._reader.read([answer for answer in found if isinstance(answer, int)])
        except ConnectorError as error:
            return [Failed(effect.effect_key, error) for effect in batch]
        return [
            _probed(effect, request, answer, seen)
            for effect, request, answer in zip(batch, requests, found, strict=True)
        ]

    def _find(self, request: LoadRequest) -> int | ConnectorError | None:
        try:
            return find_external_id(self._client, MODEL, request.external_id)
        except ConnectorError as error:
            return error

    def _create(self, requests: Mapping[int, LoadRequest]) -> dict[int, int | ConnectorError]:
        """Orders with the same columns go into one load."""
        groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, request in requests.items():
            groups[request.fields].append(number)
        answers: dict[int, int | ConnectorError] = {}
        for fields, numbers in groups.items():
            loaded = self._loader.load(MODEL, fields, [requests[n].rows for n in numbers])
            answers.update(zip(numbers, loaded, strict=True))
        return answers


def _probed(
    effect: EffectToSend,
    request: LoadRequest,
    found: int | ConnectorError | None,
    seen: Mapping[int, SeenOrder],
) -> ProbeResult:
    if isinstance(found, ConnectorError):
        return Failed(effect.effect_key, found)
    order = seen.get(found) if found else None
    if order is None:
        return Absent(effect.effect_key)
    if differs := _conflict(request, order):
        return Conflicting(effect.effect_key, differs)
    return Observed(effect.effect_key, to_erp_order(order), adopted=True)


def _outcome(
    effect: EffectToSend,
    request: LoadRequest | None,
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
    assert request is not None
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
