"""The exception queue: everything a person owns, with its reason, its remedy and its value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from crossdock.engine.store import Transaction, load_queries

SQL = load_queries(__package__, "exceptions.sql")


class UnknownHold(LookupError):
    """No hold with that number."""

    def __init__(self, hold_id: int) -> None:
        super().__init__(f"no hold {hold_id}; see `crossdock holds list`")


@dataclass(frozen=True, slots=True)
class Hold:
    """One open or closed question."""

    hold_id: int
    connection: str
    work_key: str
    name: str
    """What people call the document."""
    message_id: int | None
    effect_id: int | None
    kind: str
    """held | dead"""
    code: str
    field: str
    reason: str
    fix: str
    need: str | None
    candidates: Sequence[Mapping[str, Any]]
    value_amount: Decimal | None
    value_currency: str | None
    owner: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class HoldFilter:
    """Which holds to list; None does not filter."""

    code: str | None = None
    owner: str | None = None
    connection: str | None = None
    need: str | None = None
    work_key: str | None = None
    closed: bool = False
    """Closed ones as well."""


def list_holds(
    tx: Transaction,
    wanted: HoldFilter | None = None,
    *,
    by_value: bool = True,
    limit: int = 100,
) -> list[Hold]:
    """Holds with the highest value first, or the oldest first."""
    wanted = wanted or HoldFilter()
    return _read(tx, wanted, hold_id=None, by_value=by_value, limit=limit)


def find_hold(tx: Transaction, hold_id: int) -> Hold:
    """One hold, open or closed. Raises UnknownHold."""
    found = _read(tx, HoldFilter(closed=True), hold_id=hold_id, by_value=False, limit=1)
    if not found:
        raise UnknownHold(hold_id)
    return found[0]


def _read(
    tx: Transaction, wanted: HoldFilter, *, hold_id: int | None, by_value: bool, limit: int
) -> list[Hold]:
    rows = tx.rows(
        SQL.list_holds,
        hold_id=hold_id,
        code=wanted.code,
        owner=wanted.owner,
        connection=wanted.connection,
        need=wanted.need,
        work_key=wanted.work_key,
        closed=wanted.closed,
        by_value=by_value,
        limit=limit,
    )
    return [_with_its_ids(Hold(*row)) for row in rows]


def _with_its_ids(hold: Hold) -> Hold:
    """The remedy as a command that can be copied: its `ID` is this hold's, or its message's."""
    fix = re.sub(r"(crossdock holds release) ID\b", rf"\1 {hold.hold_id}", hold.fix)
    fix = re.sub(r"(crossdock replay) ID\b", rf"\1 {hold.message_id}", fix)
    fix = re.sub(r"` or `(--as \w+)", rf"` or `crossdock holds release {hold.hold_id} \1", fix)
    return replace(hold, fix=fix)
