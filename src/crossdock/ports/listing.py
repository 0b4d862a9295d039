"""What an outside system lists for the close: documents with their keys, quantities and amounts.

A close compares these lists with the ledger. They come by the same client as everything else, but
not through messages: a list that is read from our own books would prove nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from crossdock.domain.money import Money


class ListedKind(StrEnum):
    """What can be listed."""

    ORDER = "order"
    SHIPMENT = "shipment"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Listed:
    """One document as its system has it now."""

    kind: ListedKind
    key: str
    """By which the ledger knows it. Channel: the order's id there. ERP: our external id of the
    order (orders, shipments and invoices alike). Warehouse: the fulfilment id."""
    name: str
    """What people call it there."""
    status: str
    """In our words: `open`, `confirmed`, `cancelled`, `shipped`, `posted`, `draft`."""
    at: datetime
    """When it came to be, by that system's clock."""
    amount: Decimal | None = None
    """Grand total, tax included."""
    currency: str = ""
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    """Per SKU, summed: ordered (orders), shipped (shipments), invoiced (invoices); goods only."""

    @property
    def money(self) -> Money | None:
        """The grand total, where the system listed one."""
        if self.amount is None or not self.currency:
            return None
        return Money(amount=self.amount, currency=self.currency)


@dataclass(frozen=True, slots=True)
class Sought:
    """A document to look up by its key."""

    key: str
    """As `Listed.key` has it."""
    record: str = ""
    """The id its system gave it, where the ledger knows one: found sooner, but the key decides."""


@runtime_checkable
class Lists(Protocol):
    """Can list what it has, and look up what a list did not show.

    A list is cut by that system's clock, so it cannot prove absence; a look-up by key can.
    """

    def listed_kinds(self) -> tuple[ListedKind, ...]:
        """What `list_documents` can be asked for."""
        ...

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        """Documents of orders that came to be there in [since, until). Raises ConnectorError."""
        ...

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        """Those of these keys that are there now, whenever they came to be, in any order.

        A key for which nothing comes has no such document there: a system that cannot tell so
        raises ConnectorError.
        """
        ...
