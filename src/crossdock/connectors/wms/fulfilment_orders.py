"""Sending fulfilment orders: one by one or in a batch, and looking for those of unknown outcome.

Grade B: the id is ours and the warehouse keeps one fulfilment order under it, so the same PUT again
changes nothing. An item that is refused fails alone.
"""

from collections.abc import Sequence

from crossdock.connectors.wms.client import ORDERS, WmsClient, order_path
from crossdock.connectors.wms.contract.fulfilment_orders import (
    FulfilmentOrder,
    FulfilmentOrderBatchResult,
    FulfilmentOrderResult,
    FulfilmentOrderState,
)
from crossdock.connectors.wms.replies import NOT_FOUND, Call, error_of, unknown_outcome
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import ConnectorError, Rejected


def send_fulfilment_orders(client: WmsClient, batch: Sequence[EffectToSend]) -> list[Outcome]:
    """One outcome per effect, in their order."""
    if len(batch) == 1:
        return [_send_one(client, batch[0])]
    body = b'{"fulfilment_orders":[' + b",".join(e.request for e in batch) + b"]}"
    try:
        answer = client.write(FulfilmentOrderBatchResult, "PUT", ORDERS, body)
    except Rejected:
        return [_send_one(client, effect) for effect in batch]
    except ConnectorError as error:
        return [Failed(effect.effect_key, error) for effect in batch]
    results = {result.fulfilment_id: result for result in answer.results}
    return [_outcome(effect, results.get(_intent(effect).fulfilment_id)) for effect in batch]


def _send_one(client: WmsClient, effect: EffectToSend) -> Outcome:
    path = order_path(_intent(effect).fulfilment_id)
    try:
        state = client.write(FulfilmentOrderState, "PUT", path, effect.request)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    return Observed(effect.effect_key, _observation(state))


def _outcome(effect: EffectToSend, result: FulfilmentOrderResult | None) -> Outcome:
    call = Call(f"PUT {order_path(_intent(effect).fulfilment_id)}", changes=True)
    if result is None:
        missing = unknown_outcome(call, "the batch's reply does not mention it", "unanswered")
        return Failed(effect.effect_key, missing)
    if 200 <= result.status < 300:
        if result.state is None:
            bare = unknown_outcome(call, "the batch's reply does not show it", "malformed")
            return Failed(effect.effect_key, bare)
        return Observed(effect.effect_key, _observation(result.state))
    return Failed(effect.effect_key, error_of(call, result.status, result.problem, {}))


def probe_fulfilment_orders(client: WmsClient, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
    """Read them back and compare with what was to be sent."""
    return [_probe(client, effect) for effect in batch]


def _probe(client: WmsClient, effect: EffectToSend) -> ProbeResult:
    intent = _intent(effect)
    try:
        state = read_state(client, intent.fulfilment_id)
    except ConnectorError as error:
        return Failed(effect.effect_key, error)
    if state is None or state.order is None:
        return Absent(effect.effect_key)
    if state.order != intent:
        return Conflicting(effect.effect_key, _difference(state.order, intent))
    return Observed(effect.effect_key, _observation(state), adopted=True)


def read_state(client: WmsClient, fulfilment_id: str) -> FulfilmentOrderState | None:
    """How it stands there; None when the warehouse does not know it."""
    try:
        return client.read(FulfilmentOrderState, order_path(fulfilment_id))
    except Rejected as error:
        if error.code == NOT_FOUND:
            return None
        raise


def _difference(theirs: FulfilmentOrder, ours: FulfilmentOrder) -> str:
    names = [n for n in FulfilmentOrder.model_fields if getattr(theirs, n) != getattr(ours, n)]
    parts = [f"{n}: theirs {getattr(theirs, n)!r}, ours {getattr(ours, n)!r}" for n in names]
    return "; ".join(part[:300] for part in parts)


def _intent(effect: EffectToSend) -> FulfilmentOrder:
    return FulfilmentOrder.model_validate_json(effect.request)


def _observation(state: FulfilmentOrderState) -> dict[str, str]:
    return {
        "fulfilment_id": state.fulfilment_id,
        "status": state.status,
        "received_at": state.received_at.isoformat(),
    }
