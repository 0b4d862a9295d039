"""Hear what a warehouse did: keep the fact, take whatever steps it makes due."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from crossdock.domain.fulfilment import WarehouseEvent, WarehouseEventKind
from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    End,
    Event,
    Granted,
    HoldDraft,
    Need,
    UseCase,
    no_needs,
)
from crossdock.processes.order_to_cash.fulfilment.advance import Advance, advance
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment
from crossdock.processes.order_to_cash.order_state import SalesOrderState, load_state
from crossdock.processes.order_to_cash.order_status import OrderStatus

WAIT = timedelta(seconds=5)
PATIENCE = timedelta(minutes=30)
"""How long a fact waits for the order it is about before a person hears of it."""

GOING_ON = (
    OrderStatus.CONFIRMED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED, OrderStatus.CANCELLING,
)  # fmt: skip


def observe_warehouse_event(
    fact: WarehouseEvent, stored: DocumentState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Applied once, in any order; one that contradicts what is known goes to a person."""
    state = load_state(stored)
    fulfilment = state.progress.find(fact.fulfilment_id) if state else None
    if state is None or fulfilment is None:
        return _unknown(fact, state, context)
    if problem := contradiction(fact, fulfilment, state, context.connection):
        return _contradicts(fact, state, problem)
    state = state.with_fulfilment(fulfilment.with_fact(fact))
    news = context.released or not fulfilment.ended
    step = advance(state, granted, context, about=fact.fulfilment_id if news else "")
    return decided(step, _event(fact)) if isinstance(step, Advance) else step


def decided(step: Advance, *events: Event, code: str = "fulfilment") -> Decision:
    """What an advance writes; held when it raised a question for a person."""
    first = step.holds[0] if step.holds else None
    return Decision(
        end=End.HELD if first else End.DONE,
        code=first.code if first else code,
        detail=first.reason if first else "",
        state=step.state.stored(),
        events=[*events, *step.events],
        effects=step.effects,
        holds=step.holds,
    )


def _event(fact: WarehouseEvent) -> Event:
    data = {
        "kind": fact.kind.value,
        "fulfilment_id": fact.fulfilment_id,
        "occurred_at": fact.occurred_at.isoformat(),
        "lines": [f"{line.sku} × {line.quantity}" for line in fact.lines],
        "shipment_id": fact.shipment_id,
        "tracking": [p.tracking_number for p in fact.parcels if p.tracking_number],
        "reason": fact.reason,
    }
    return Event("fulfilment.reported", data)


def contradiction(
    fact: WarehouseEvent, known: Fulfilment, state: SalesOrderState, reporter: str
) -> str:
    """Why a fact cannot be true beside what is known, in words; empty when it can.

    `reporter`: the connection that it came by.
    """
    if reporter != known.warehouse:
        return f"reported by {reporter}, but {known.warehouse} was asked to ship it"
    if any(fact.event_id == heard.event_id for heard in known.facts):
        return ""
    return _wrong_lines(fact, known) or _wrong_end(fact, known, state) or _wrong_rest(fact, known)


def _wrong_lines(fact: WarehouseEvent, known: Fulfilment) -> str:
    ordered = {line.line_id: line for line in known.lines}
    for line in fact.lines:
        asked = ordered.get(line.line_id)
        if asked is None:
            return f"line {line.line_id} ({line.sku}) is not in {known.fulfilment_id}"
        if line.sku != asked.sku:
            return f"line {line.line_id}: {line.sku}, ordered was {asked.sku}"
        if line.quantity.unit != asked.quantity.unit:
            return f"{line.sku}: {line.quantity}, ordered in {asked.quantity.unit}"
        if line.quantity.amount < 0:
            return f"{line.sku}: a negative quantity, {line.quantity}"
    if fact.kind is WarehouseEventKind.SHIPPED and not fact.lines:
        return "a shipment without lines"
    if over := known.with_fact(fact).over:
        words = (f"{ordered[n].sku} by {amount.normalize():f}" for n, amount in over.items())
        return f"more was shipped than ordered: {', '.join(words)}"
    return ""


