"""Why a number is what it is: rows whose sum is the number."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from crossdock.processes.inventory.exposure.terms import pieces


class Row(NamedTuple):
    """One term."""

    name: str
    amount: Decimal
    words: str


@dataclass(slots=True)
class Explanation:
    """Rows in the order in which they were reckoned. Amounts go in as millionths."""

    rows: list[Row] = field(default_factory=list)
    _sum: int = 0

    def add(self, name: str, amount: int, words: str) -> None:
        """A term; one that changes nothing is left out."""
        if amount:
            self.tell(name, amount, words)

    def tell(self, name: str, amount: int, words: str) -> None:
        """A term that is told even when it is nothing."""
        self.rows.append(Row(name, pieces(amount), words))
        self._sum += amount

    def lower(self, name: str, limit: int, words: str) -> None:
        """The term that brings the sum down to `limit`, if it is above."""
        self.add(name, min(0, limit - self._sum), words)

    @property
    def millionths(self) -> int:
        """The running sum."""
        return self._sum

    @property
    def total(self) -> Decimal:
        """What the rows come to."""
        return sum((row.amount for row in self.rows), Decimal(0))
