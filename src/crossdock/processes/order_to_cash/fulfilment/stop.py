"""Stop what is not shipped yet: withdraw it before its wave, else ask the warehouse to decide."""

from collections.abc import Sequence
from typing import Literal

from crossdock.engine.use_case import Context, Decision, EffectDraft, Event, Granted, Need
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.advance import Advance, advance
from crossdock.processes.order_to_cash.fulfilment.observe_event import decided
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.order_effects import cancel_order
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import ABOUT_GOODS


def stop_fulfilments(
    state: SalesOrderState,
    granted: Granted,
    context: Context,
    *,
    by: Literal["channel", "erp"],
    reason: str,
) -> Decision | Sequence[Need]:
    """Every open fulfilment is withdrawn, or its warehouse asked, once; exactly one of cancelled
    and shipped comes of it, and all who asked are told which. `state` names the asker already.
    """
    if not state.progress.fulfilments:
        return call_off(state, reason)
    unasked = [f for f in state.progress.open if not f.stop_asked]
    needs = [_withdraw(state, f) for f in unasked if not f.sent and not f.facts]
    if any(need not in granted for need in needs):
        return needs
    state = _being_cancelled(state.model_copy(update={"reason": reason}))
    asked: list[EffectDraft] = []
    for fulfilment in unasked:
        withdrawn = granted.get(_withdraw(state, fulfilment)) and not fulfilment.sent
        known = {"cancelled": True} if withdrawn else {"stop_asked": True}
        state = state.with_fulfilment(fulfilment.model_copy(update=known))
        if not withdrawn:
            asked.append(effects.cancel(state, fulfilment, context.work_key))
    step = advance(state, granted, context)
    if not isinstance(step, Advance):
        return step
    step.effects = [*asked, *step.effects]
    detail = f"cancelled by the {by}; warehouses asked: {len(asked)}"
    facts = {"reason": reason, "detail": detail}
    return decided(step, Event("sales_order.cancelling", facts), code="cancelling")


def call_off(state: SalesOrderState, reason: str, aliases: Sequence[str] = ()) -> Decision:
    """No warehouse has heard of it: it is cancelled in the ERP, and that ends it."""
    detail = "nothing of it was given to a warehouse"
    if state.status is not OrderStatus.CANCELLING:
        state = _being_cancelled(state)
    state = state.model_copy(update={"reason": reason})
    return Decision(
        code="cancelling",
        detail=detail,
        state=state.stored(),
        events=[Event("sales_order.cancelling", {"reason": reason, "detail": detail})],
        effects=[cancel_order(state)],
        aliases=aliases,
        closes_holds=True,
        keeps_holds=ABOUT_GOODS,
    )


def _being_cancelled(state: SalesOrderState) -> SalesOrderState:
    """Unless goods have left, or it is decided already that they will."""
    if state.progress.leaves or state.status not in (OrderStatus.CONFIRMED, OrderStatus.RELEASED):
        return state
    cancelling = move(state.status, Trigger.CANCEL, OrderStatus.CANCELLING)
    return state.model_copy(update={"status": cancelling})


def _withdraw(state: SalesOrderState, fulfilment: Fulfilment) -> Need:
    key = effects.key(state, effects.send_name(fulfilment))
    return Need("withdraw", fulfilment.warehouse, key)
