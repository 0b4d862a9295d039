"""Hear a count or an adjustment from a warehouse."""

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


def observe_stock(
    fact: StockCount | StockAdjustment,
    stored: DocumentState | None,
    _granted: Granted,
    context: Context,
) -> Decision:
    """The position with the fact in it; a fact in another unit goes to a person."""
    quantity = fact.quantity if isinstance(fact, StockCount) else fact.change
    before = (
        StockPosition.model_validate_json(stored.data)
        if stored
        else StockPosition(connection=context.connection, sku=fact.sku, unit=quantity.unit)
    )
    if quantity.unit != before.unit:
        return _other_unit(fact.sku, quantity.unit, before.unit)
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


def _other_unit(sku: str, theirs: str, ours: str) -> Decision:
    reason = f"{sku} is counted in {ours}; this fact is in {theirs}"
    fix = "have the warehouse report the SKU in one unit, then `crossdock holds release ID`"
    return Decision(
        end=End.HELD,
        code="other_unit",
        detail=reason,
        holds=[
            HoldDraft(
                code="other_unit", field="quantity.unit", reason=reason, fix=fix, owner="warehouse"
            )
        ],
    )


OBSERVE_STOCK = UseCase("StockPosition", no_needs, observe_stock)
