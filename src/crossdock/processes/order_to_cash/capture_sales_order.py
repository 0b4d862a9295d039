"""Capture a sales order: match, claim its identity, accept it into the ERP, or hold or reject it.

The first use case an order meets, and every later version of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from crossdock.domain.identifiers import document_identity
from crossdock.domain.order_response import OrderResponseStatus
from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.encoding import digest
from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    End,
    Event,
    Granted,
    Need,
    UseCase,
)
from crossdock.ports.erp import ResolvedOrder
from crossdock.processes.order_to_cash import order_effects
from crossdock.processes.order_to_cash.cancel_sales_order import cancel_sales_order
from crossdock.processes.order_to_cash.change_sales_order import change_sales_order
from crossdock.processes.order_to_cash.fulfilment.progress import Progress
from crossdock.processes.order_to_cash.match_customer import Match, customer_needs, match_customer
from crossdock.processes.order_to_cash.match_lines import MatchedLines, line_needs, match_lines
from crossdock.processes.order_to_cash.order_state import (
    SalesOrderState,
    identity_at_channel,
    load_state,
)
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move
from crossdock.processes.order_to_cash.problem import ABOUT_GOODS, Problem, hold_for

PROJECTIONS = ("products", "partners", "units", "taxes")
WAIT = timedelta(seconds=5)
SHORTLY = timedelta(seconds=1)
PATIENCE = timedelta(minutes=15)
"""How long an order waits for a stale projection before a person hears of it."""


def needs(order: SalesOrder, _state: DocumentState | None, context: Context) -> Sequence[Need]:
    """What is known of everything the order names; its identity where that needs no customer."""
    erp = context.settings["erp"]
    claims = () if order.reference_is_buyers else (_claim(_identity(order, "", context)),)
    return [
        *claims,
        *(Need("age", erp, kind) for kind in PROJECTIONS),
        *line_needs(order, context),
        *customer_needs(order, context),
    ]


def capture_sales_order(
    order: SalesOrder, stored: DocumentState | None, granted: Granted, context: Context
) -> Decision | Sequence[Need]:
    """Decide about one version of an order. Asks for more needs when it knows what to claim."""
    state = load_state(stored)
    if order.cancelled_at is not None:
        return cancel_sales_order(order, state, granted, context)
    if state is not None and state.status is not OrderStatus.HELD:
        return change_sales_order(order, state, context)
    if order.test and context.settings.get("test_orders", "reject") == "reject":
        return _reject(order, state, context, "test_order", "it is marked as a test order")
    if stale := _stale_projection(granted, context):
        return _wait(order, state, context, stale)
    lines, match = match_lines(order, granted, context), match_customer(order, granted, context)
    if problems := [*lines.problems, *match.problems]:
        return _hold(order, state, context, problems)
    identity = _identity(order, match.sold_to, context)
    claim = _claim(identity)
    if claim not in granted:
        return [claim]
    if granted[claim] != context.work_key:
        return _owned_elsewhere(order, state, granted, context, granted[claim], lines)
    return _accept(order, state, context, lines, match, identity)


def _fresh(order: SalesOrder, state: SalesOrderState | None, context: Context) -> SalesOrderState:
    """The order's state with this version of it."""
    if state is not None:
        return state.model_copy(update={"order": order, "reason": ""})
    return SalesOrderState(
        status=OrderStatus.NEW,
        order=order,
        connection=context.connection,
        erp=context.settings["erp"],
    )


def _identity(order: SalesOrder, buyer: str, context: Context) -> str:
    if order.reference_is_buyers:
        return document_identity(context.company_id, buyer, order.reference)
    return identity_at_channel(order, context)


def _claim(identity: str) -> Need:
    return Need("identity", "", identity)


def aliases_of(order: SalesOrder) -> list[str]:
    """Ids by which a person or a system may ask for this order."""
    found = [order.reference, order.name, *(i.value for i in order.identifiers)]
    return list(dict.fromkeys(a for a in found if a))


def _accept(
    order: SalesOrder,
    state: SalesOrderState | None,
    context: Context,
    lines: MatchedLines,
    match: Match,
    identity: str,
) -> Decision:
    before = state.status if state else OrderStatus.NEW
    external_id = f"crossdock_{context.connection}.sales_order_{identity}"
    resolved = ResolvedOrder(
        external_id=external_id,
        partner=match.partner,
        ship_to=match.ship_to,
        bill_to=match.partner,
        lines=lines.lines,
        charges=lines.charges,
        discount_product_id=lines.discount_product_id,
        origin=order.name or order.reference,
    )
    accepted = _fresh(order, state, context).model_copy(
        update={
            "status": move(before, Trigger.ACCEPT, OrderStatus.ACCEPTED),
            "document_id": identity,
            "external_id": external_id,
            "resolved": dict(resolved),
            "explanation": tuple(match.explanation),
            "total_tolerance": context.settings.get("total_tolerance") or "0",
            "trade_digest": trade_digest(order, lines),
            "progress": Progress(
                warehouses=context.settings.get("warehouses", ""),
                invoice=context.settings.get("invoice") or "on_completion",
                goods=lines.goods,
            ),
        }
    )
    parties = order_effects.create_parties(accepted, match.create)
    draft = order_effects.create_order(accepted, parties[-1].effect_key if parties else None)
    facts = {
        "reference": order.reference,
        "total": str(order.total),
        "explanation": match.explanation,
    }
    return Decision(
        code="accepted",
        state=accepted.stored(),
        events=[Event("sales_order.accepted", facts)],
        effects=[*parties, draft],
        aliases=[*aliases_of(order), identity],
        closes_holds=before is OrderStatus.HELD,
        keeps_holds=ABOUT_GOODS,
    )


