"""Try a refused step of an order again, because a person mended its cause and released it."""

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.engine.use_case import Context, Decision, EffectDraft, EffectOutcome, Event
from crossdock.ports import erp
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move

STEPS = (erp.CREATE_SALES_ORDER, erp.CONFIRM_SALES_ORDER)
"""What brings an order into the ERP."""
_ANSWERS = {
    OrderStatus.CONFIRMED: OrderResponseStatus.ACCEPTED,
    OrderStatus.REJECTED: OrderResponseStatus.REJECTED,
    OrderStatus.CANCELLED: OrderResponseStatus.CANCELLED,
}


def try_again(outcome: EffectOutcome, state: SalesOrderState, context: Context) -> Decision:
    """The refused effect under a new key; nothing when the order has gone another way since."""
    operation, status = outcome.operation, state.status
    if operation in STEPS and status is OrderStatus.BLOCKED:
        accepted = move(status, Trigger.ACCEPT, OrderStatus.ACCEPTED)
        again = state.model_copy(update={"status": accepted, "tries": state.tries + 1})
        return _tried(again, order_effects.create_order(again, None), again.tries)
    if operation == erp.CANCEL_SALES_ORDER and status is OrderStatus.CANCELLING:
        again = state.model_copy(update={"cancel_tries": state.cancel_tries + 1})
        return _tried(again, order_effects.cancel_order(again), again.cancel_tries)
    if operation == erp.SEND_ORDER_RESPONSE and status in _ANSWERS:
        again = state.model_copy(update={"answer_tries": state.answer_tries + 1})
        answer = order_effects.answer(again, _ANSWERS[status], context.now, "", again.reason)
        return _tried(again, answer, again.answer_tries)
    return Decision(
        code="seen",
        detail="released by a person",
        events=[Event("effect.rejected", {"operation": operation, "reason": outcome.reason})],
    )


def _tried(state: SalesOrderState, effect: EffectDraft, count: int) -> Decision:
    return Decision(
        code="tried_again",
        state=state.stored(),
        effects=[effect],
        events=[Event("sales_order.tried_again", {"operation": effect.operation, "try": count})],
    )
