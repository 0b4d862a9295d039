"""Partners: created by `load` under our external id, found by it afterwards."""

from collections.abc import Sequence

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import find_external_id
from crossdock.connectors.odoo.loader import Loader
from crossdock.connectors.odoo.mapping.order_request import LoadRequest
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
from crossdock.ports.errors import ConnectorError

MODEL = "res.partner"


class PartyCreation:
    """`create_party`."""

    def __init__(self, client: OdooClient, loader: Loader, completion: RequestCompletion) -> None:
        self._client = client
        self._loader = loader
        self._completion = completion

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Outcome]:
        return [self._deliver(effect) for effect in batch]

    def probe(self, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
        """By external id; a partner that people changed since is adopted as it stands."""
        return [self._probe(effect) for effect in batch]

    def _deliver(self, effect: EffectToSend) -> Outcome:
        request = LoadRequest.from_bytes(effect.request)
        try:
            complete = self._completion.complete(request)
        except ConnectorError as error:
            return Failed(effect.effect_key, error)
        (answer,) = self._loader.load(MODEL, complete.fields, [complete.rows])
        if isinstance(answer, ConnectorError):
            return Failed(effect.effect_key, answer)
        return Observed(effect.effect_key, {"id": answer, "external_id": request.external_id})

    def _probe(self, effect: EffectToSend) -> ProbeResult:
        request = LoadRequest.from_bytes(effect.request)
        try:
            found = find_external_id(self._client, MODEL, request.external_id)
            if found is None:
                return Absent(effect.effect_key)
            partner = self._client.read(MODEL, "read", ids=[found], fields=["active"], load=None)
        except ConnectorError as error:
            return Failed(effect.effect_key, error)
        if not partner or not partner[0]["active"]:
            return Conflicting(effect.effect_key, f"res.partner {found} is archived in Odoo")
        observation = {"id": found, "external_id": request.external_id}
        return Observed(effect.effect_key, observation, adopted=True)
