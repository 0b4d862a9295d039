"""A person has done by hand what an order wanted that could not be taken: it is theirs."""

from crossdock.engine.use_case import Context, Decision, Event
from crossdock.processes.order_to_cash.agree_change import NotAgreed
from crossdock.processes.order_to_cash.order_state import SalesOrderState, identity_at_channel
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move


def take_by_hand(state: SalesOrderState, context: Context, why: str) -> Decision | None:
    """Nothing is sent for it; when its channel changes or cancels it, a person is asked.

    None for an order that waits for nobody. Raises NotAgreed when something of it stands in the
    ERP, which says itself what became of that.
    """
    if state.status not in (OrderStatus.HELD, OrderStatus.BLOCKED, OrderStatus.MISMATCHED):
        return None
    if state.erp_id is not None:
        raise NotAgreed(
            f"{state.erp_name} stands in {state.erp} and the order is {state.status}: nobody would "
            f"hear of it again. Confirm or cancel {state.erp_name} there, which is noticed; or "
            "correct it there and release this --as retry"
        )
    taken = state.model_copy(
        update={
            "status": move(state.status, Trigger.TAKE_BY_HAND, OrderStatus.TAKEN_BY_HAND),
            "document_id": state.document_id or identity_at_channel(state.order, context),
            "reason": why,
        }
    )
    return Decision(
        state=taken.stored(), events=[Event("sales_order.taken_by_hand", {"reason": why})]
    )