def _wrong_end(fact: WarehouseEvent, known: Fulfilment, state: SalesOrderState) -> str:
    if fact.kind in (WarehouseEventKind.CANCELLED, WarehouseEventKind.REJECTED) and known.shipments:
        return f"goods of it had left, as event {known.shipments[0].event_id} says"
    if fact.kind is not WarehouseEventKind.SHIPPED:
        return ""
    same = [e for e in known.shipments if e.shipment_id == (fact.shipment_id or fact.event_id)]
    if any(e.event_id != fact.event_id for e in same):
        return f"shipment {fact.shipment_id} was reported before, as event {same[0].event_id}"
    if known.will_not_ship or state.status is OrderStatus.CANCELLED:
        return f"{known.fulfilment_id} was cancelled"
    return ""


def _wrong_rest(fact: WarehouseEvent, known: Fulfilment) -> str:
    """What stays behind is planned anew or given up: it neither leaves nor grows any more."""
    after = known.with_fact(fact)
    left, shipped = after.left_open or {}, after.shipped
    for line in known.lines:
        rest, gone = left.get(line.line_id, Decimal(0)), shipped.get(line.line_id, Decimal(0))
        if rest and rest + gone > line.quantity.amount:
            return (
                f"{line.sku}: {gone.normalize():f} shipped and {rest.normalize():f} closed, "
                f"of {line.quantity}"
            )
    closed_otherwise = known.left_open not in (None, left)
    if known.settled and (closed_otherwise or after.remainder != known.remainder):
        return f"{known.fulfilment_id} had ended, and what was left of it is settled"
    return ""


def _contradicts(fact: WarehouseEvent, state: SalesOrderState, problem: str) -> Decision:
    reason = f"{fact.kind} of {fact.fulfilment_id}: {problem}"
    return Decision(
        end=End.HELD,
        code="contradiction",
        detail=reason,
        events=[Event("fulfilment.contradiction", {"event_id": fact.event_id, "reason": reason})],
        holds=[
            HoldDraft(
                code="contradiction",
                field="lines",
                reason=reason,
                fix=_fix(state),
                value=state.order.total,
                owner="warehouse",
            )
        ],
    )


def _fix(state: SalesOrderState) -> str:
    """An order that waits for its goods goes on with a report that fits; any other has ended."""
    if state.status in GOING_ON:
        return (
            "have the warehouse report what left of what was ordered, as a new event; book what "
            "left beyond that in Odoo; then `crossdock holds release ID --as done`"
        )
    return (
        "ask the warehouse what left; book the difference in Odoo and settle it with the "
        "customer; then `crossdock holds release ID --as done`"
    )


def _unknown(fact: WarehouseEvent, state: SalesOrderState | None, context: Context) -> Decision:
    """Its order may still be on the way; in the end a person hears of it."""
    what = f"{fact.kind} of {fact.fulfilment_id}, which we never sent"
    over = state is not None and state.status in (OrderStatus.CANCELLED, OrderStatus.REJECTED)
    if not over and context.now - context.received_at < PATIENCE and not context.released:
        return Decision(
            end=End.WAIT, code="unknown_fulfilment", detail=what, wait_until=context.now + WAIT
        )
    return Decision(
        end=End.HELD,
        code="unknown_fulfilment",
        detail=what,
        holds=[
            HoldDraft(
                code="unknown_fulfilment",
                field="fulfilment_id",
                reason=what,
                fix="ask the warehouse which order it belongs to; once that order is here, "
                "`crossdock holds release ID`",
                value=state.order.total if state else None,
                owner="warehouse",
            )
        ],
    )


OBSERVE_WAREHOUSE_EVENT = UseCase("SalesOrder", no_needs, observe_warehouse_event)
