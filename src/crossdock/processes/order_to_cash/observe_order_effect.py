"""Hear what an effect of an order turned out to be, and take the next step."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from crossdock.domain.order_response import OrderResponseStatus
from crossdock.engine.remedy import then_release
from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    EffectOutcome,
    End,
    Event,
    Granted,
    HoldDraft,
    Need,
    UseCase,
    no_needs,
)
from crossdock.ports import erp
from crossdock.ports.erp import ErpOrder
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.change_sales_order import CHANGED
from crossdock.processes.order_to_cash.compare_totals import cause_of, difference_of, explain
from crossdock.processes.order_to_cash.confirm_sales_order import (
    confirmed,
    erp_aliases,
    release_again,
)
from crossdock.processes.order_to_cash.end_sales_order import cancelled
from crossdock.processes.order_to_cash.fulfilment.observe_effect import (
    OPERATIONS,
    observe_fulfilment_effect,
    refused_fulfilment_effect,
)
from crossdock.processes.order_to_cash.order_state import SalesOrderState, load_state
from crossdock.processes.order_to_cash.order_status import STANDS, OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import ABOUT_GOODS
from crossdock.processes.order_to_cash.try_again import STEPS, try_again


def observe_order_effect(
    outcome: EffectOutcome, stored: DocumentState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """The next step after a draft, a confirmation, a cancellation or an answer."""
    state = load_state(stored)
    if state is None:
        return Decision(code="not_ours", detail="no such order")
    if outcome.operation in OPERATIONS:
        hear = (
            refused_fulfilment_effect if outcome.status == "rejected" else observe_fulfilment_effect
        )
        return hear(outcome, state, granted, context)
    if outcome.status == "rejected":
        return _refused(outcome, state, context)
    step = {
        erp.CREATE_SALES_ORDER: _drafted,
        erp.READ_SALES_ORDER: _drafted,
        erp.CONFIRM_SALES_ORDER: _confirmed,
        erp.CANCEL_SALES_ORDER: _cancelled,
    }.get(outcome.operation)
    if step is None:
        return Decision(code=outcome.operation, events=[_done(outcome)])
    return step(outcome, state, granted, context)


def _done(outcome: EffectOutcome) -> Event:
    return Event("effect.observed", {"operation": outcome.operation, "adopted": outcome.adopted})


def _drafted(
    outcome: EffectOutcome, state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """The draft stands: equal totals are confirmed, others are a person's."""
    draft = cast("ErpOrder", outcome.observation)
    state = _with_erp_ids(state, draft)
    if state.status is OrderStatus.CANCELLING:
        return Decision(
            code="cancel_drafted", state=state.stored(), events=[_done(outcome)],
            effects=[order_effects.cancel_order(state)], aliases=erp_aliases(state),
        )  # fmt: skip
    if draft["state"] == "sale" and state.status not in STANDS:
        return confirmed(state, granted, context, adopted=outcome.adopted)
    if state.status not in (OrderStatus.ACCEPTED, OrderStatus.MISMATCHED):
        return Decision(code="seen", detail=f"the order is {state.status}", events=[_done(outcome)])
    difference = difference_of(state.order, draft)
    if context.released or outcome.operation == erp.READ_SALES_ORDER:
        policies = Need("settings", state.connection, "")
        if policies not in granted:
            return [policies]
        state = _with_todays_tolerance(state, granted[policies])
    if difference is None or abs(difference.amount) > Decimal(state.total_tolerance):
        return _mismatched(state, draft, context)
    drafted = state.model_copy(
        update={"status": move(state.status, Trigger.DRAFT, OrderStatus.DRAFTED), "reason": ""}
    )
    facts = {
        "erp_name": drafted.erp_name,
        "total": draft["amount_total"],
        "difference": str(difference),
        "cause": cause_of(state.order, draft),
        "adopted": outcome.adopted,
    }
    return Decision(
        code="drafted",
        state=drafted.stored(),
        events=[Event("sales_order.drafted", facts)],
        effects=[order_effects.confirm_order(drafted)],
        aliases=erp_aliases(drafted),
        closes_holds=True,
        keeps_holds=(CHANGED, *ABOUT_GOODS),
    )


def _with_todays_tolerance(
    state: SalesOrderState, settings: Mapping[str, str] | None
) -> SalesOrderState:
    """A person let it go: what they have set since then counts, not what stood at acceptance."""
    tolerance = (settings or {}).get("total_tolerance")
    return state.model_copy(update={"total_tolerance": tolerance}) if tolerance else state


