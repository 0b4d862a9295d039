"""Cancel a sales order because its channel says so."""

from collections.abc import Sequence

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.use_case import (
    Context,
    Decision,
    EffectDraft,
    End,
    Event,
    Granted,
    Need,
)
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.fulfilment.stop import stop_fulfilments
from crossdock.processes.order_to_cash.order_state import SalesOrderState, identity_at_channel
from crossdock.processes.order_to_cash.order_status import (
    ON_CANCEL,
    STANDS,
    OnCancel,
    OrderStatus,
    Trigger,
    move,
)
from crossdock.processes.order_to_cash.problem import (
    ABOUT_GOODS,
    cancelled_after_confirmation,
    cancelled_in_lost_time,
    shipped_after_cancellation,
)

TOO_LATE = "shipped_after_cancellation"
BY_OWN_STAFF = "cancelled_after_confirmation"
LOST_TIME = Need("lost_time", "", "")


def cancel_sales_order(
    order: SalesOrder, state: SalesOrderState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Before the draft has left: cancelled at once. Afterwards: withdraw what can be, tell the ERP.

    Afterwards the warehouses are asked; where our own warehouse staff ship, or all has left, it is
    a person's.
    """
    if state is None:
        return _first_heard(order, granted, context)
    meaning, _ = ON_CANCEL[state.status]
    match meaning:
        case OnCancel.END:
            return _cancelled(order, state, context, "nothing of it had left us")
        case OnCancel.WITHDRAW:
            return _in_flight(order, state, granted, context)
        case OnCancel.TELL_ERP if state.erp_id is None:
            why = "the ERP had refused its draft: nothing stands there"
            return _cancelled(order, state, context, why)
        case OnCancel.TELL_ERP:
            return _cancelling(order, state, tell_erp=True, why="its draft stands")
        case OnCancel.STOP | OnCancel.TOO_LATE | OnCancel.THEIRS:
            return _after_confirmation(order, state, granted, context)
        case _:
            return _known(order, state)


def _known(order: SalesOrder, state: SalesOrderState) -> Decision:
    """It is over, or will be: a channel that had not asked is told with the others."""
    late = state.status is OrderStatus.CANCELLING and not state.channel_cancelled
    return Decision(
        code="cancelled_already",
        detail=f"the order is {state.status} already",
        state=_noted(order, state).stored() if late else None,
    )


def _first_heard(
    order: SalesOrder, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Taken before all the same, perhaps, in the time that a restored ledger does not know of."""
    if LOST_TIME not in granted:
        return [LOST_TIME]
    lost = granted[LOST_TIME]
    assert order.cancelled_at is not None
    if (
        lost is None
        or context.released
        or order.placed_at >= lost.until
        or order.cancelled_at < lost.since
    ):
        return _never_taken(order, context)
    hold = cancelled_in_lost_time(order.name or order.reference, order.total)
    return Decision(end=End.HELD, code=hold.code, detail=hold.reason, holds=[hold])


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
        keeps_holds=ABOUT_GOODS,
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
        keeps_holds=ABOUT_GOODS,
    )


def _after_confirmation(
    order: SalesOrder, state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """The warehouses are asked, once; what they cannot stop is a person's."""
    if state.channel_cancelled:
        return _asked_already(order, state, granted, context)
    if not state.progress.stoppable:
        return _too_late(order, state, context)
    reason = order.cancel_reason or "cancelled"
    noted = _noted(order, state)
    return stop_fulfilments(noted, granted, context, by="channel", reason=reason)


def _asked_already(
    order: SalesOrder, state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Known; but a newer version takes the place of the one a person is asked about, and a question
    released without an answer to the channel is asked again.
    """
    asked_with_it = state.progress.asked_on_version
    if context.released and asked_with_it and not state.cancellation_answer:
        return _too_late(order, state, context)
    code = TOO_LATE if state.progress.shipments else BY_OWN_STAFF
    asked = Need("open_hold", code, context.work_key)
    if asked_with_it and asked not in granted:
        return [asked]
    if granted.get(asked):
        return _too_late(order, state, context)
    return Decision(code="cancelled_already", detail="whoever decides was asked already")


def _too_late(order: SalesOrder, state: SalesOrderState, context: Context) -> Decision:
    """Nothing is left that could be stopped: the channel hears it where goods have left."""
    shipped = bool(state.progress.shipments)
    name, past = state.order.name or order.reference, "shipped" if shipped else "confirmed"
    if state.status is OrderStatus.TAKEN_BY_HAND:
        past = "taken by hand"
    reason = f"{name} was cancelled by the channel after {state.erp_name or 'it'} was {past}"
    noted = _noted(order, state).progressed(asked_on_version=True)
    hold = cancelled_after_confirmation(state.erp_name or name, order.total, reason)
    told: list[EffectDraft] = []
    if shipped:
        noted = noted.progressed(person_asked=True)
        hold = shipped_after_cancellation(order.total, reason)
        noted, told = order_effects.answer_cancellation(noted, context.now, reason, refused=True)
    return Decision(
        end=End.HELD,
        code=hold.code,
        detail=reason,
        state=noted.stored(),
        events=[Event("sales_order.cancellation_too_late", {"reason": order.cancel_reason})],
        effects=told,
        holds=[hold],
    )


def refuse_cancellation(
    state: SalesOrderState, context: Context, code: str, reason: str
) -> Decision | None:
    """A person lets an order go that its channel had cancelled: the channel is told (used by
    `holds release --as reject`). None where nobody waits for that answer.
    """
    stands = state.status in {*STANDS, OrderStatus.TAKEN_BY_HAND}
    waits = stands and state.channel_cancelled and not state.cancellation_answer
    if not waits:
        return None
    after, told = order_effects.answer_cancellation(state, context.now, reason, refused=True)
    return Decision(
        end=End.REJECTED,
        code=code,
        detail=reason,
        state=after.stored(),
        events=[Event("sales_order.cancellation_refused", {"reason": reason, "by": "channel"})],
        effects=told,
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
