"""What a system's list must say of one document for its side and ours to be equal."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from crossdock.domain.money import Money
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import ListedKind


class Presence(StrEnum):
    """Whether the document has to be there."""

    MUST = "must"
    MAY = "may"
    """Both are right; what is there is compared all the same."""
    MUST_NOT = "must_not"


@dataclass(frozen=True, slots=True)
class Mending:
    """Whose a difference is, and what mends it."""

    owner: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Expected:
    """One document as our books have it."""

    kind: ListedKind
    key: str
    order: LedgerOrder
    presence: Presence
    mending: Mapping[str, Mending]
    """By kind of difference, `missing_there` and `unexpected` among them."""
    word: str
    """The kind of difference when quantities, or an invoice's money, differ."""
    record: str = ""
    """Its id there, where known."""
    statuses: frozenset[str] | None = None
    """Those that fit; None: any."""
    quantities: Mapping[str, Decimal] | None = None
    """None: not compared."""
    ignored: frozenset[str] = frozenset()
    """SKUs that are not compared."""
    money: Money | None = None
    """None: not compared."""
    tolerance: Decimal = Decimal(0)
    quantities_at_most: bool = False
    """Less is right as well: not all of it has come yet."""
    money_at_most: bool = False

    @property
    def ours(self) -> str:
        """Our side in a word."""
        return self.order.status.value
