"""Cancel a sales order because its channel says so."""

from collections.abc import Sequence

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.use_case import Context, Decision, End, Event, Granted, Need
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.fulfilment.stop import stop_fulfilments
from crossdock.processes.order_to_cash.order_state import SalesOrderState, identity_at_channel
from crossdock.processes.order_to_cash.order_status import STANDS, OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import (
    cancelled_after_confirmation,
    shipped_after_cancellation,
)

TOO_LATE = "shipped_after_cancellation"
ENDED = (OrderStatus.CANCELLED, OrderStatus.CANCELLING, OrderStatus.REJECTED)


def cancel_sales_order(
    order: SalesOrder, state: SalesOrderState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Before the draft has left: cancelled at once. Afterwards: withdraw what can be, tell the ERP.

    Afterwards the warehouses are asked; where our own warehouse staff ship, or all has left, it is
    a person's.
    """
    if state is None:
        return _never_taken(order, context)
    if state.status in ENDED:
        return Decision(code="cancelled_already", detail=f"the order is {state.status} already")
    if state.status is OrderStatus.HELD:
        return _cancelled(order, state, context, "nothing of it had left us")
    if state.status in STANDS:
        return _after_confirmation(order, state, granted, context)
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


def _after_confirmation(
    order: SalesOrder, state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    if state.progress.cancel_by:
        return _asked_already(order, state, granted, context)
    if not state.progress.open:
        return _too_late(order, state, context)
    reason = order.cancel_reason or "cancelled"
    return stop_fulfilments(_noted(order, state), granted, context, by="channel", reason=reason)


def _asked_already(
    order: SalesOrder, state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Known; but a newer version takes the place of the one a person is asked about."""
    asked = Need("open_hold", TOO_LATE, context.work_key)
    if state.progress.asked_on_version and asked not in granted:
        return [asked]
    if granted.get(asked):
        return _too_late(order, state, context)
    return Decision(code="cancelled_already", detail="the warehouses were asked already")


def _too_late(order: SalesOrder, state: SalesOrderState, context: Context) -> Decision:
    """Nothing is left that could be stopped: the channel hears it where goods have left."""
    shipped = bool(state.progress.shipments)
    name, past = state.order.name or order.reference, "shipped" if shipped else "confirmed"
    reason = f"{name} was cancelled by the channel after {state.erp_name} was {past}"
    noted = _noted(order, state)
    hold = cancelled_after_confirmation(state.erp_name, order.total, reason)
    if shipped:
        noted = noted.progressed(cancel_by="channel", cancel_answered=True, asked_on_version=True)
        hold = shipped_after_cancellation(order.total, reason)
    answer = order_effects.answer_cancellation(noted, context.now, reason, refused=True)
    return Decision(
        end=End.HELD,
        code=hold.code,
        detail=reason,
        state=noted.stored(),
        events=[Event("sales_order.cancellation_too_late", {"reason": order.cancel_reason})],
        effects=[answer] if shipped else [],
        holds=[hold],
    )


def _noted(order: SalesOrder, state: SalesOrderState) -> SalesOrderState:
    """The cancellation on the order as it was taken: a cancelled one may show other quantities."""
    update = {"cancelled_at": order.cancelled_at, "cancel_reason": order.cancel_reason}
    return state.model_copy(
        update={
            "order": state.order.model_copy(update=update),
            "cancelled_at": order.cancelled_at,
            "reason": order.cancel_reason,
        }
    )
