"""Hear what the ERP shows of one SKU at one location."""

from decimal import Decimal

from crossdock.domain.stock import StockLevel
from crossdock.engine.use_case import (
    Context,
    Decision,
    DocumentState,
    Event,
    Granted,
    HoldDraft,
    UseCase,
    no_needs,
)
from crossdock.processes.inventory.ledger.positions import (
    AVAILABLE,
    EXPECTED,
    FOREIGN_DEMAND,
    LEDGER,
    RESERVED_THERE,
    Position,
)

STATUS = "known"
BELOW_ZERO = "stock_below_zero"


def observe_level(
    level: StockLevel, stored: DocumentState | None, _granted: Granted, _context: Context
) -> Decision:
    """It takes the place of what was read before; less than nothing is asked about."""
    before = StockLevel.model_validate_json(stored.data) if stored else None
    state = DocumentState(
        STATUS, level.model_dump_json().encode(), postings={LEDGER: positions(level)}
    )
    if before is not None and _content(before) == _content(level):
        return Decision(code="unchanged", state=state)
    data = {
        "location": level.location,
        "sku": level.sku,
        "unit": level.on_hand.unit,
        "available": f"{level.on_hand.amount:f}",
        "unsellable": {state: f"{amount:f}" for state, amount in level.unsellable.items()},
        "foreign_demand": f"{level.foreign_demand:f}",
        "reserved_there": f"{level.reserved:f}",
        "expected": f"{_expected(level):f}",
    }
    below = level.on_hand.amount < 0
    was_below = before is not None and before.on_hand.amount < 0
    return Decision(
        code="read",
        state=state,
        events=[Event("stock.level_read", data)],
        holds=[_below_zero(level)] if below and not was_below else [],
        closes_holds=was_below and not below,
    )


def positions(level: StockLevel) -> list[Position]:
    """What the ledger keeps of it."""
    measures = {
        AVAILABLE: level.on_hand.amount,
        **level.unsellable,
        FOREIGN_DEMAND: level.foreign_demand,
        RESERVED_THERE: level.reserved,
        EXPECTED: _expected(level),
    }
    return [
        Position(level.location, level.sku, measure, amount, level.on_hand.unit, level.read_at)
        for measure, amount in measures.items()
        if amount or measure == AVAILABLE
    ]


def _content(level: StockLevel) -> StockLevel:
    return level.model_copy(update={"read_at": None})


def _expected(level: StockLevel) -> Decimal:
    return sum((r.quantity.amount for r in level.receipts), Decimal(0))


def _below_zero(level: StockLevel) -> HoldDraft:
    return HoldDraft(
        code=BELOW_ZERO,
        field="on_hand",
        reason=f"{level.location} has {level.on_hand} of {level.sku}: more was taken out than was "
        "booked in. It counts as nothing until then",
        fix=f"count {level.sku} at {level.location} and correct it in the ERP: the question closes "
        "by itself",
        owner="warehouse",
    )


OBSERVE_LEVEL = UseCase("StockLevel", no_needs, observe_level)
