"""Hear what became of an effect of fulfilment: at a warehouse, in the ERP, on the channel."""

from collections.abc import Callable, Sequence

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
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.advance import Advance, advance
from crossdock.processes.order_to_cash.fulfilment.observe_event import decided
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.order_effects import answer_cancellation
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import shipped_after_cancellation

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
    for fulfilment in state.progress.fulfilments:
        names = (effects.send_name(fulfilment), effects.stop_name(fulfilment))
        if outcome.effect_key in {effects.key(state, name) for name in names}:
            return fulfilment
    return None


def _sent(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    fulfilment = fulfilment_of(outcome, state)
    if fulfilment is None:
        return state
    sent = fulfilment.model_copy(update={"sent": True, "refused": ""})
    return state.with_fulfilment(sent)


def _booked(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    return state.progressed(booked=_and(state.progress.booked, _name_of(outcome, state), "ship:"))


def _told(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    return state.progressed(told=_and(state.progress.told, _name_of(outcome, state), "tell:"))


def _and(known: tuple[str, ...], name: str | None, prefix: str) -> tuple[str, ...]:
    """What is known, and the shipment or remainder that an effect was about, once."""
    new = [name.removeprefix(prefix)] if name else []
    return tuple(dict.fromkeys((*known, *new)))


def _invoiced(outcome: EffectOutcome, state: SalesOrderState) -> SalesOrderState:
    progress = state.progress
    names = tuple(dict.fromkeys((*progress.invoices, str(outcome.observation.get("name", "")))))
    state = state.progressed(invoices=names)
    per_shipment = progress.invoice == "per_shipment"
    enough = not per_shipment or len(names) >= len(progress.shipments)
    if state.status is OrderStatus.SHIPPED and enough:
        invoiced = move(state.status, Trigger.INVOICE, OrderStatus.INVOICED)
        return state.model_copy(update={"status": invoiced})
    return state


def _stop_answered(
    outcome: EffectOutcome, state: SalesOrderState, granted: Granted, context: Context, event: Event
) -> Answer:
    """The warehouse decided between cancelled and shipped, once and for all."""
    fulfilment = fulfilment_of(outcome, state)
    if fulfilment is None:
        return Decision(code="not_ours", detail="no such fulfilment order")
    if outcome.observation.get("result") == "cancelled":
        stopped = fulfilment.model_copy(update={"cancelled": True})
        state = state.with_fulfilment(stopped)
        return _advance(state, granted, context, event)
    why = str(outcome.observation.get("reason") or "it has begun to pick")
    if state.status is OrderStatus.CANCELLING:
        back = move(state.status, Trigger.RELEASE, OrderStatus.RELEASED)
        state = state.model_copy(update={"status": back})
    step = advance(state, granted, context)
    if not isinstance(step, Advance):
        return step
    _goes_on(step, why, context)
    return decided(step, event, code="not_cancelled")


def _goes_on(step: Advance, why: str, context: Context) -> None:
    """Too late: who asked is told, and a person settles it with the customer."""
    state = step.state
    if state.progress.cancel_answered:
        return
    by = state.progress.cancel_by
    asker = state.erp if by == "erp" else state.connection
    step.state = state.progressed(cancel_answered=True)
    if by == "channel":
        step.effects.append(answer_cancellation(step.state, context.now, why, refused=True))
    name = state.order.name or state.order.reference
    step.events.append(Event("sales_order.cancellation_refused", {"reason": why, "by": by}))
    said = f"{name} was cancelled on {asker}, but the warehouse ships it: {why}"
    step.holds.append(shipped_after_cancellation(state.order.total, said))


def refused_fulfilment_effect(
    outcome: EffectOutcome, state: SalesOrderState, granted: Granted, context: Context
) -> Answer:
    """A person hears what was refused and why; a release tries again under a new key."""
    name = _name_of(outcome, state)
    event = Event("effect.rejected", {"operation": outcome.operation, "reason": outcome.reason})
    if context.released and name:
        tries = {**state.progress.tries, name: state.progress.tries.get(name, 1) + 1}
        again = state.progressed(tries=tries)
        facts = {"operation": outcome.operation, "try": tries[name]}
        tried = Event("sales_order.tried_again", facts)
        return _again(name, again, granted, context, tried)
    fulfilment = fulfilment_of(outcome, state)
    if outcome.operation == SEND_FULFILMENT_ORDER and fulfilment is not None:
        refused = fulfilment.model_copy(update={"refused": outcome.reason})
        state = state.with_fulfilment(refused)
        if state.progress.cancel_by:
            return _advance(state, granted, context, event)
    if outcome.operation in TO_CHANNEL and outcome.error_code == "order_cancelled":
        return Decision(
            code="order_cancelled", detail="its cancellation there comes by itself", events=[event]
        )
    reason = f"{outcome.operation} was refused: {outcome.reason}"
    fix = (outcome.remedy or "mend the cause there") + "; then `crossdock holds release ID`"
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
    name: str, state: SalesOrderState, granted: Granted, context: Context, event: Event
) -> Answer:
    for fulfilment in state.progress.fulfilments:
        if name == effects.send_name(fulfilment):
            fresh = fulfilment.model_copy(update={"refused": ""})
            state = state.with_fulfilment(fresh)
            send = effects.send(state, fresh, context.work_key, context.now)
            return Decision(
                code="tried_again", state=state.stored(), effects=[send], events=[event]
            )
        if name == effects.stop_name(fulfilment):
            stop = effects.cancel(state, fulfilment, context.work_key)
            return Decision(
                code="tried_again", state=state.stored(), effects=[stop], events=[event]
            )
    return _advance(state, granted, context, event)


def _name_of(outcome: EffectOutcome, state: SalesOrderState) -> str | None:
    names = [make(f) for f in state.progress.fulfilments for make in NAMES_OF_FULFILMENT]
    for fulfilment, event in state.progress.shipments:
        shipment = effects.shipment_id(fulfilment, event)
        names += [f"ship:{shipment}", f"tell:{shipment}", f"invoice:{shipment}"]
    names += ["close", "invoice", "remainder", "cancel_at_channel"]
    return next((n for n in names if effects.key(state, n) == outcome.effect_key), None)


NAMES_OF_FULFILMENT: tuple[Callable[[Fulfilment], str], ...] = (
    effects.send_name, effects.stop_name,
)  # fmt: skip
