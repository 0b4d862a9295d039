"""Messages as they came, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.engine.encoding import from_json
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.replay import UnknownMessage

SQL = load_queries(__package__, "messages.sql")
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """One line of the list."""

    message_id: int
    connection: str
    kind: str
    work_key: str
    version: str | None
    source: str
    state: str
    received_at: datetime
    ready_at: datetime
    attempts: int
    end_code: str | None
    end_detail: str | None
    ended_at: datetime | None
    name: str
    """What people call the document; its work key when it has no name."""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages to list; None does not filter."""

    state: str | None = None
    connection: str | None = None
    kind: str | None = None
    work_key: str | None = None


@dataclass(frozen=True, slots=True)
class MessageEffect:
    """An effect that a message led to."""

    connection: str
    effect_id: int
    operation: str
    effect_key: str
    state: str


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """A message with its raw content."""

    summary: MessageSummary
    message_key: str
    duplicate_of: int | None
    arrivals: int
    """How often it came, the first time included."""
    topic: str
    headers: Mapping[str, str]
    body: str
    effects: list[MessageEffect]


def list_messages(
    tx: Transaction, wanted: MessageFilter | None = None, *, limit: int = 50
) -> list[MessageSummary]:
    """Messages, newest first."""
    return _read(tx, wanted or MessageFilter(), message_id=None, limit=limit)


def message_detail(tx: Transaction, message_id: int) -> MessageDetail:
    """One message with raw headers and body. Raises UnknownMessage."""
    summaries = _read(tx, MessageFilter(), message_id=message_id, limit=1)
    raw = tx.row(SQL.raw, message_id=message_id)
    arrivals = tx.row(SQL.arrivals, message_id=message_id)
    if not summaries or raw is None or arrivals is None:
        raise UnknownMessage(f"no message {message_id}; see `crossdock messages list`")
    return MessageDetail(
        summary=summaries[0],
        message_key=raw.message_key,
        duplicate_of=raw.duplicate_of,
        arrivals=arrivals.arrivals,
        topic=raw.topic,
        headers=_shown(from_json(raw.headers)),
        body=bytes(raw.body).decode("utf-8", errors="backslashreplace"),
        effects=[MessageEffect(*row) for row in tx.rows(SQL.effects_of, message_id=message_id)],
    )


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {k: "(not shown)" if k.lower() in SECRET_HEADERS else v for k, v in headers.items()}


def _read(
    tx: Transaction, wanted: MessageFilter, *, message_id: int | None, limit: int
) -> list[MessageSummary]:
    rows = tx.rows(
        SQL.list_messages,
        state=wanted.state,
        connection=wanted.connection,
        kind=wanted.kind,
        work_key=wanted.work_key,
        message_id=message_id,
        limit=limit,
    )
    return [MessageSummary(*row) for row in rows]
