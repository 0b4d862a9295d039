"""What is known of an order's fulfilment: a fold over facts, the same in every order of arrival."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from pydantic import AwareDatetime, Field

from crossdock.domain.fulfilment import FulfilmentLine, WarehouseEvent, WarehouseEventKind
from crossdock.domain.model import CanonicalModel

Amounts = Mapping[str, Decimal]
"""By line id."""
KINDS_WITH_LINES = (
    WarehouseEventKind.SHIPPED, WarehouseEventKind.SHORT_PICKED, WarehouseEventKind.CLOSED,
)  # fmt: skip
WORK_BEGUN = (
    WarehouseEventKind.PICKED, WarehouseEventKind.SHORT_PICKED, WarehouseEventKind.PACKED,
    WarehouseEventKind.SHIPPED, WarehouseEventKind.DELIVERED,
)  # fmt: skip
OF_SHIPMENTS = (WarehouseEventKind.SHIPPED, WarehouseEventKind.DELIVERED)


class Fulfilment(CanonicalModel):
    """One fulfilment order and all that its warehouse said about it."""

    fulfilment_id: str
    warehouse: str
    lines: tuple[FulfilmentLine, ...]
    release_at: AwareDatetime
    short_pick: str = "backorder"
    sent: bool = False
    """The warehouse has it."""
    refused: str = ""
    """Why the warehouse will not do it."""
    stop_asked: bool = False
    """The warehouse was asked not to ship it."""
    stop_refused: str = ""
    """Why it ships it all the same."""
    cancelled: bool = False
    """It was withdrawn, or the warehouse agreed to stop."""
    settled: bool = False
    """Its remainder was planned anew or given up."""
    facts: tuple[WarehouseEvent, ...] = ()

    def with_fact(self, fact: WarehouseEvent) -> "Fulfilment":
        """Kept by its own id; lines only where a decision rests on them."""
        lines = fact.lines if fact.kind in KINDS_WITH_LINES else ()
        shipment = fact.shipment_id or (fact.event_id if fact.kind in OF_SHIPMENTS else "")
        kept = fact.model_copy(update={"lines": lines, "shipment_id": shipment})
        others = [f for f in self.facts if f.event_id != fact.event_id]
        facts = tuple(sorted([*others, kept], key=lambda f: (f.occurred_at, f.event_id)))
        return self.model_copy(update={"facts": facts})

    def of_kind(self, kind: WarehouseEventKind) -> list[WarehouseEvent]:
        return [f for f in self.facts if f.kind is kind]

    @property
    def ordered(self) -> Amounts:
        return {line.line_id: line.quantity.amount for line in self.lines}

    @property
    def shipments(self) -> list[WarehouseEvent]:
        return self.of_kind(WarehouseEventKind.SHIPPED)

    @property
    def shipped(self) -> Amounts:
        return sum_lines(self.shipments)

    @property
    def begun(self) -> bool:
        return any(f.kind in WORK_BEGUN for f in self.facts)

    @property
    def over(self) -> Amounts:
        """What was shipped beyond what was ordered, line by line."""
        ordered = self.ordered
        return {
            line: amount - ordered.get(line, Decimal(0))
            for line, amount in self.shipped.items()
            if amount > ordered.get(line, Decimal(0))
        }

    @property
    def _ends_of_its_own(self) -> list[WarehouseEvent]:
        ends = (WarehouseEventKind.REJECTED, WarehouseEventKind.CANCELLED)
        return [fact for fact in self.facts if fact.kind in ends]

    @property
    def will_not_ship(self) -> bool:
        """Cancelled or refused: the warehouse has said that nothing of it goes out."""
        return bool(self.cancelled or self.refused or self._ends_of_its_own)

    @property
    def refusal(self) -> str:
        """Why nothing of it goes out, in the warehouse's own words where it gave any."""
        said = [f"{end.kind}: {end.reason}" for end in self._ends_of_its_own if end.reason]
        kinds = [f"it was {end.kind} there" for end in self._ends_of_its_own]
        return self.refused or next(iter([*said, *kinds]), "it was cancelled")

    @property
    def left_open(self) -> Amounts | None:
        """What the warehouse says that it will not ship; None before it has closed it."""
        closed = self.of_kind(WarehouseEventKind.CLOSED)
        left = sum_lines(closed[-1:])
        return {line: amount for line, amount in left.items() if amount > 0} if closed else None

    @property
    def found_nothing(self) -> bool:
        """The warehouse closed it, and no goods of it had left."""
        return self.ended and self.left_open is not None and not self.shipments

    @property
    def ended(self) -> bool:
        """Nothing more comes: all shipped, closed with every shipment known, or never to ship."""
        shipped, ordered = self.shipped, self.ordered
        if all(shipped.get(line, 0) >= amount for line, amount in ordered.items()):
            return True
        if self.cancelled:
            return True
        left = self.left_open
        if left is not None:
            return all(shipped.get(n, 0) + left.get(n, 0) >= a for n, a in ordered.items())
        return self.will_not_ship and not self.shipments

    @property
    def remainder(self) -> Amounts:
        """What was ordered and not shipped."""
        shipped = self.shipped
        left = {line: amount - shipped.get(line, 0) for line, amount in self.ordered.items()}
        return {line: amount for line, amount in left.items() if amount > 0}


