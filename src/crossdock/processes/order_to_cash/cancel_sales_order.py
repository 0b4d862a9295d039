"""Cancel a sales order because its channel says so."""

from collections.abc import Sequence

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.use_case import Context, Decision, End, Event, Granted, HoldDraft, Need
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.order_state import SalesOrderState, identity_at_channel
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move

ENDED = (OrderStatus.CANCELLED, OrderStatus.CANCELLING, OrderStatus.REJECTED)


def cancel_sales_order(
    order: SalesOrder, state: SalesOrderState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Before the draft has left: cancelled at once. Afterwards: withdraw what can be, tell the ERP.

    Confirmed orders are a person's: goods may be on their way.
    """
    if state is None:
        return _never_taken(order, context)
    if state.status in ENDED:
        return Decision(code="cancelled_already", detail=f"the order is {state.status} already")
    if state.status is OrderStatus.HELD:
        return _cancelled(order, state, context, "nothing of it had left us")
    if state.status is OrderStatus.CONFIRMED:
        return _too_late(order, state)
    if state.status in (OrderStatus.ACCEPTED, OrderStatus.DRAFTED):
        return _in_flight(order, state, granted, context)
    if state.erp_id is None:
        return _cancelled(
            order, state, context, "the ERP had refused its draft: nothing stands there"
        )
    return _cancelling(order, state, tell_erp=True, why="its draft stands")


def _never_taken(order: SalesOrder, context: Context) -> Decision:
    """Its cancellation is the first we hear of it: kept, so that a late creation stays out."""
    state = SalesOrderState(
        status=move(OrderStatus.NEW, Trigger.CANCEL, OrderStatus.CANCELLED),
        order=order,
        connection=context.connection,
        erp=context.settings["erp"],
        document_id=identity_at_channel(order, context),
        cancelled_at=order.cancelled_at,
        reason=order.cancel_reason,
    )
    return _ended(state, context, "it was cancelled before it was taken")


def _cancelled(order: SalesOrder, state: SalesOrderState, context: Context, why: str) -> Decision:
    identity = state.document_id or identity_at_channel(order, context)
    cancelled = state.model_copy(
        update={
            "status": move(state.status, Trigger.CANCEL, OrderStatus.CANCELLED),
            "order": order,
            "document_id": identity,
            "cancelled_at": order.cancelled_at,
            "reason": order.cancel_reason,
        }
    )
    return _ended(cancelled, context, why)


def _ended(state: SalesOrderState, context: Context, why: str) -> Decision:
    return Decision(
        code="cancelled",
        detail=why,
        state=state.stored(),
        events=[
            Event("sales_order.cancelled", {"by": "channel", "reason": state.reason, "detail": why})
        ],
        effects=[
            order_effects.answer(
                state, OrderResponseStatus.CANCELLED, context.now, "cancelled", why
            )
        ],
        aliases=[a for a in (state.order.reference, state.order.name) if a],
        closes_holds=True,
    )


def _in_flight(
    order: SalesOrder, state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """An effect is on its way: take it back if nobody has begun it."""
    creating = state.status is OrderStatus.ACCEPTED
    key = (
        order_effects.create_order(state, None).effect_key
        if creating
        else order_effects.confirm_key(state)
    )
    withdraw = Need("withdraw", state.erp, key)
    if withdraw not in granted:
        return [withdraw]
    if creating and granted[withdraw]:
        return _cancelled(order, state, context, "its draft was withdrawn before it was sent")
    if creating:
        return _cancelling(order, state, tell_erp=False, why="its draft is being written")
    return _cancelling(
        order, state, tell_erp=bool(granted[withdraw]),
        why="its draft stands" if granted[withdraw] else "its confirmation is on the way",
    )  # fmt: skip


def _cancelling(order: SalesOrder, state: SalesOrderState, *, tell_erp: bool, why: str) -> Decision:
    cancelling = state.model_copy(
        update={
            "status": move(state.status, Trigger.CANCEL, OrderStatus.CANCELLING),
            "order": order,
            "cancelled_at": order.cancelled_at,
            "reason": order.cancel_reason,
        }
    )
    return Decision(
        code="cancelling",
        detail=why,
        state=cancelling.stored(),
        events=[Event("sales_order.cancelling", {"reason": order.cancel_reason, "detail": why})],
        effects=[order_effects.cancel_order(cancelling)] if tell_erp else [],
        closes_holds=True,
    )


def _too_late(order: SalesOrder, state: SalesOrderState) -> Decision:
    name = state.order.name or order.reference
    reason = f"{name} was cancelled by the channel after {state.erp_name} was confirmed"
    noted = state.model_copy(
        update={"order": order, "cancelled_at": order.cancelled_at, "reason": order.cancel_reason}
    )
    return Decision(
        end=End.HELD,
        code="cancelled_after_confirmation",
        detail=reason,
        state=noted.stored(),
        events=[Event("sales_order.cancellation_too_late", {"reason": order.cancel_reason})],
        holds=[
            HoldDraft(
                code="cancelled_after_confirmation",
                reason=reason,
                fix=f"stop the delivery and cancel {state.erp_name} in Odoo, or tell the customer; "
                "then `crossdock holds release ID --as done`",
                value=order.total,
            )
        ],
    )
