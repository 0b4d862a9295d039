"""Positions: how much each source says that a place has of a SKU, and what it owes of it.

Derived from the sources' documents: each says all that it has to say, in the place of what it had
said before.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from crossdock.engine.registry import Posted
from crossdock.engine.store import Transaction, load_queries

SQL = load_queries("crossdock.processes.inventory", "ledger.sql")

LEDGER = "stock_positions"
"""Under this name documents post a sequence of `Position`."""

AVAILABLE = "available"
FOREIGN_DEMAND = "foreign_demand"
"""What leaves for reasons that did not come through us."""
EXPECTED = "expected"
"""What is on its way in, all dates together."""
RESERVED_THERE = "reserved_there"
"""What the ERP says is reserved of what is available."""
NOT_THERE = (FOREIGN_DEMAND, EXPECTED, RESERVED_THERE)
"""Measures that are not goods standing at the place; every other one but `available` is a state."""


class Position(NamedTuple):
    """One measure of one SKU at one of the source's places."""

    place: str
    """The source's own name of it; empty for a warehouse system, which is one."""
    sku: str
    measure: str
    amount: Decimal
    unit: str
    as_of: datetime


def post_positions(tx: Transaction, posted: Sequence[Posted], _now: datetime) -> None:
    """Every document's positions, in the place of those it had before."""
    rows = sorted(
        (row.sku, one.connection_id, row.place, row.measure, one, row)
        for one in posted
        for row in one.entry
    )
    keys = {
        "connections": [r[1] for r in rows],
        "places": [r[2] for r in rows],
        "skus": [r[0] for r in rows],
        "measures": [r[3] for r in rows],
    }
    tx.run(
        SQL.forget_positions,
        companies=[p.company_id for p in posted],
        work_keys=[p.work_key for p in posted],
        **keys,
    )
    if not rows:
        return
    tx.run(
        SQL.write_positions,
        row_companies=[one.company_id for *_, one, _ in rows],
        row_work_keys=[one.work_key for *_, one, _ in rows],
        amounts=[row.amount for *_, row in rows],
        units=[row.unit for *_, row in rows],
        as_ofs=[row.as_of for *_, row in rows],
        **keys,
    )


class PlacedPosition(NamedTuple):
    """A position as people read it."""

    sku: str
    location: str | None
    """None for a place that no location names: it counts nowhere."""
    authority: str | None
    connection: str
    source: str | None
    """`erp` or `warehouse`."""
    place: str
    measure: str
    amount: Decimal
    unit: str
    as_of: datetime

    @property
    def counts(self) -> bool:
        """Whether its source is the one that the location goes by."""
        return self.source is not None and self.source == self.authority


class UnknownPlace(NamedTuple):
    """A place that a source speaks of and no location names."""

    connection: str
    system: str
    place: str
    skus: int


def read_positions(
    tx: Transaction,
    *,
    sku: str | None = None,
    location: str | None = None,
    after: str | None = None,
    measure: str | None = None,
    counting: bool = False,
    limit: int = 10_000,
) -> list[PlacedPosition]:
    """By SKU, location, source. `after`: only SKUs behind this one, for paging; `counting`: only
    what the source says that its location goes by.
    """
    rows = tx.rows(
        SQL.read_positions,
        sku=sku, location=location, after=after, measure=measure, counting=counting, limit=limit,
    )  # fmt: skip
    return [PlacedPosition(*row) for row in rows]


def unknown_places(tx: Transaction) -> list[UnknownPlace]:
    """What is counted somewhere and summed nowhere, because no location names the place."""
    return [UnknownPlace(*row) for row in tx.rows(SQL.unknown_places)]
