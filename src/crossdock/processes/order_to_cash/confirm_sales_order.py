"""The ERP has confirmed an order: answer its channel and release it to the warehouses."""

from collections.abc import Sequence
from dataclasses import replace

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.engine.use_case import (
    Context,
    Decision,
    EffectDraft,
    End,
    Event,
    Granted,
    HoldDraft,
    Need,
)
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.change_sales_order import CHANGED
from crossdock.processes.order_to_cash.fulfilment.advance import Advance, advance
from crossdock.processes.order_to_cash.fulfilment.release import (
    policy_of_today,
    release,
    release_needs,
)
from crossdock.processes.order_to_cash.fulfilment.stop import call_off
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import (
    ABOUT_GOODS,
    cancelled_after_confirmation,
    hold_for,
)


def erp_aliases(state: SalesOrderState) -> list[str]:
    """By what the ERP's own messages name the order."""
    return [state.erp_name, f"{state.erp}:sale.order:{state.erp_id}"]


def confirmed(
    state: SalesOrderState, granted: Granted, context: Context, *, adopted: bool
) -> Decision | Sequence[Need]:
    """The ERP says sale: the channel gets its answer, the warehouses their fulfilment orders."""
    if state.status in (OrderStatus.CANCELLED, OrderStatus.REJECTED):
        return _confirmed_after_end(state)
    if state.cancel_asked and state.progress.warehouses:
        return call_off(state, state.reason, erp_aliases(state))
    was_cancelling = state.status is OrderStatus.CANCELLING
    after = state.model_copy(
        update={
            "status": move(state.status, Trigger.CONFIRM, OrderStatus.CONFIRMED),
            "reason": state.reason if was_cancelling else "",
            "accepted": True,
        }
    )
    event = Event(
        "sales_order.confirmed",
        {"erp_name": after.erp_name, "total": after.erp_total, "adopted": adopted},
    )
    answer = order_effects.answer(after, OrderResponseStatus.ACCEPTED, context.now)
    if not was_cancelling:
        return _released(after, granted, context, event, answer)
    return replace(_too_late(after), events=[event], effects=[answer], aliases=erp_aliases(after))


def _too_late(state: SalesOrderState) -> Decision:
    """The ERP's own staff may be at it: a person decides."""
    reason = f"the channel cancelled while {state.erp_name} was being confirmed"
    hold = cancelled_after_confirmation(state.erp_name, state.order.total, reason)
    return Decision(end=End.HELD, code=hold.code, detail=reason, state=state.stored(), holds=[hold])


def _released(
    state: SalesOrderState, granted: Granted, context: Context, event: Event, answer: EffectDraft
) -> Decision | Sequence[Need]:
    current = policy_of_today(state, granted, context)
    if not isinstance(current, SalesOrderState):
        return current
    state = current
    needs = [n for n in release_needs(state) if n not in granted]
    if needs:
        return needs
    ordered = {line.line_id: line.quantity.amount for line in state.order.lines}
    released = release(state, ordered, granted, context)
    step = advance(released.state, granted, context)
    if not isinstance(step, Advance):
        return step
    problems = released.problems
    return Decision(
        end=End.HELD if problems else End.DONE,
        code=problems[0].code if problems else "confirmed",
        detail=problems[0].reason if problems else "",
        state=step.state.stored(),
        events=[event, *released.events, *step.events],
        effects=[answer, *released.effects, *step.effects],
        aliases=erp_aliases(state),
        holds=[hold_for(problems, state.order.total)] if problems else (),
        closes_holds=not problems,
        keeps_holds=(CHANGED, *ABOUT_GOODS),
    )


def release_again(
    state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """A person mended what kept a confirmed order from its warehouses."""
    if state.progress.fulfilments:
        return Decision(code="seen", detail="released already")
    if state.cancel_asked:
        warehouses = state.progress.warehouses
        return call_off(state, state.reason) if warehouses else _too_late(state)
    event = Event("sales_order.release_tried", {"message_id": context.message_id})
    answer = order_effects.answer(state, OrderResponseStatus.ACCEPTED, context.now)
    return _released(state, granted, context, event, answer)


def _confirmed_after_end(state: SalesOrderState) -> Decision:
    """Our books say it ended, the ERP says sale: nothing moves before a person has looked."""
    reason = f"{state.erp_name} is confirmed in the ERP, but the order is {state.status}"
    return Decision(
        end=End.HELD,
        code="confirmed_after_end",
        detail=reason,
        events=[Event("sales_order.confirmed_after_end", {"erp_name": state.erp_name})],
        holds=[
            HoldDraft(
                code="confirmed_after_end",
                reason=reason,
                fix=f"stop the delivery and cancel {state.erp_name} in Odoo, or tell the customer; "
                "then `crossdock holds release ID --as done`",
                value=state.order.total,
            )
        ],
    )
