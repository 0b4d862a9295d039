"""Hear what became of an effect of fulfilment: at a warehouse, in the ERP, on the channel."""

from collections.abc import Sequence

from crossdock.engine.remedy import then_release
from crossdock.engine.use_case import (
    Context,
    Decision,
    EffectOutcome,
    End,
    Event,
    Granted,
    HoldDraft,
    Need,
)
from crossdock.ports import erp
from crossdock.ports.warehouse import CANCEL_FULFILMENT_ORDER, SEND_FULFILMENT_ORDER
from crossdock.processes.order_to_cash.effect_name import EffectName
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.advance import Advance, advance
from crossdock.processes.order_to_cash.fulfilment.observe_event import decided
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.fulfilment.try_again import draft_again
from crossdock.processes.order_to_cash.order_state import SalesOrderState, target
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move

OPERATIONS = (
    SEND_FULFILMENT_ORDER, CANCEL_FULFILMENT_ORDER, erp.SHIP_SALES_ORDER, erp.CLOSE_SALES_ORDER,
    erp.INVOICE_SALES_ORDER, erp.SEND_SHIPMENT, erp.CANCEL_REMAINDER, erp.CANCEL_ORDER,
)  # fmt: skip
TO_CHANNEL = (erp.SEND_SHIPMENT, erp.CANCEL_REMAINDER, erp.CANCEL_ORDER)
Answer = Decision | Sequence[Need]


def observe_fulfilment_effect(
    outcome: EffectOutcome, state: SalesOrderState, granted: Granted, context: Context
) -> Answer:
    """Note what stands now, then go on."""
    event = Event("effect.observed", {"operation": outcome.operation, "adopted": outcome.adopted})
    if outcome.operation == CANCEL_FULFILMENT_ORDER:
        return _stop_answered(outcome, state, granted, context, event)
    noted = {
        SEND_FULFILMENT_ORDER: _sent,
        erp.SHIP_SALES_ORDER: _booked,
        erp.INVOICE_SALES_ORDER: _invoiced,
        erp.SEND_SHIPMENT: _told,
        erp.CANCEL_REMAINDER: _told,
    }.get(outcome.operation)
    if noted is None:
        return Decision(code=outcome.operation, events=[event])
    return _advance(noted(outcome, state), granted, context, event)


def _advance(state: SalesOrderState, granted: Granted, context: Context, *events: Event) -> Answer:
    step = advance(state, granted, context)
    return decided(step, *events) if isinstance(step, Advance) else step


def fulfilment_of(outcome: EffectOutcome, state: SalesOrderState) -> Fulfilment | None:
    """The fulfilment whose sending or stopping it was."""
    name = _name_of(outcome, state)
    return state.progress.find(name.of) if name else None


def _sent(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    fulfilment = fulfilment_of(outcome, state)
    if fulfilment is None:
        return state
    sent = fulfilment.model_copy(update={"sent": True, "refused": ""})
    return state.with_fulfilment(sent)


def _booked(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    return state.progressed(booked=_and(state.progress.booked, _name_of(outcome, state)))


def _told(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    return state.progressed(told=_and(state.progress.told, _name_of(outcome, state)))


def _and(known: tuple[str, ...], name: EffectName | None) -> tuple[str, ...]:
    """What is known, and the shipment or remainder that an effect was about, once."""
    new = [name.of or str(name)] if name else []
    return tuple(dict.fromkeys((*known, *new)))


def _invoiced(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    """One invoice may answer for several shipments: those that were booked before it was made."""
    progress, name = state.progress, _name_of(outcome, state)
    names = dict.fromkeys((*progress.invoices, str(outcome.observation.get("name", ""))))
    of = dict.fromkeys((*progress.invoiced, name.of if name else ""))
    return state.progressed(invoices=tuple(names), invoiced=tuple(of))


def _stop_answered(
    outcome: EffectOutcome, state: SalesOrderState, granted: Granted, context: Context, event: Event
) -> Answer:
    """The warehouse decided between cancelled and shipped, once and for all."""
    fulfilment = fulfilment_of(outcome, state)
    if fulfilment is None:
        return Decision(code="not_ours", detail="no such fulfilment order")
    agreed = outcome.observation.get("result") == "cancelled"
    why = str(outcome.observation.get("reason") or "it has begun to pick")
    answered = {"cancelled": True} if agreed else {"stop_refused": why}
    state = state.with_fulfilment(fulfilment.model_copy(update=answered))
    if state.status is OrderStatus.CANCELLING and state.progress.leaves:
        back = move(state.status, Trigger.RELEASE, OrderStatus.RELEASED)
        state = state.model_copy(update={"status": back})
    return _advance(state, granted, context, event)


def refused_fulfilment_effect(
    outcome: EffectOutcome, state: SalesOrderState, granted: Granted, context: Context
) -> Answer:
    """A person hears what was refused and why; a release tries again under a new key."""
    name = _name_of(outcome, state)
    event = Event("effect.rejected", {"operation": outcome.operation, "reason": outcome.reason})
    if name and effects.key(state, name) != outcome.effect_key:
        return Decision(code="seen", detail="it was tried again since", events=[event])
    if context.released and name:
        return _again(outcome, state, name, context)
    fulfilment = fulfilment_of(outcome, state)
    if outcome.operation == SEND_FULFILMENT_ORDER and fulfilment is not None:
        refused = fulfilment.model_copy(update={"refused": outcome.reason})
        state = state.with_fulfilment(refused)
        if state.cancel_asked:
            return _advance(state, granted, context, event)
    if outcome.operation in TO_CHANNEL and outcome.error_code == "order_cancelled":
        return Decision(
            code="order_cancelled", detail="its cancellation there comes by itself", events=[event]
        )
    reason = f"{outcome.operation} was refused: {outcome.reason}"
    fix = then_release(outcome.remedy)
    hold = HoldDraft(
        code=outcome.error_code or "refused",
        field=outcome.error_field,
        reason=reason,
        fix=fix,
        value=state.order.total,
    )
    return Decision(
        end=End.HELD, code="refused", detail=reason, state=state.stored(), events=[event],
        holds=[hold],
    )  # fmt: skip


def _again(
    outcome: EffectOutcome, state: SalesOrderState, name: EffectName, context: Context
) -> Decision:
    again = draft_again(state, name, context)
    if again is None:
        return Decision(code="seen", detail=f"{outcome.operation} is not wanted any more")
    state, draft = again
    facts = {"operation": outcome.operation, "try": effects.tries_of(state, name)}
    tried = Event("sales_order.tried_again", facts)
    return Decision(code="tried_again", state=state.stored(), effects=[draft], events=[tried])


def _name_of(outcome: EffectOutcome, state: SalesOrderState) -> EffectName | None:
    parsed = EffectName.parse(outcome.effect_key, target(state))
    return parsed[0] if parsed else None
