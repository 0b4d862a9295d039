"""What follows from all that is known of an order's fulfilment. Pure, and the same for every order
in which the facts came: each step is taken once, because its effect can exist under one key only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from crossdock.domain.fulfilment import WarehouseEvent
from crossdock.engine.use_case import Context, EffectDraft, Event, Granted, HoldDraft, Need
from crossdock.processes.order_to_cash.fulfilment import effects
from crossdock.processes.order_to_cash.fulfilment.progress import (
    Amounts,
    Fulfilment,
    sum_amounts,
    sum_lines,
)
from crossdock.processes.order_to_cash.fulfilment.release import (
    policy_of_today,
    release,
    release_needs,
)
from crossdock.processes.order_to_cash.order_effects import answer_cancellation, cancel_order
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import hold_for, shipped_after_cancellation

EMPTY_ROUNDS = 2
"""So often a warehouse finds nothing of a line before a person is asked; then after each round."""


@dataclass(slots=True)
class Advance:
    """The order one or more steps further."""

    state: SalesOrderState
    effects: list[EffectDraft] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    holds: list[HoldDraft] = field(default_factory=list)


def advance(
    state: SalesOrderState, granted: Granted, context: Context, about: str = ""
) -> Advance | Sequence[Need]:
    """Book shipments, tell the channel, plan or give up remainders, invoice, end.

    `about`: the fulfilment that has just ended or was released; a person is asked about no other.
    """
    step = Advance(state)
    for fulfilment in state.progress.fulfilments:
        for event in fulfilment.shipments:
            _shipped(step, fulfilment, event)
    for fulfilment in state.progress.fulfilments:
        if fulfilment.ended and not fulfilment.settled:
            if _waits_for_a_person(step, fulfilment, context, about):
                continue
            needs = _settle(step, fulfilment, granted, context, about)
            if needs:
                return needs
    _end(step, context)
    _tell_askers(step, context)
    return step


def _shipped(step: Advance, fulfilment: Fulfilment, event: WarehouseEvent) -> None:
    state, progress = step.state, step.state.progress
    name = effects.shipment_id(fulfilment, event)
    if name not in progress.booked:
        step.effects.append(effects.ship(state, fulfilment, event))
    elif progress.invoice == "per_shipment" and state.status is not OrderStatus.INVOICED:
        step.effects.append(effects.invoice(state, name))
    if name not in progress.told and not state.channel_cancelled:
        step.effects.append(effects.tell_shipment(state, fulfilment, event))


def _waits_for_a_person(
    step: Advance, fulfilment: Fulfilment, context: Context, about: str
) -> bool:
    """The warehouse will not do it or finds nothing again, and nobody had asked for that."""
    question = None if step.state.cancel_asked else _question(step.state, fulfilment)
    news = fulfilment.fulfilment_id == about
    if question is None or (news and context.released):
        return False
    if news:
        step.holds.append(question)
    return True


def _question(state: SalesOrderState, fulfilment: Fulfilment) -> HoldDraft | None:
    if fulfilment.will_not_ship:
        return _not_done(state, fulfilment)
    lines = fulfilment.remainder.keys()
    rounds = [f for f in state.progress.fulfilments if f.found_nothing and lines & f.ordered.keys()]
    again = fulfilment.found_nothing and len(rounds) >= EMPTY_ROUNDS
    if again and fulfilment.short_pick != "close_short":
        return _found_nothing(state, fulfilment, len(rounds))
    return None


def _settle(
    step: Advance, fulfilment: Fulfilment, granted: Granted, context: Context, about: str
) -> Sequence[Need]:
    """What a fulfilment that ended left open: given up, or planned anew; else a person's."""
    left = still_wanted(step.state, fulfilment)
    if left and (step.state.cancel_asked or fulfilment.short_pick == "close_short"):
        _give_up(step, left)
    elif left:
        current = policy_of_today(step.state, granted, context)
        if not isinstance(current, SalesOrderState):
            return current
        needs = [n for n in release_needs(current) if n not in granted]
        if needs:
            return needs
        again = release(current, left, granted, context)
        if again.problems:
            if fulfilment.fulfilment_id == about:
                step.holds.append(hold_for(again.problems, step.state.order.total))
            return ()
        step.state = again.state
        step.effects += again.effects
        step.events += [Event("sales_order.backordered", {"lines": _amounts(left)}), *again.events]
    settled = fulfilment.model_copy(update={"settled": True})
    step.state = step.state.with_fulfilment(settled)
    return ()


def still_wanted(state: SalesOrderState, fulfilment: Fulfilment) -> Amounts:
    """Of its remainder, what the order has still open: a change that was agreed may have less."""
    progress = state.progress
    others = [f for f in progress.unsettled if f.fulfilment_id != fulfilment.fulfilment_id]
    open_lines = _unplanned(state)
    for line_id, amount in sum_amounts(f.remainder for f in others).items():
        open_lines[line_id] = open_lines.get(line_id, Decimal(0)) - amount
    left = {n: min(a, open_lines.get(n, Decimal(0))) for n, a in fulfilment.remainder.items()}
    return {n: amount for n, amount in left.items() if amount > 0}


def _unplanned(state: SalesOrderState) -> dict[str, Decimal]:
    """Goods ordered that have neither left nor were given up, by line."""
    progress = state.progress
    done = sum_amounts([sum_lines(e for _, e in progress.shipments), progress.given_up])
    left = {
        line.line_id: line.quantity.amount - done.get(line.line_id, Decimal(0))
        for line in state.order.lines
        if line.line_id in progress.goods
    }
    return {n: amount for n, amount in left.items() if amount > 0}


