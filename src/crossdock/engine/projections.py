"""Projections: copies of reference data that other systems own, each with its age.

A decision rests on a projection only within its declared maximum age (requirement A9).
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crossdock.engine.encoding import to_json
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.use_case import ProjectedRecord
from crossdock.ports.sweep import ProjectionRow

SQL = load_queries(__package__, "sweep.sql")


@dataclass(frozen=True, slots=True)
class Age:
    """How current a projection is."""

    as_of: datetime | None
    max_age: timedelta | None

    def usable(self, now: datetime) -> bool:
        """Whether a decision at `now` may rest on it."""
        if self.as_of is None:
            return False
        return self.max_age is None or now - self.as_of <= self.max_age


def write_rows(
    tx: Transaction,
    *,
    connection_id: int,
    company_id: int,
    kind: str,
    rows: Sequence[ProjectionRow],
    now: datetime,
) -> None:
    """Store records and the keys they are found by."""
    if not rows:
        return
    keyed = [(key, row.external_id) for row in rows for key in row.lookup]
    keys, owners = [k for k, _ in keyed], [o for _, o in keyed]
    scope = {"connection_id": connection_id, "kind": kind}
    tx.run(
        SQL.upsert_projection,
        **scope,
        company_id=company_id,
        now=now,
        external_ids=[r.external_id for r in rows],
        datas=[to_json(dict(r.data)) for r in rows],
        actives=[r.active for r in rows],
    )
    tx.run(
        SQL.forget_keys,
        **scope,
        external_ids=[r.external_id for r in rows],
        keys=keys,
        owners=owners,
    )
    tx.run(SQL.write_keys, **scope, company_id=company_id, keys=keys, owners=owners)


def retire_unseen(tx: Transaction, connection_id: int, kind: str, began: datetime) -> int:
    """Deactivate what a complete reading did not bring; returns how many."""
    return tx.run(SQL.retire_unseen, connection_id=connection_id, kind=kind, began=began)


def find_records(
    tx: Transaction, connection_id: int, kind: str, keys: Iterable[str]
) -> Mapping[str, list[ProjectedRecord]]:
    """Active records by lookup key; a key nobody has is missing from the answer."""
    found: dict[str, list[ProjectedRecord]] = {}
    wanted = sorted(set(keys))
    if not wanted:
        return found
    for row in tx.rows(SQL.find_records, connection_id=connection_id, kind=kind, keys=wanted):
        found.setdefault(row.key, []).append(ProjectedRecord(row.external_id, row.data))
    return found


def age_of(tx: Transaction, connection_id: int, kind: str) -> Age:
    """The age of a projection; never read means as old as can be."""
    row = tx.row(SQL.projection_age, connection_id=connection_id, kind=kind)
    if row is None:
        return Age(None, None)
    limit = timedelta(seconds=row.max_age_seconds) if row.max_age_seconds is not None else None
    return Age(row.as_of, limit)


def similar(
    tx: Transaction, connection_id: int, kind: str, key: str, count: int = 3
) -> list[dict[str, Any]]:
    """Records whose key resembles `key` (`sku:AB-12`), best first, for a person to choose from."""
    scheme, _, code = key.partition(":")
    rows: list[Any] = []
    for length in (4, 2, 0):
        pattern = f"{scheme}:{code[:length]}%"
        rows = tx.rows(SQL.similar_keys, connection_id=connection_id, kind=kind, pattern=pattern)
        if rows:
            break
    by_key = {row.key: row for row in rows}
    best = difflib.get_close_matches(key, by_key, n=count, cutoff=0.4)
    return [
        {
            "key": k,
            "external_id": by_key[k].external_id,
            "name": str(by_key[k].data.get("name", "")),
        }
        for k in best
    ]
