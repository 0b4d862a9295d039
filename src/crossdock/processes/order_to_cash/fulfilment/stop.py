"""Stop what is not shipped yet: withdraw it before its wave, else ask the warehouse to decide."""

from collections.abc import Sequence
from typing import Literal

from crossdock.engine.use_case import Context, Decision, EffectDraft, Event, Granted, Need
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.advance import Advance, advance
from crossdock.processes.order_to_cash.fulfilment.observe_event import decided
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move


def stop_fulfilments(
    state: SalesOrderState,
    granted: Granted,
    context: Context,
    *,
    by: Literal["channel", "erp"],
    reason: str,
) -> Decision | Sequence[Need]:
    """Every open fulfilment is withdrawn, or its warehouse asked; exactly one of cancelled and
    shipped comes of it, and the one who asked is told which.
    """
    needs = [_withdraw(state, f) for f in state.progress.open if not f.sent and not f.facts]
    if any(need not in granted for need in needs):
        return needs
    progress = state.progress.model_copy(update={"cancel_by": by})
    update: dict[str, object] = {"progress": progress, "reason": reason}
    if state.status in (OrderStatus.CONFIRMED, OrderStatus.RELEASED):
        update["status"] = move(state.status, Trigger.CANCEL, OrderStatus.CANCELLING)
    state = state.model_copy(update=update)
    asked: list[EffectDraft] = []
    for fulfilment in state.progress.open:
        if granted.get(_withdraw(state, fulfilment)) and not fulfilment.sent:
            state = state.with_fulfilment(fulfilment.model_copy(update={"cancelled": True}))
        else:
            asked.append(effects.cancel(state, fulfilment, context.work_key))
    step = advance(state, granted, context)
    if not isinstance(step, Advance):
        return step
    step.effects = [*asked, *step.effects]
    detail = f"cancelled by the {by}; warehouses asked: {len(asked)}"
    facts = {"reason": reason, "detail": detail}
    return decided(step, Event("sales_order.cancelling", facts), code="cancelling")


def _withdraw(state: SalesOrderState, fulfilment: Fulfilment) -> Need:
    key = effects.key(state, effects.send_name(fulfilment))
    return Need("withdraw", fulfilment.warehouse, key)