def _with_erp_ids(state: SalesOrderState, order: ErpOrder) -> SalesOrderState:
    return state.model_copy(
        update={
            "erp_id": order["id"],
            "erp_name": order["name"],
            "erp_total": order["amount_total"],
        }
    )


def _mismatched(state: SalesOrderState, draft: ErpOrder, context: Context) -> Decision:
    words = explain(state.order, draft, state.erp)
    if context.released:
        return Decision(
            code="read_again", detail="released by a person: the draft is read again",
            effects=[order_effects.read_order(state, context.message_id)],
        )  # fmt: skip
    mismatched = state.model_copy(
        update={
            "status": move(state.status, Trigger.MISMATCH, OrderStatus.MISMATCHED),
            "reason": words,
        }
    )
    return Decision(
        end=End.HELD,
        code="total_mismatch",
        detail=words,
        state=mismatched.stored(),
        events=[Event("sales_order.mismatched", {"difference": words})],
        aliases=erp_aliases(mismatched),
        holds=[
            HoldDraft(
                code="total_mismatch",
                field="total",
                reason=words,
                fix=f"correct {draft['name']} in Odoo or confirm it there by hand, "
                "then `crossdock holds release ID`",
                value=state.order.total,
                owner="finance",
            )
        ],
    )


def _confirmed(
    outcome: EffectOutcome, state: SalesOrderState, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    order = cast("ErpOrder", outcome.observation)
    state = _with_erp_ids(state, order)
    if state.status is OrderStatus.CONFIRMED and context.released:
        return release_again(state, granted, context)
    if state.status in STANDS:
        return Decision(code="seen", detail="confirmed already", events=[_done(outcome)])
    return confirmed(state, granted, context, adopted=outcome.adopted)


def _cancelled(
    outcome: EffectOutcome, state: SalesOrderState, _granted: Granted, context: Context
) -> Decision:
    if state.status is OrderStatus.CANCELLED:
        return Decision(code="seen", detail="cancelled already", events=[_done(outcome)])
    return cancelled(state, context)


def _refused(outcome: EffectOutcome, state: SalesOrderState, context: Context) -> Decision:
    """The outside system refused: what it said, to a person; a release tries again anew."""
    event = Event("effect.rejected", {"operation": outcome.operation, "reason": outcome.reason})
    if context.released:
        return try_again(outcome, state, context)
    if state.status is OrderStatus.CANCELLING and outcome.operation in STEPS:
        return _refused_while_cancelling(outcome, state, context, event)
    after = state
    if outcome.operation in STEPS and state.status in (
        OrderStatus.ACCEPTED, OrderStatus.DRAFTED, OrderStatus.MISMATCHED,
    ):  # fmt: skip
        after = state.model_copy(
            update={
                "status": move(state.status, Trigger.BLOCK, OrderStatus.BLOCKED),
                "reason": outcome.reason,
            }
        )
    reason = f"{outcome.operation} was refused: {outcome.reason}"
    return Decision(
        end=End.HELD,
        code="refused",
        detail=reason,
        state=after.stored(),
        events=[event],
        holds=[
            HoldDraft(
                code=outcome.error_code or "refused",
                field=outcome.error_field,
                reason=reason,
                fix=then_release(outcome.remedy),
                value=state.order.total,
            )
        ],
    )


def _refused_while_cancelling(
    outcome: EffectOutcome, state: SalesOrderState, context: Context, event: Event
) -> Decision:
    """What was to be cancelled did not come about: no draft, or a draft that stays one."""
    if outcome.operation == erp.CONFIRM_SALES_ORDER:
        return Decision(
            code="cancel_drafted", effects=[order_effects.cancel_order(state)], events=[event]
        )
    why = "the ERP refused its draft: nothing stands there"
    after = state.model_copy(
        update={"status": move(state.status, Trigger.CANCEL, OrderStatus.CANCELLED)}
    )
    return Decision(
        code="cancelled",
        detail=why,
        state=after.stored(),
        events=[event, Event("sales_order.cancelled", {"by": "channel", "reason": state.reason})],
        effects=[
            order_effects.answer(
                after, OrderResponseStatus.CANCELLED, context.now, "cancelled", why
            )
        ],
        closes_holds=True,
        keeps_holds=ABOUT_GOODS,
    )


OBSERVE_ORDER_EFFECT = UseCase("SalesOrder", no_needs, observe_order_effect)
