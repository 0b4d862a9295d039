"""Say which places there are and whose count each goes by; every such act is in the audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crossdock.engine.store import Transaction
from crossdock.governance.audit import record_act
from crossdock.ops.word import Word
from crossdock.processes.inventory.ledger.locations import (
    StockLocation,
    drop_location,
    put_location,
)
from crossdock.processes.inventory.ledger.positions import AVAILABLE, read_positions


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A SKU that the two sources of a location count differently."""

    sku: str
    erp: Decimal | None
    """None: it says nothing of the SKU."""
    warehouse: Decimal | None


def disagreements(tx: Transaction, location: str) -> list[Disagreement]:
    """By SKU: what changes hands when a location's authority does."""
    found: dict[str, dict[str, Decimal]] = {}
    for position in read_positions(tx, location=location, limit=1_000_000):
        if position.measure == AVAILABLE and position.source is not None:
            found.setdefault(position.sku, {})[position.source] = position.amount
    return [
        Disagreement(sku, said.get("erp"), said.get("warehouse"))
        for sku, said in sorted(found.items())
        if said.get("erp") != said.get("warehouse")
    ]


def set_location(tx: Transaction, location: StockLocation, word: Word) -> StockLocation | None:
    """Make or change a location; returns what it was before. Raises BadLocation."""
    before = put_location(tx, location, word.now)
    _record(tx, location, "stock_location.set", word, {"before": _plain(before)})
    return before


def remove_location(tx: Transaction, company_id: int, name: str, word: Word) -> StockLocation:
    """What its sources say is kept, and counts nowhere. Raises NoSuchLocation."""
    gone = drop_location(tx, company_id, name)
    _record(tx, gone, "stock_location.remove", word, {})
    return gone


def _record(
    tx: Transaction, location: StockLocation, action: str, word: Word, more: Mapping[str, Any]
) -> None:
    record_act(
        tx,
        company_id=location.company_id,
        principal=word.by,
        action=action,
        subject=f"stock_location:{location.name}",
        now=word.now,
        detail={"location": _plain(location), "why": word.why, **more},
    )


def _plain(location: StockLocation | None) -> Mapping[str, Any] | None:
    if location is None:
        return None
    return {
        "authority": location.authority.value,
        "erp": f"{location.erp}:{location.erp_code}" if location.erp else None,
        "warehouse": location.warehouse,
    }
