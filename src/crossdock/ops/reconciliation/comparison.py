"""The join of both sides, document by document, and what it proves.

Counts and differences are read from the same pairs, so that neither can say what the other does
not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crossdock.ops.reconciliation.difference import Difference
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import Sought

Key = tuple[str, str, str]
"""Connection, kind, key."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One document, on either side or on both."""

    connection: str
    kind: str
    key: str
    ours: int
    theirs: int
    """How many of it each side has."""
    differences: tuple[Difference, ...] = ()
    order: LedgerOrder | None = None
    record: str = ""
    moving: bool = False
    """It differs while something about it is under way: shown, and no difference."""

    def __post_init__(self) -> None:
        if self.ours != self.theirs and not self.differences:
            raise ValueError(f"{self.place} is uneven, and nothing says so")

    @property
    def place(self) -> Key:
        return self.connection, self.kind, self.key


@dataclass(frozen=True, slots=True)
class Compared:
    """One list of an outside system against our books."""

    connection: str
    kind: str
    """order | shipment | invoice"""
    ours: int
    theirs: int
    in_flight: int = 0
    """Documents that differ and are on their way: in neither count."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the comparing half found."""

    pairs: Sequence[Pair] = ()

    @property
    def compared(self) -> list[Compared]:
        """Counts of documents at rest, by connection and kind in their order."""
        kinds: defaultdict[tuple[str, str], list[Pair]] = defaultdict(list)
        for pair in self.pairs:
            kinds[pair.connection, pair.kind].append(pair)
        found = []
        for (connection, kind), pairs in kinds.items():
            rest = [pair for pair in pairs if not pair.moving]
            ours, theirs = sum(p.ours for p in rest), sum(p.theirs for p in rest)
            moving = len(pairs) - len(rest)
            if ours or theirs or moving:
                found.append(Compared(connection, kind, ours, theirs, moving))
        return found

    @property
    def differences(self) -> list[Difference]:
        return [d for pair in self.pairs if not pair.moving for d in pair.differences]

    @property
    def in_flight(self) -> list[Difference]:
        return [d for pair in self.pairs if pair.moving for d in pair.differences]

    @property
    def to_look_up(self) -> Mapping[str, Sequence[Sought]]:
        """By connection: the keys of all that differs, to be read once more before it is told."""
        found: defaultdict[str, dict[str, Sought]] = defaultdict(dict)
        for pair in self.pairs:
            if pair.differences:
                found[pair.connection][pair.key] = Sought(pair.key, pair.record)
        return {connection: list(sought.values()) for connection, sought in found.items()}

    def after(self, before: "Comparison") -> "Comparison":
        """This comparison, made once more with what `before` asked to be looked up.

        What differs although it did not before, or whose order has changed in between, moved while
        we read: our books are newer there than the system's answer.
        """
        looked_up = before.to_look_up
        asked = {(c, one.key) for c, sought in looked_up.items() for one in sought}
        orders = {(pair.connection, pair.key): pair.order for pair in before.pairs}
        return Comparison([_settled(pair, asked, orders) for pair in self.pairs])


def _settled(
    pair: Pair,
    asked: Iterable[tuple[str, str]],
    orders: Mapping[tuple[str, str], LedgerOrder | None],
) -> Pair:
    place = pair.connection, pair.key
    moved = place not in asked or orders.get(place) != pair.order
    return replace(pair, moving=True) if pair.differences and moved else pair
