"""A later version of an order that was already taken."""

from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.domain.sales_order import OrderLine, SalesOrder
from crossdock.engine.use_case import Context, Decision, End, Event, HoldDraft
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from crossdock.processes.order_to_cash.order_status import ENDS_UNSHIPPED

CHANGED = "changed_after_acceptance"


def change_sales_order(order: SalesOrder, state: SalesOrderState, context: Context) -> Decision:
    """Nothing the trade is about changed: noted. Otherwise a person amends it."""
    differences = compare(state.order, order)
    if not differences:
        kept = state.model_copy(update={"order": order})
        return Decision(
            code="no_change", detail="nothing the trade is about changed", state=kept.stored()
        )
    if state.progress.given_up and not compare(as_we_left_it(state, order.total), order):
        return Decision(code="echo", detail="what we cancelled of it comes back to us")
    words = "; ".join(differences)
    if state.status in ENDS_UNSHIPPED:
        return Decision(
            code="after_end", detail=f"the order is {state.status}: {words}",
            events=[Event("message.ignored", {"message_id": context.message_id, "detail": words})],
        )  # fmt: skip
    return Decision(
        end=End.HELD,
        code=CHANGED,
        detail=words,
        events=[Event("sales_order.change_requested", {"differences": differences})],
        holds=[
            HoldDraft(
                code=CHANGED,
                field="lines",
                reason=f"the channel changed the order after it was {state.status}: {words}",
                fix=f"amend {state.erp_name or 'the order'} in Odoo{_at_warehouses(state)}, "
                "then `crossdock holds release ID --as done`",
                value=order.total,
            )
        ],
    )


def _at_warehouses(state: SalesOrderState) -> str:
    """Whoever still ships what was ordered before the change."""
    at = ", ".join(f"{f.warehouse} (fulfilment {f.fulfilment_id})" for f in state.progress.open)
    return f" and tell {at}, which goes by the quantities from before" if at else ""


def as_we_left_it(state: SalesOrderState, total: Money) -> SalesOrder:
    """The order with what we cancelled of it taken off: so our own writes come back.

    `total`: as the channel has it now; what it gives back is the channel's own reckoning.
    """
    given_up = state.progress.given_up
    lines = [
        _less(line, given_up.get(line.line_id, Decimal(0)), total) for line in state.order.lines
    ]
    left = tuple(line for line in lines if line.quantity.amount)
    return state.order.model_copy(update={"lines": left, "total": total})


def _less(line: OrderLine, gone: Decimal, total: Money) -> OrderLine:
    """The line without what is gone of it; its allowance shrinks with it, to the coin."""
    ordered = line.quantity.amount
    if not gone:
        return line
    quantity = line.quantity.model_copy(update={"amount": ordered - gone})
    share = Money(amount=line.allowance * (ordered - gone) / ordered, currency=total.currency)
    allowance = share.rounded().amount
    return line.model_copy(update={"quantity": quantity, "allowance": allowance})


def compare(before: SalesOrder, after: SalesOrder) -> list[str]:
    """What the trade is about that differs, in words."""
    old, new = {ln.line_id: ln for ln in before.lines}, {ln.line_id: ln for ln in after.lines}
    removed = [old[line_id] for line_id in old.keys() - new.keys()]
    added = [new[line_id] for line_id in new.keys() - old.keys()]
    differences = [
        *(f"line {line.product.label} removed" for line in removed),
        *(f"line {line.product.label} × {line.quantity} added" for line in added),
    ]
    for line_id in old.keys() & new.keys():
        a, b = old[line_id], new[line_id]
        if a.product.label != b.product.label:
            differences.append(f"{a.product.label} became {b.product.label}")
        if a.quantity != b.quantity:
            differences.append(f"{b.product.label}: {a.quantity} became {b.quantity}")
        if (a.unit_price, a.allowance) != (b.unit_price, b.allowance):
            differences.append(f"{b.product.label}: net {a.net} became {b.net}")
    if before.total != after.total:
        differences.append(f"total {before.total} became {after.total}")
    if _place(before) != _place(after):
        differences.append("the delivery address changed")
    return sorted(differences)


def _place(order: SalesOrder) -> str:
    address = order.ship_to.address if order.ship_to else None
    return address.match_key() if address else ""
