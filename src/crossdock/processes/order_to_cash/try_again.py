"""Try a refused step of an order again, because a person mended its cause and released it."""

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.engine.use_case import Context, Decision, EffectDraft, EffectOutcome, Event
from crossdock.ports import erp
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.effect_name import EffectKind, EffectName
from crossdock.processes.order_to_cash.order_state import SalesOrderState, target
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move

STEPS = (erp.CREATE_SALES_ORDER, erp.CONFIRM_SALES_ORDER)
"""What brings an order into the ERP."""
_ANSWERS = {
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
    answered = operation == erp.SEND_ORDER_RESPONSE and _answered_again(outcome, state, context)
    return answered or Decision(
        code="seen",
        detail="released by a person",
        events=[Event("effect.rejected", {"operation": operation, "reason": outcome.reason})],
    )


def _answered_again(
    outcome: EffectOutcome, state: SalesOrderState, context: Context
) -> Decision | None:
    """What is true now, about the order or about its cancellation."""
    parsed = EffectName.parse(outcome.effect_key, target(state))
    if parsed and parsed[0].kind is EffectKind.CANCELLATION_RESPONSE:
        if state.cancellation_answer is None or parsed[1] < len(state.cancellation_answers):
            return None
        again, (answer,) = order_effects.say_about_cancellation(
            state, context.now, state.cancellation_answer, state.reason
        )
        return _tried(again, answer, len(again.cancellation_answers))
    told = OrderResponseStatus.ACCEPTED if state.accepted else _ANSWERS.get(state.status)
    if told is None:
        return None
    again = state.model_copy(update={"answer_tries": state.answer_tries + 1})
    answer = order_effects.answer(again, told, context.now, "", again.reason)
    return _tried(again, answer, again.answer_tries)


def _tried(state: SalesOrderState, effect: EffectDraft, count: int) -> Decision:
    return Decision(
        code="tried_again",
        state=state.stored(),
        effects=[effect],
        events=[Event("sales_order.tried_again", {"operation": effect.operation, "try": count})],
    )
