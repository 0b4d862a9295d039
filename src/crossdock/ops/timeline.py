"""One document's story: what came, what was decided, what was sent, and what a person did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crossdock.engine.outcome_arrivals import KIND as OUTCOME
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.find import SQL as FIND_SQL

SQL = load_queries(__package__, "timeline.sql")
LIMIT = 2000
"""Rows of each sort: the newest ones."""


class Chapter(StrEnum):
    """What a line of the story is about; lines of one instant stand in this order."""

    MESSAGE = "message"
    REPEAT = "repeat"
    EVENT = "event"
    HOLD = "hold"
    EFFECT = "effect"
    ATTEMPT = "attempt"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line: when, what, where, and how it ended."""

    at: datetime
    chapter: Chapter
    id: int
    connection: str
    title: str
    state: str = ""
    detail: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def timeline(tx: Transaction, work_key: str, limit: int = LIMIT) -> list[TimelineEntry]:
    """Everything recorded about one work key, oldest first."""
    companies = [row.company_id for row in tx.rows(FIND_SQL.companies)]
    entries: list[TimelineEntry] = []
    for statement, read in _READERS.items():
        rows = tx.rows(SQL[statement], companies=companies, work_key=work_key, limit=limit)
        entries.extend(entry for row in rows for entry in read(row))
    order = list(Chapter)
    return sorted(entries, key=lambda e: (e.at, order.index(e.chapter), e.id))


def _message(row: Any) -> list[TimelineEntry]:
    title = "an effect's outcome" if row.kind == OUTCOME else f"{row.kind} by {row.source}"
    version = f"version {row.version}" if row.version else ""
    detail = ": ".join(words for words in (version, row.end_detail or row.end_code) if words)
    return [
        TimelineEntry(
            row.received_at,
            Chapter.MESSAGE,
            row.message_id,
            row.connection,
            title,
            row.state,
            detail,
        )
    ]


def _repeat(row: Any) -> list[TimelineEntry]:
    title = f"message {row.message_id} arrived again by {row.source}"
    return [TimelineEntry(row.received_at, Chapter.REPEAT, row.message_id, "", title, "duplicate")]


def _event(row: Any) -> list[TimelineEntry]:
    detail = "; ".join(f"{name}: {_words(value)}" for name, value in row.data.items() if value)
    return [
        TimelineEntry(
            row.occurred_at, Chapter.EVENT, row.event_id, "", row.type, detail=detail, data=row.data
        )
    ]


def _effect(row: Any) -> list[TimelineEntry]:
    state = f"{row.state}, adopted" if row.adopted else row.state
    return [
        TimelineEntry(
            row.created_at, Chapter.EFFECT, row.effect_id, row.connection, row.operation, state,
            row.error or "", {"effect_key": row.effect_key, "attempts": row.attempts},
        )
    ]  # fmt: skip


def _attempt(row: Any) -> list[TimelineEntry]:
    title = f"{row.purpose} {row.operation}, attempt {row.number}"
    data = {"ended_at": row.ended_at, "worker": row.worker, "number": row.number}
    return [
        TimelineEntry(
            row.started_at, Chapter.ATTEMPT, row.effect_id, row.connection, title,
            row.outcome or "in flight", row.detail or "", data,
        )
    ]  # fmt: skip


def _hold(row: Any) -> list[TimelineEntry]:
    state = "closed" if row.closed_at else "open"
    entries = [
        TimelineEntry(
            row.opened_at, Chapter.HOLD, row.hold_id, row.connection, row.code, state, row.reason
        )
    ]
    if row.closed_at:
        title = f"hold {row.hold_id} closed by {row.closed_by}"
        entries.append(
            TimelineEntry(
                row.closed_at, Chapter.RELEASE, row.hold_id, row.connection, title,
                detail=row.resolution or "",
            )
        )  # fmt: skip
    return entries


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_READERS: Mapping[str, Callable[[Any], list[TimelineEntry]]] = {
    "messages": _message,
    "repeated_deliveries": _repeat,
    "events": _event,
    "effects": _effect,
    "attempts": _attempt,
    "holds": _hold,
}
