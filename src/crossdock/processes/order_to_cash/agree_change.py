"""A person has amended what its channel had changed: the changed version is what was agreed.

Nothing is sent for it: what warehouses have stays theirs, and what stands in the ERP was amended by
hand. So is what is there more of than before shipped by hand, or ordered anew.
"""

from collections.abc import Sequence
from decimal import Decimal

from crossdock.domain.sales_order import OrderLine, SalesOrder
from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    Event,
    Granted,
    Need,
    UseCase,
)
from crossdock.ports.erp import ResolvedLine
from crossdock.processes.order_to_cash.capture_sales_order import trade_digest
from crossdock.processes.order_to_cash.change_sales_order import compare
from crossdock.processes.order_to_cash.fulfilment.progress import Amounts, Progress
from crossdock.processes.order_to_cash.match_lines import MatchedLines, line_needs, match_lines
from crossdock.processes.order_to_cash.order_state import SalesOrderState, load_state
from crossdock.processes.order_to_cash.order_status import ENDS_UNSHIPPED, OrderStatus
from crossdock.processes.order_to_cash.problem import Problem

PASSED = "passed"
"""Code of a version that is no version of an order that goes on."""


class NotAgreed(ValueError):
    """The version names what nobody knows by name: it cannot be what our books have."""


def agree_needs(
    order: SalesOrder, stored: DocumentState | None, context: Context
) -> Sequence[Need]:
    """What is known of the lines and charges that are new."""
    state = load_state(stored)
    return line_needs(_news(order, state), context) if state else ()


def agree_change(
    order: SalesOrder, stored: DocumentState | None, granted: Granted, context: Context
) -> Decision:
    """Take the version over. Raises NotAgreed when a product of it is unknown."""
    state = load_state(stored)
    if state is None or state.status in (OrderStatus.HELD, *ENDS_UNSHIPPED):
        return Decision(code=PASSED)
    if state.status is OrderStatus.TAKEN_BY_HAND:
        return _agreed_by_hand(order, state)
    matched = match_lines(_news(order, state), granted, context)
    if matched.problems:
        raise NotAgreed(_words(matched.problems[0]))
    differences = compare(state.order, order)
    return Decision(
        code="agreed",
        detail="; ".join(differences),
        state=agreed(order, state, matched).stored(),
        events=[Event("sales_order.change_agreed", {"differences": differences})],
    )


def _agreed_by_hand(order: SalesOrder, state: SalesOrderState) -> Decision:
    """Nothing of it goes through us: what its products are there is not asked."""
    differences = compare(state.order, order)
    return Decision(
        code="agreed",
        detail="; ".join(differences),
        state=state.model_copy(update={"order": order}).stored(),
        events=[Event("sales_order.change_agreed", {"differences": differences})],
    )


def agreed(order: SalesOrder, state: SalesOrderState, matched: MatchedLines) -> SalesOrderState:
    """The order's state with this version of it. `matched`: its news, in the ERP's ids."""
    before: Sequence[ResolvedLine] = state.resolved.get("lines", [])
    lines = {line["line_id"]: line for line in (*before, *matched.lines)}
    charges = [*state.resolved.get("charges", []), *matched.charges]
    discount = state.resolved.get("discount_product_id") or matched.discount_product_id
    ids = {line.line_id for line in order.lines}
    gone = [line for line in (*state.gone, *state.order.lines) if line.line_id not in ids]
    return state.model_copy(
        update={
            "order": order,
            "gone": tuple({line.line_id: line for line in gone}.values()),
            "resolved": {
                **state.resolved,
                "lines": list(lines.values()),
                "charges": charges,
                "discount_product_id": discount,
            },
            "trade_digest": _digest(order, lines),
            "progress": state.progress.model_copy(
                update={
                    "goods": _goods(order, state.progress, matched),
                    "given_up": _given_up(order, state.progress),
                }
            ),
        }
    )


def _news(order: SalesOrder, state: SalesOrderState) -> SalesOrder:
    """What the ERP's ids are not known of yet. What stays keeps those it was taken with."""
    known = {(c["charge_id"]) for c in state.resolved.get("charges", [])}
    old = {line.line_id: line for line in (*state.gone, *state.order.lines)}
    return order.model_copy(
        update={
            "lines": tuple(n for n in order.lines if not _same_goods(n, old.get(n.line_id))),
            "charges": tuple(c for c in order.charges if c.charge_id not in known),
        }
    )


def _same_goods(line: OrderLine, before: OrderLine | None) -> bool:
    if before is None:
        return False
    unit = before.quantity.unit
    return (line.product.label, line.quantity.unit) == (before.product.label, unit)


def _goods(order: SalesOrder, progress: Progress, matched: MatchedLines) -> dict[str, str]:
    """Of what is ordered now, and of what a warehouse was given."""
    ids = {line.line_id for line in order.lines}
    given = {line.line_id for f in progress.fulfilments for line in f.lines}
    changed = {line["line_id"] for line in matched.lines}
    kept = {n: s for n, s in progress.goods.items() if n in ids - changed or n in given}
    return kept | matched.goods


def _given_up(order: SalesOrder, progress: Progress) -> Amounts:
    """What the channel was told of is off its version already."""
    if "remainder" in progress.told:
        return {}
    ordered = {line.line_id: line.quantity.amount for line in order.lines}
    left = {n: min(a, ordered.get(n, Decimal(0))) for n, a in progress.given_up.items()}
    return {n: amount for n, amount in left.items() if amount}


def _digest(order: SalesOrder, lines: dict[str, ResolvedLine]) -> str:
    return trade_digest(order, MatchedLines(lines=[lines[n.line_id] for n in order.lines]))


def _words(problem: Problem) -> str:
    return f"it cannot be taken over as it is: {problem.reason}; {problem.fix}, then release it"


AGREE_CHANGE = UseCase("SalesOrder", agree_needs, agree_change)