def _give_up(step: Advance, left: Amounts) -> None:
    given_up = dict(step.state.progress.given_up)
    for line_id, amount in left.items():
        given_up[line_id] = given_up.get(line_id, Decimal(0)) + amount
    step.state = step.state.progressed(given_up=given_up)
    step.events.append(Event("sales_order.closed_short", {"lines": _amounts(left)}))


def _end(step: Advance, context: Context) -> None:
    """Move the status to where the facts are; at the end close, tell the rest and invoice."""
    state, progress = step.state, step.state.progress
    if not progress.complete:
        if progress.shipments:
            _move(step, Trigger.SHIP_PART, OrderStatus.PARTLY_SHIPPED)
        elif any(f.sent or f.facts for f in progress.fulfilments):
            _move(step, Trigger.RELEASE, OrderStatus.RELEASED)
        return
    if not progress.shipments and not progress.nothing_to_ship:
        if not _unplanned(state):
            _nothing_shipped(step, context)
        return
    _move(step, Trigger.SHIP, OrderStatus.SHIPPED)
    if len(progress.booked) < len(progress.shipments) or step.state.status is OrderStatus.INVOICED:
        return
    if progress.given_up:
        step.effects.append(effects.close(state))
        if "remainder" not in progress.told and not state.channel_cancelled:
            step.effects.append(effects.tell_remainder(state))
    _invoice(step)


def _invoice(step: Advance) -> None:
    """Ask for the invoice of the whole, and end where every invoice is made that is wanted."""
    progress = step.state.progress
    if progress.invoice == "never":
        return
    wanted = {effects.shipment_id(f, event) for f, event in progress.shipments}
    if progress.invoice == "on_completion" or not wanted:
        wanted = {""}
        step.effects.append(effects.invoice(step.state, ""))
    if wanted <= set(progress.invoiced):
        _move(step, Trigger.INVOICE, OrderStatus.INVOICED)


def _tell_askers(step: Advance, context: Context) -> None:
    """Goods leave although it was cancelled: a channel that asked is told, and a person looks."""
    state, why = step.state, step.state.progress.leaves
    if not why or not (state.channel_cancelled or state.erp_cancelled):
        return
    by, where = ("channel", state.connection) if state.channel_cancelled else ("erp", state.erp)
    if state.channel_cancelled:
        step.state, told = answer_cancellation(state, context.now, why, refused=True)
        step.effects += told
    if state.progress.person_asked:
        return
    step.state = step.state.progressed(person_asked=True)
    step.events.append(Event("sales_order.cancellation_refused", {"reason": why, "by": by}))
    said = f"{state.order.name or state.order.reference} was cancelled on {where}, but {why}"
    step.holds.append(shipped_after_cancellation(state.order.total, said))


def _nothing_shipped(step: Advance, context: Context) -> None:
    """All of it was given up: the order is cancelled, on every side that does not know."""
    state = step.state
    _move(step, Trigger.CANCEL, OrderStatus.CANCELLING)
    reason = state.reason or "nothing of it could be shipped"
    step.state = step.state.model_copy(update={"reason": reason})
    if step.state.status is OrderStatus.CANCELLING:
        step.effects.append(cancel_order(step.state))
    if not state.channel_cancelled:
        step.effects.append(effects.cancel_at_channel(step.state, context.now))


def _move(step: Advance, trigger: Trigger, target: OrderStatus) -> None:
    """Forward only: where the order already is further, nothing happens."""
    state = step.state
    if state.status is target or state.status in AFTER[target]:
        return
    step.state = state.model_copy(update={"status": move(state.status, trigger, target)})
    moved = {"from": state.status.value, "to": target.value}
    step.events.append(Event("sales_order.progressed", moved))


AFTER: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.RELEASED: frozenset(
        {
            OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.INVOICED,
            OrderStatus.CANCELLING, OrderStatus.CANCELLED,
        }
    ),
    OrderStatus.PARTLY_SHIPPED: frozenset({OrderStatus.SHIPPED, OrderStatus.INVOICED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.INVOICED}),
    OrderStatus.INVOICED: frozenset(),
    OrderStatus.CANCELLING: frozenset({OrderStatus.CANCELLED}),
}  # fmt: skip
"""What lies beyond a status: an order there does not go back to it."""


def _not_done(state: SalesOrderState, fulfilment: Fulfilment) -> HoldDraft:
    name = fulfilment.fulfilment_id
    return HoldDraft(
        code="warehouse_refused",
        reason=f"{fulfilment.warehouse} will not ship {name}: {fulfilment.refusal}",
        fix="mend the cause, then `crossdock holds release ID` to send it again; or cancel the "
        "order on its channel",
        value=state.order.total,
        owner="warehouse",
    )


def _found_nothing(state: SalesOrderState, fulfilment: Fulfilment, rounds: int) -> HoldDraft:
    skus = ", ".join(line.sku for line in fulfilment.lines[:5])
    return HoldDraft(
        code="found_nothing",
        reason=f"{fulfilment.warehouse} found nothing of {skus} in {rounds} fulfilment orders",
        fix="see where the goods are, then `crossdock holds release ID` to send it again; or "
        "cancel the order on its channel",
        value=state.order.total,
        owner="warehouse",
    )


def _amounts(left: Amounts) -> dict[str, object]:
    return {n: f"{a.normalize():f}" for n, a in left.items()}
