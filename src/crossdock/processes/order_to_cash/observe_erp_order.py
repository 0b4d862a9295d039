"""Notice what people did to our order in the ERP."""

from collections.abc import Sequence

from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    End,
    Event,
    Granted,
    Need,
    UseCase,
    no_needs,
)
from crossdock.ports.erp import ErpOrderSeen
from crossdock.processes.order_to_cash.confirm_sales_order import confirmed
from crossdock.processes.order_to_cash.end_sales_order import cancelled
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.stop import stop_fulfilments
from crossdock.processes.order_to_cash.order_state import SalesOrderState, load_state
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move


def observe_erp_order(
    seen: ErpOrderSeen, stored: DocumentState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
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
        return confirmed(state, granted, context, adopted=True)
    if seen.state == "cancel" and state.status is OrderStatus.CANCELLING:
        return cancelled(state, context)
    if seen.state == "cancel" and state.progress.open and not state.progress.cancel_by:
        return stop_fulfilments(state, granted, context, by="erp", reason="cancelled in the ERP")
    if seen.state == "cancel" and state.status in (
        OrderStatus.CONFIRMED, OrderStatus.DRAFTED, OrderStatus.MISMATCHED,
    ):  # fmt: skip
        return _cancelled_there(state, context)
    return Decision(code="noted", state=state.stored())


def _cancelled_there(state: SalesOrderState, context: Context) -> Decision:
    """A channel that does not know of it is told."""
    after = state.model_copy(
        update={
            "status": move(state.status, Trigger.CANCEL_IN_ERP, OrderStatus.CANCELLED),
            "reason": state.reason if state.cancelled_at else "cancelled in the ERP",
        }
    )
    told = state.cancelled_at is not None
    return Decision(
        code="cancelled",
        detail="as the channel had asked" if told else f"{state.erp_name} was cancelled in the ERP",
        state=after.stored(),
        events=[Event("sales_order.cancelled", {"by": "erp", "reason": after.reason})],
        effects=[] if told else [effects.cancel_at_channel(after, context.now)],
        closes_holds=True,
    )


OBSERVE_ERP_ORDER = UseCase("SalesOrder", no_needs, observe_erp_order)
