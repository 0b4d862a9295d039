"""Cancelling fulfilment orders: the warehouse decides once, so asking again is safe (grade B)."""

from collections.abc import Sequence

from crossdock.connectors.wms.client import WmsClient, cancellation_path
from crossdock.connectors.wms.contract.fulfilment_orders import (
    Cancellation,
    CancellationDecision,
)
from crossdock.connectors.wms.fulfilment_orders import read_state
from crossdock.ports.effect import Absent, EffectToSend, Failed, Observed, Outcome, ProbeResult
from crossdock.ports.errors import ConnectorError
from crossdock.ports.warehouse import CancelAnswer


def cancel_fulfilment_orders(client: WmsClient, batch: Sequence[EffectToSend]) -> list[Outcome]:
    """The warehouse's decision about each."""
    return [_cancel(client, effect) for effect in batch]


def _cancel(client: WmsClient, effect: EffectToSend) -> Outcome:
    path = cancellation_path(_intent(effect).fulfilment_id)
    try:
        decision = client.write(CancellationDecision, "POST", path, effect.request)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    return Observed(effect.effect_key, dict(_answer(decision)))


def probe_cancellations(client: WmsClient, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
    """The decisions that were made already."""
    return [_probe(client, effect) for effect in batch]


def _probe(client: WmsClient, effect: EffectToSend) -> ProbeResult:
    try:
        state = read_state(client, _intent(effect).fulfilment_id)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    if state is None or state.cancellation is None:
        return Absent(effect.effect_key)
    return Observed(effect.effect_key, dict(_answer(state.cancellation)), adopted=True)


def _answer(decision: CancellationDecision) -> CancelAnswer:
    return CancelAnswer(result=decision.result, reason=decision.reason)


def _intent(effect: EffectToSend) -> Cancellation:
    return Cancellation.model_validate_json(effect.request)
