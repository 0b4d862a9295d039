"""How much of a SKU one warehouse has: the newest count, and what changed since it."""

from datetime import datetime
from decimal import Decimal

from pydantic import AwareDatetime, Field

from crossdock.domain.fulfilment import StockAdjustment, StockCount
from crossdock.domain.model import CanonicalModel
from crossdock.engine.use_case import DocumentState
from crossdock.processes.inventory.ledger.positions import LEDGER, Position

STATUS = "known"


class Counted(CanonicalModel):
    """The newest count of one state (`available`, `damaged`, …)."""

    event_id: str
    amount: Decimal
    at: AwareDatetime


class Adjusted(CanonicalModel):
    """A change after the newest count."""

    event_id: str
    state: str
    amount: Decimal
    at: AwareDatetime
    reason: str = ""


class StockPosition(CanonicalModel):
    """A fold over facts: the same in every order of arrival."""

    connection: str
    sku: str
    unit: str
    counted: dict[str, Counted] = Field(default_factory=dict)
    adjusted: tuple[Adjusted, ...] = ()
    """By time; those that a count includes are gone."""

    def with_count(self, count: StockCount) -> "StockPosition":
        """A count replaces what was known until its instant; an older one changes nothing."""
        known = self.counted.get(count.state)
        if known and (known.at, known.event_id) >= (count.counted_at, count.event_id):
            return self
        new = Counted(event_id=count.event_id, amount=count.quantity.amount, at=count.counted_at)
        kept = tuple(a for a in self.adjusted if a.state != count.state or a.at > count.counted_at)
        return self.model_copy(
            update={"counted": {**self.counted, count.state: new}, "adjusted": kept}
        )

    def with_adjustment(self, change: StockAdjustment) -> "StockPosition":
        """Applied unless the newest count includes it."""
        known = self.counted.get(change.state)
        if known and known.at >= change.adjusted_at:
            return self
        new = Adjusted(
            event_id=change.event_id, state=change.state, amount=change.change.amount,
            at=change.adjusted_at, reason=change.reason,
        )  # fmt: skip
        others = [a for a in self.adjusted if a.event_id != new.event_id]
        ordered = tuple(sorted([*others, new], key=lambda a: (a.at, a.event_id)))
        return self.model_copy(update={"adjusted": ordered})

    def amount(self, state: str = "available") -> Decimal:
        """What is there now, as far as the warehouse has said."""
        counted = self.counted.get(state)
        changes = sum((a.amount for a in self.adjusted if a.state == state), Decimal(0))
        return (counted.amount if counted else Decimal(0)) + changes

    def positions(self) -> list[Position]:
        """What the ledger keeps of it: every state that a fact was about."""
        states = {*self.counted, *(a.state for a in self.adjusted)}
        return [
            Position("", self.sku, state, self.amount(state), self.unit, self._as_of(state))
            for state in sorted(states)
        ]

    def _as_of(self, state: str) -> datetime:
        counted = self.counted.get(state)
        changes = [a.at for a in self.adjusted if a.state == state]
        return max([*changes, *([counted.at] if counted else [])])

    def stored(self) -> DocumentState:
        postings = {LEDGER: self.positions()}
        return DocumentState(STATUS, self.model_dump_json().encode(), postings=postings)