class Progress(CanonicalModel):
    """The fulfilment of one order."""

    warehouses: str = ""
    """The channel's policy (setting `warehouses`): at acceptance, or when a person released it."""
    invoice: str = "on_completion"
    goods: dict[str, str] = Field(default_factory=dict)
    """Line id → the ERP's SKU, for lines that are goods."""
    fulfilments: tuple[Fulfilment, ...] = ()
    given_up: dict[str, Decimal] = Field(default_factory=dict)
    """By line: what will not be shipped."""
    booked: tuple[str, ...] = ()
    """Shipments the ERP has delivered."""
    told: tuple[str, ...] = ()
    """Shipments and remainders the channel has taken."""
    tries: dict[str, int] = Field(default_factory=dict)
    """By effect: how often it was asked for, where more than once."""
    person_asked: bool = False
    """A person was asked about goods that leave although the order was cancelled."""
    asked_on_version: bool = False
    """A person was asked with a version of the order, whose place a newer one takes: ask again."""
    invoices: tuple[str, ...] = ()
    """Names of the ERP's invoices."""
    invoiced: tuple[str, ...] = ()
    """What the ERP was asked to invoice and did: shipments, or "" for the whole."""

    def find(self, fulfilment_id: str) -> Fulfilment | None:
        return next((f for f in self.fulfilments if f.fulfilment_id == fulfilment_id), None)

    def replaced(self, changed: Fulfilment) -> "Progress":
        fulfilments = tuple(
            changed if f.fulfilment_id == changed.fulfilment_id else f for f in self.fulfilments
        )
        return self.model_copy(update={"fulfilments": fulfilments})

    @property
    def shipments(self) -> list[tuple[Fulfilment, WarehouseEvent]]:
        return [(f, event) for f in self.fulfilments for event in f.shipments]

    @property
    def open(self) -> list[Fulfilment]:
        return [f for f in self.fulfilments if not f.ended]

    @property
    def unsettled(self) -> list[Fulfilment]:
        """Open, or ended with a remainder that is neither planned anew nor given up."""
        return [f for f in self.fulfilments if not (f.ended and f.settled)]

    @property
    def nothing_to_ship(self) -> bool:
        """A channel with warehouses ordered services only."""
        return bool(self.warehouses) and not self.goods

    @property
    def stoppable(self) -> bool:
        """Something of it may still leave, and leaves by our word only."""
        return bool(self.warehouses) and not self.complete

    @property
    def leaves(self) -> str:
        """Why a cancellation comes too late, in words; empty while it may still succeed."""
        refused = next((f.stop_refused for f in self.open if f.stop_refused), "")
        if refused:
            return f"the warehouse ships it: {refused}"
        if not (self.complete and self.shipments):
            return ""
        rest = "a part had been shipped; the rest was cancelled"
        return rest if self.given_up else "it had been picked"

    @property
    def complete(self) -> bool:
        """Every fulfilment has ended and what it left open is planned or given up."""
        return self.nothing_to_ship or (bool(self.fulfilments) and not self.unsettled)


def sum_lines(events: Iterable[WarehouseEvent]) -> dict[str, Decimal]:
    """Quantities of events, by line."""
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for event in events:
        for line in event.lines:
            total[line.line_id] += line.quantity.amount
    return dict(total)


def sum_amounts(parts: Iterable[Amounts]) -> dict[str, Decimal]:
    """Quantities of several, by line."""
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for part in parts:
        for line_id, amount in part.items():
            total[line_id] += amount
    return dict(total)
