"""Draft a refused effect of fulfilment anew, because a person mended its cause and released it."""

from crossdock.engine.use_case import Context, EffectDraft
from crossdock.processes.order_to_cash.effect_name import EffectKind, EffectName
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.order_state import SalesOrderState


def draft_again(
    state: SalesOrderState, name: EffectName, context: Context
) -> tuple[SalesOrderState, EffectDraft] | None:
    """The effect of that name under its next key; None where it is not wanted any more."""
    tries = {**state.progress.tries, str(name): effects.tries_of(state, name) + 1}
    again = state.progressed(tries=tries)
    if name.kind is EffectKind.FULFIL:
        return _sent_again(again, name, context)
    draft = _draft(again, name, context)
    return (again, draft) if draft else None


def _draft(state: SalesOrderState, name: EffectName, context: Context) -> EffectDraft | None:
    match name.kind:
        case EffectKind.CLOSE:
            return effects.close(state)
        case EffectKind.INVOICE:
            return effects.invoice(state, name.of)
        case EffectKind.REMAINDER:
            return effects.tell_remainder(state)
        case EffectKind.CANCEL_AT_CHANNEL:
            return effects.cancel_at_channel(state, context.now)
        case EffectKind.SHIP | EffectKind.TELL:
            return _of_shipment(state, name)
        case EffectKind.STOP:
            going = next((f for f in state.progress.open if f.fulfilment_id == name.of), None)
            return effects.cancel(state, going, context.work_key) if going else None
        case _:
            return None


def _of_shipment(state: SalesOrderState, name: EffectName) -> EffectDraft | None:
    draft = effects.ship if name.kind is EffectKind.SHIP else effects.tell_shipment
    for fulfilment, event in state.progress.shipments:
        if effects.shipment_id(fulfilment, event) == name.of:
            return draft(state, fulfilment, event)
    return None


def _sent_again(
    state: SalesOrderState, name: EffectName, context: Context
) -> tuple[SalesOrderState, EffectDraft] | None:
    """Not where it was cancelled in the meantime, nor where the warehouse has it after all."""
    refused = state.progress.find(name.of)
    if refused is None or refused.settled or refused.sent:
        return None
    if state.cancel_asked:
        return None
    fresh = refused.model_copy(update={"refused": ""})
    state = state.with_fulfilment(fresh)
    return state, effects.send(state, fresh, context.work_key, context.now)
