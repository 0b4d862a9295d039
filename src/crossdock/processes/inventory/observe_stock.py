"""Hear a count or an adjustment from a warehouse."""

from datetime import datetime, timedelta

from crossdock.domain.fulfilment import StockAdjustment, StockCount
from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    End,
    Event,
    Granted,
    HoldDraft,
    UseCase,
    no_needs,
)
from crossdock.processes.inventory.stock_position import StockPosition

AHEAD_MAX = timedelta(hours=1)
"""How far a warehouse's clock may be ahead of ours."""
ANEW = "and reported as a new event; then `crossdock holds release ID --as done`"


def observe_stock(
    fact: StockCount | StockAdjustment,
    stored: DocumentState | None,
    _granted: Granted,
    context: Context,
) -> Decision:
    """The position with the fact in it; one that cannot be true as it stands goes to a person.

    That is one in another unit, one of the future (it would outlast every count until then), and a
    count below nothing.
    """
    quantity = fact.quantity if isinstance(fact, StockCount) else fact.change
    before = (
        StockPosition.model_validate_json(stored.data)
        if stored
        else StockPosition(connection=context.connection, sku=fact.sku, unit=quantity.unit)
    )
    if quantity.unit != before.unit:
        return _other_unit(fact.sku, quantity.unit, before.unit)
    if _at(fact) - context.now > AHEAD_MAX:
        return _dated_ahead(fact)
    if isinstance(fact, StockCount) and quantity.amount < 0:
        return _negative_count(fact)
    after = (
        before.with_count(fact) if isinstance(fact, StockCount) else before.with_adjustment(fact)
    )
    if after == before:
        return Decision(code="included", detail="a newer count includes it")
    kind = "counted" if isinstance(fact, StockCount) else "adjusted"
    data = {
        "kind": kind,
        "sku": fact.sku,
        "state": fact.state,
        "amount": f"{after.amount(fact.state):f}",
    }
    return Decision(code=kind, state=after.stored(), events=[Event("stock.reported", data)])


def _at(fact: StockCount | StockAdjustment) -> datetime:
    return fact.counted_at if isinstance(fact, StockCount) else fact.adjusted_at


def _other_unit(sku: str, theirs: str, ours: str) -> Decision:
    reason = f"{sku} is counted in {ours}; this fact is in {theirs}"
    fix = "have the warehouse report the SKU in one unit, then `crossdock holds release ID`"
    return _asked("other_unit", "quantity.unit", reason, fix)


def _dated_ahead(fact: StockCount | StockAdjustment) -> Decision:
    reason = f"{fact.sku}: dated {_at(fact).isoformat()}, which is still to come"
    return _asked("dated_ahead", "occurred_at", reason, f"have its clock corrected, {ANEW}")


def _negative_count(count: StockCount) -> Decision:
    reason = f"{count.sku}: {count.quantity} counted, which is less than nothing"
    return _asked("negative_count", "quantity.amount", reason, f"have it counted again, {ANEW}")


def _asked(code: str, field: str, reason: str, fix: str) -> Decision:
    hold = HoldDraft(code=code, field=field, reason=reason, fix=fix, owner="warehouse")
    return Decision(end=End.HELD, code=code, detail=reason, holds=[hold])


OBSERVE_STOCK = UseCase("StockPosition", no_needs, observe_stock)
