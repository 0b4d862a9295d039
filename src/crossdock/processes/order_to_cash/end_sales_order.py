"""An order ends because the ERP says cancel."""

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.engine.use_case import Context, Decision, Event
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move


def cancelled(state: SalesOrderState, context: Context) -> Decision:
    """The ERP says cancel, as it was asked to: a channel that asked gets its answer."""
    after = state.model_copy(
        update={"status": move(state.status, Trigger.CANCEL_IN_ERP, OrderStatus.CANCELLED)}
    )
    by = state.progress.cancel_by or ("crossdock" if state.progress.fulfilments else "channel")
    answer = (
        order_effects.answer_cancellation(after, context.now, state.reason, refused=False)
        if state.progress.cancel_by == "channel"
        else order_effects.answer(
            after, OrderResponseStatus.CANCELLED, context.now, "cancelled", state.reason
        )
    )
    return Decision(
        code="cancelled",
        state=after.stored(),
        events=[Event("sales_order.cancelled", {"by": by, "reason": state.reason})],
        effects=[answer],
        closes_holds=True,
    )
