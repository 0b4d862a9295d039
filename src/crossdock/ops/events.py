"""The canonical events that were recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crossdock.engine.store import Transaction, load_queries
from crossdock.governance.catalog import event_definition

SQL = load_queries(__package__, "events.sql")


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A fact as it was recorded."""

    event_id: int
    occurred_at: datetime
    type: str
    work_key: str
    message_id: int | None
    data: Mapping[str, Any]


def list_events(
    tx: Transaction,
    *,
    type_: str | None = None,
    work_key: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[RecordedEvent]:
    """The newest events, newest first; or those after event number `after`, oldest first.

    Raises UnknownEventType for a type that the catalogue does not have.
    """
    if type_ is not None:
        event_definition(type_)
    wanted = {"type": type_, "work_key": work_key, "limit": limit}
    if after is None:
        return [RecordedEvent(*row) for row in tx.rows(SQL.newest, **wanted)]
    return [RecordedEvent(*row) for row in tx.rows(SQL.following, **wanted, after=after)]