def trade_digest(order: SalesOrder, lines: MatchedLines) -> str:
    """What the trade is about in the ERP's terms, whoever sent it and however it is spelled."""
    goods = sorted(
        (
            r["product_id"],
            r["unit_id"],
            str(line.quantity.amount.normalize()),
            str(line.net.normalize()),
        )
        for line, r in zip(order.lines, lines.lines, strict=True)
    )
    return digest([goods, str(order.total.amount.normalize()), order.currency])


def _hold(
    order: SalesOrder, state: SalesOrderState | None, context: Context, problems: list[Problem]
) -> Decision:
    before = state.status if state else OrderStatus.NEW
    held = _fresh(order, state, context).model_copy(
        update={
            "status": move(before, Trigger.HOLD, OrderStatus.HELD),
            "reason": problems[0].reason,
        }
    )
    return Decision(
        end=End.HELD,
        code=problems[0].code,
        detail=problems[0].reason,
        state=held.stored(),
        events=[Event("sales_order.held", {"problems": [p.reason for p in problems]})],
        aliases=aliases_of(order),
        holds=[hold_for(problems, order.total)],
        closes_holds=before is OrderStatus.HELD,
        keeps_holds=ABOUT_GOODS,
    )


def _reject(
    order: SalesOrder, state: SalesOrderState | None, context: Context, code: str, reason: str
) -> Decision:
    before = state.status if state else OrderStatus.NEW
    rejected = _fresh(order, state, context).model_copy(
        update={
            "status": move(before, Trigger.REJECT, OrderStatus.REJECTED),
            "document_id": identity_at_channel(order, context),
            "reason": reason,
        }
    )
    return Decision(
        end=End.REJECTED,
        code=code,
        detail=reason,
        state=rejected.stored(),
        events=[Event("sales_order.rejected", {"code": code, "reason": reason})],
        effects=[
            order_effects.answer(rejected, OrderResponseStatus.REJECTED, context.now, code, reason)
        ],
        aliases=aliases_of(order),
        closes_holds=before is OrderStatus.HELD,
        keeps_holds=ABOUT_GOODS,
    )


def _stale_projection(granted: Granted, context: Context) -> str | None:
    erp = context.settings["erp"]
    for kind in PROJECTIONS:
        age = granted[Need("age", erp, kind)]
        if not age.usable(context.now):
            return f"{kind} of {erp} as of {age.as_of.isoformat() if age.as_of else 'never'}"
    return None


def _wait(
    order: SalesOrder, state: SalesOrderState | None, context: Context, stale: str
) -> Decision:
    """Not decided on old data: wait for the sweep, and after a while tell a person."""
    if context.now - context.received_at < PATIENCE:
        return Decision(
            end=End.WAIT, code="projection_too_old", detail=stale, wait_until=context.now + WAIT
        )
    problem = Problem(
        code="projection_too_old",
        field="",
        reason=f"what is known of the ERP is too old to decide on: {stale}",
        fix="see `crossdock status`; once the sweep runs, `crossdock holds release ID`",
        need=f"projection:{context.settings['erp']}",
        owner="integration",
    )
    return _hold(order, state, context, [problem])


def _owned_elsewhere(
    order: SalesOrder,
    state: SalesOrderState | None,
    granted: Granted,
    context: Context,
    owner: str,
    lines: MatchedLines,
) -> Decision | Sequence[Need]:
    """The customer's order number is taken: by the same order, or by another one."""
    need = Need("document", "", owner)
    if need not in granted:
        return [need]
    other = load_state(granted[need])
    if other is None and context.now - context.received_at >= PATIENCE:
        problem = Problem(
            code="identity_without_order",
            field="reference",
            reason=f"order number {order.reference} is claimed by {owner}, which has no order yet",
            fix=f"mend {owner} (see `crossdock holds list`), then `crossdock holds release ID`",
        )
        return _hold(order, state, context, [problem])
    if other is None:
        return Decision(
            end=End.WAIT, code="identity_being_written", wait_until=context.now + SHORTLY,
            detail=f"the order that owns number {order.reference} is being written now",
        )  # fmt: skip
    if other.trade_digest == trade_digest(order, lines):
        return _same_order(order, state, context, other, owner)
    where = f"{other.connection} ({other.order.name or other.order.reference})"
    problem = Problem(
        code="same_number_other_content",
        field="reference",
        reason=f"order number {order.reference} came by {where} with other content",
        fix="ask the customer which one holds; `crossdock holds release ID --as reject --why …` "
        "tells the channel that it is this one that does not",
    )
    return _hold(order, state, context, [problem])


def _same_order(
    order: SalesOrder,
    state: SalesOrderState | None,
    context: Context,
    other: SalesOrderState,
    owner: str,
) -> Decision:
    """Taken already under another id: this one is answered too, and never heard of again."""
    named = other.order.name or other.order.reference
    detail = f"{order.reference} came by {other.connection} already ({named}), with equal content"
    decision = _reject(order, state, context, "same_order", detail)
    return replace(
        decision,
        end=End.DUPLICATE,
        duplicate_of_work=owner,
        aliases=[a for a in aliases_of(order) if a != order.reference],
        closes_holds=True,
    )


def rejection(state: SalesOrderState, context: Context, code: str, reason: str) -> Decision:
    """A person refuses a held order: the channel is told (used by `holds release --as reject`)."""
    return _reject(state.order, state, context, code, reason)


CAPTURE_SALES_ORDER = UseCase("SalesOrder", needs, capture_sales_order)
