"""Notice what people did to our order in the ERP."""

from collections.abc import Sequence

from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    End,
    Granted,
    Need,
    UseCase,
    no_needs,
)
from crossdock.ports.erp import ErpOrderSeen
from crossdock.processes.order_to_cash.confirm_sales_order import confirmed
from crossdock.processes.order_to_cash.end_sales_order import IN_ERP, cancelled
from crossdock.processes.order_to_cash.fulfilment.stop import stop_fulfilments
from crossdock.processes.order_to_cash.order_state import SalesOrderState, load_state
from crossdock.processes.order_to_cash.order_status import ON_CANCEL, OnCancel, OrderStatus


def observe_erp_order(
    seen: ErpOrderSeen, stored: DocumentState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """A draft confirmed by hand is confirmed; one cancelled by hand is stopped, or is over."""
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
    if seen.state == "cancel":
        return _cancelled_there(state, granted, context)
    return _noted(state)


def _cancelled_there(
    state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """What a warehouse has is decided by the warehouse; the rest is over."""
    _, meaning = ON_CANCEL[state.status]
    if meaning is OnCancel.KNOWN or (meaning is OnCancel.STOP and state.erp_cancelled):
        return _noted(state)
    state = state.model_copy(update={"erp_cancelled": True})
    if meaning is OnCancel.STOP and state.progress.fulfilments:
        reason = state.reason if state.channel_cancelled else IN_ERP
        return stop_fulfilments(state, granted, context, by="erp", reason=reason)
    return _noted(state) if state.progress.open else cancelled(state, context)


def _noted(state: SalesOrderState) -> Decision:
    return Decision(code="noted", state=state.stored())


OBSERVE_ERP_ORDER = UseCase("SalesOrder", no_needs, observe_erp_order)
