"""An order ends because the ERP says cancel."""

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.engine.use_case import Context, Decision, EffectDraft, Event
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import ABOUT_GOODS

IN_ERP = "cancelled in the ERP"


def cancelled(state: SalesOrderState, context: Context) -> Decision:
    """The ERP says cancel: the order is over, and its channel is told what it does not know."""
    after = state.model_copy(
        update={
            "status": move(state.status, Trigger.CANCEL_IN_ERP, OrderStatus.CANCELLED),
            "reason": state.reason if _asker(state) != "erp" else IN_ERP,
        }
    )
    after, told = _told(after, context)
    return Decision(
        code="cancelled",
        detail="as the channel had asked" if state.channel_cancelled else after.reason,
        state=after.stored(),
        events=[Event("sales_order.cancelled", {"by": _asker(state), "reason": after.reason})],
        effects=told,
        closes_holds=True,
        keeps_holds=ABOUT_GOODS,
    )


def _asker(state: SalesOrderState) -> str:
    """Who wanted it; an order of which nothing could be shipped was ended by us."""
    if state.channel_cancelled:
        return "channel"
    stopped_by_us = state.status is OrderStatus.CANCELLING and not state.erp_cancelled
    return "crossdock" if stopped_by_us else "erp"


def _told(state: SalesOrderState, context: Context) -> tuple[SalesOrderState, list[EffectDraft]]:
    """One answer to the order, one to the cancellation of an accepted order; a channel that has not
    cancelled it is asked to.
    """
    if state.accepted and state.channel_cancelled:
        return order_effects.answer_cancellation(state, context.now, state.reason, refused=False)
    told = []
    if not state.accepted:
        status = OrderResponseStatus.CANCELLED
        told.append(order_effects.answer(state, status, context.now, "cancelled", state.reason))
    if not state.channel_cancelled:
        told.append(effects.cancel_at_channel(state, context.now))
    return state, told
