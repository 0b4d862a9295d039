"""Notice what people did to our order in the ERP."""

from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    End,
    Event,
    Granted,
    HoldDraft,
    UseCase,
    no_needs,
)
from crossdock.ports.erp import ErpOrderSeen
from crossdock.processes.order_to_cash.observe_order_effect import cancelled, confirmed
from crossdock.processes.order_to_cash.order_state import SalesOrderState, load_state
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move


def observe_erp_order(
    seen: ErpOrderSeen, stored: DocumentState | None, _granted: Granted, context: Context
) -> Decision:
    """A draft confirmed by hand is confirmed; an order cancelled by hand goes to a person."""
    state = load_state(stored)
    if state is None:
        return Decision(code="not_ours", detail=f"{seen.name} did not come through us")
    if seen.seen_version < state.erp_seen:
        return Decision(
            end=End.STALE,
            code="stale",
            detail=f"stale, version {seen.seen_version} < {state.erp_seen}",
        )
    state = state.model_copy(
        update={
            "erp_seen": seen.seen_version,
            "erp_total": seen.amount_total,
            "erp_id": seen.id,
            "erp_name": seen.name,
        }
    )
    if seen.state == "sale" and state.status in (OrderStatus.MISMATCHED, OrderStatus.BLOCKED):
        return confirmed(state, context, adopted=True)
    if seen.state == "cancel" and state.status is OrderStatus.CANCELLING:
        return cancelled(state, context)
    if seen.state == "cancel" and state.status in (
        OrderStatus.CONFIRMED, OrderStatus.DRAFTED, OrderStatus.MISMATCHED,
    ):  # fmt: skip
        return _cancelled_there(state)
    return Decision(code="noted", state=state.stored())


def _cancelled_there(state: SalesOrderState) -> Decision:
    after = state.model_copy(
        update={
            "status": move(state.status, Trigger.CANCEL_IN_ERP, OrderStatus.CANCELLED),
            "reason": "cancelled in the ERP",
        }
    )
    if state.cancelled_at is not None:
        return Decision(
            code="cancelled",
            detail="as the channel had asked",
            state=after.stored(),
            events=[Event("sales_order.cancelled", {"by": "erp", "reason": state.reason})],
            closes_holds=True,
        )
    reason = f"{state.erp_name} was cancelled in the ERP; the channel still believes it is open"
    return Decision(
        end=End.HELD,
        code="cancelled_in_erp",
        detail=reason,
        state=after.stored(),
        events=[Event("sales_order.cancelled", {"by": "erp", "reason": reason})],
        holds=[
            HoldDraft(
                code="cancelled_in_erp",
                reason=reason,
                fix=f"cancel {state.order.name or state.order.reference} on its channel "
                "and tell the customer; then `crossdock holds release ID --as done`",
                value=state.order.total,
            )
        ],
    )


OBSERVE_ERP_ORDER = UseCase("SalesOrder", no_needs, observe_erp_order)
