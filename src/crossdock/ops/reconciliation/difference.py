"""One thing that two sides tell differently."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crossdock.domain.money import Money


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, where, what it is worth, whose it is and what mends it."""

    kind: str
    """`missing_here`, `missing_there`, `total`, `state`, `delivered`, `invoiced`, `double` …"""
    connection: str
    key: str
    """What people call the order, or the document's key where they have no name for it."""
    ours: str
    theirs: str
    owner: str
    remedy: str
    value: Money | None = None
    place: str = ""
    """Where it was lost (`ops.loss.place.Place`)."""
    work_key: str = ""
    """The document it is about, where that is known."""


def by_connection(differences: Iterable[Difference]) -> Mapping[str, Sequence[Difference]]:
    """In their order; a connection without any has no entry."""
    found: defaultdict[str, list[Difference]] = defaultdict(list)
    for one in differences:
        found[one.connection].append(one)
    return dict(found)


def quantities_text(quantities: Mapping[str, Decimal]) -> str:
    """`A-1 × 3, B-2 × 1`; `nothing` for none."""
    parts = [
        f"{sku} × {amount.normalize():f}" for sku, amount in sorted(quantities.items()) if amount
    ]
    return ", ".join(parts) or "nothing"


def same_quantities(a: Mapping[str, Decimal], b: Mapping[str, Decimal]) -> bool:
    """Equal once zeroes are left out."""
    return {k: v for k, v in a.items() if v} == {k: v for k, v in b.items() if v}
