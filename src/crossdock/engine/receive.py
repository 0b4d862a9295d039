"""Receive: keep what arrived, once, before anybody is answered (promise P1).

`identify_arrival` names a message; `keep` writes any number of arrivals in one statement.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from crossdock.engine.channels import APPLY
from crossdock.engine.encoding import to_json
from crossdock.engine.local_day import local_day
from crossdock.engine.store import Transaction, load_queries
from crossdock.ports.capabilities import Connection, Receives
from crossdock.ports.effect import Lane
from crossdock.ports.errors import Unreadable, in_one_line
from crossdock.ports.message import Arrival, Hint, MessageIdentity, Source

SQL = load_queries(__package__, "receive.sql")
UNREADABLE = ".unreadable"
"""How the kind of a message ends that could not be identified."""

LANES: Mapping[Lane, int] = {Lane.INTERACTIVE: 0, Lane.NORMAL: 1, Lane.BULK: 2}


@dataclass(slots=True)
class KeptArrival:
    """An arrival with its identity, ready to be written."""

    connection_id: int
    company_id: int
    source: Source
    arrival: Arrival
    identity: MessageIdentity
    lane: Lane = Lane.NORMAL
    unreadable: Unreadable | None = field(default=None)
    owner: str = "integration"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a batch of arrivals."""

    new: int
    duplicates: int
    duplicates_by_connection: Mapping[int, int] = field(default_factory=dict)


def identify_arrival(
    connection: Connection, connector: Receives, arrival: Arrival, source: Source, owner: str
) -> KeptArrival | Hint:
    """Name an arrival. What cannot be named is kept all the same, and held for `owner`."""
    try:
        identity = connector.identify(arrival)
    except Unreadable as error:
        return unreadable_arrival(connection, arrival, source, owner, error)
    except Exception as error:  # noqa: BLE001 - boundary: a connector's fault loses no arrival
        fault = Unreadable(
            "body",
            f"it could not be identified: {in_one_line(error)}",
            "have the connector mended, then replay",
        )
        return unreadable_arrival(connection, arrival, source, owner, fault)
    if isinstance(identity, Hint):
        return identity
    kept = KeptArrival(
        connection.connection_id, connection.company_id, source, arrival, identity,
        lane=Lane.INTERACTIVE if source is Source.OUTCOME else Lane.NORMAL,
    )  # fmt: skip
    if (reason := _not_storable(identity)) is not None:
        return as_unreadable(replace(kept, owner=owner), reason)
    return kept


def _not_storable(identity: MessageIdentity) -> str | None:
    """What the database would refuse, before it refuses a whole batch for it."""
    for text in (identity.message_key, identity.work_key, identity.version or ""):
        if "\0" in text:
            return "it contains the character NUL"
        if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
            return "it contains half a surrogate pair"
    return None


def unreadable_arrival(
    connection: Connection, arrival: Arrival, source: Source, owner: str, error: Unreadable
) -> KeptArrival:
    """An arrival without a name of its own: its content names it, whatever its headers say."""
    fingerprint = hashlib.sha256(arrival.body).hexdigest()[:32]
    key = f"unreadable#{fingerprint}"
    identity = MessageIdentity(
        kind=f"{connection.system}{UNREADABLE}",
        message_key=key,
        work_key=f"{connection.name}:{key}",
    )
    return KeptArrival(
        connection.connection_id, connection.company_id, source, arrival, identity,
        unreadable=error, owner=owner,
    )  # fmt: skip


def as_unreadable(kept: KeptArrival, reason: str) -> KeptArrival:
    """The same arrival under a name the database takes, when it refused the one it had."""
    topic = _plain(kept.arrival.topic)
    kind = f"{_plain(kept.identity.kind).removesuffix(UNREADABLE)}{UNREADABLE}"
    key = f"unreadable#{hashlib.sha256(kept.arrival.body).hexdigest()[:32]}"
    return replace(
        kept,
        arrival=replace(kept.arrival, topic=topic),
        identity=MessageIdentity(
            f"{kind.removesuffix(UNREADABLE)}{UNREADABLE}", key, f"{kept.connection_id}:{key}"
        ),
        unreadable=Unreadable(
            "body", f"its identity cannot be stored: {reason}", "ask the sender what it means"
        ),
    )


def _plain(text: str) -> str:
    return "".join(c for c in text[:80] if c.isprintable() and c.isascii())


def keep(
    tx: Transaction, batch: Sequence[KeptArrival], now: datetime, *, wake: bool = True
) -> Kept:
    """Write arrivals and their messages; wakes the apply stage when there is something new.

    `wake=False` leaves the waking to the caller, who does it after the commit: transactions that
    notify are committed one at a time.
    """
    if not batch:
        return Kept(0, 0)
    rows = tx.rows(
        SQL.keep_arrivals,
        now=now,
        connection_ids=[a.connection_id for a in batch],
        company_ids=[a.company_id for a in batch],
        sources=[a.source.value for a in batch],
        topics=[a.arrival.topic[:200] for a in batch],
        keys=[a.identity.message_key for a in batch],
        kinds=[a.identity.kind for a in batch],
        works=[a.identity.work_key for a in batch],
        versions=[a.identity.version for a in batch],
        lanes=[LANES[a.lane] for a in batch],
        states=["held" if a.unreadable else "waiting" for a in batch],
        headers=[to_json(a.arrival.headers) for a in batch],
        bodies=[a.arrival.body for a in batch],
    )
    new = {row.connection_id: row.new for row in rows}
    held = [message_id for row in rows for message_id in row.held or ()]
    if held:
        _hold_unreadable(tx, [a for a in batch if a.unreadable], held, now)
    if new and wake:
        wake_apply(tx)
    count = sum(new.values())
    arrived = Counter(a.connection_id for a in batch)
    return Kept(count, len(batch) - count, {c: n - new.get(c, 0) for c, n in arrived.items()})


def wake_apply(tx: Transaction) -> None:
    """Tell the apply stage that messages wait."""
    tx.run(SQL.wake, channel=APPLY)


def _hold_unreadable(
    tx: Transaction, batch: Sequence[KeptArrival], message_ids: list[int], now: datetime
) -> None:
    errors = [(a, a.unreadable) for a in batch if a.unreadable]
    tx.run(
        SQL.hold_unreadable,
        now=now,
        message_ids=message_ids,
        message_keys=[a.identity.message_key for a, _ in errors],
        connection_ids=[a.connection_id for a, _ in errors],
        fields=[e.field[:200] for _, e in errors],
        reasons=[e.reason[:2000] for _, e in errors],
        fixes=[e.remedy[:2000] for _, e in errors],
        owners=[a.owner for a, _ in errors],
    )


class Refusal(StrEnum):
    """Why an arrival was answered with an error; its body is not stored."""

    BAD_SIGNATURE = "bad_signature"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusals of one connection for one reason."""

    connection: Connection
    reason: Refusal
    count: int
    owner: str = "integration"


def count_refusals(tx: Transaction, refused: Sequence[Refused], now: datetime) -> list[Refused]:
    """Count arrivals that were answered 401 or 413; returns those that are the first of their day.

    The first that was too large is held once per connection and day: nobody may overlook that its
    content comes by the sweep only.
    """
    first = [r for r in _in_lock_order(refused) if _count(tx, r, now)]
    for refusal in first:
        if refusal.reason is Refusal.TOO_LARGE:
            _hold_too_large(tx, refusal, now)
    return first


def _in_lock_order(refused: Sequence[Refused]) -> list[Refused]:
    return sorted(refused, key=lambda r: (r.connection.connection_id, r.reason))


def _count(tx: Transaction, refused: Refused, now: datetime) -> bool:
    row = tx.row(
        SQL.count_refusal,
        connection_id=refused.connection.connection_id,
        company_id=refused.connection.company_id,
        day=local_day(refused.connection.settings, now),
        reason=refused.reason.value,
        count=refused.count,
    )
    return row is not None and row.count == refused.count


def _hold_too_large(tx: Transaction, refused: Refused, now: datetime) -> None:
    tx.run(
        SQL.hold_connection,
        connection_id=refused.connection.connection_id,
        company_id=refused.connection.company_id,
        work_key=f"{refused.connection.name}:{refused.reason}:{now.date().isoformat()}",
        code=refused.reason.value,
        field="body",
        reason="a webhook larger than the receiving limit was refused; its body is not kept",
        fix="see that the sweep brought its content; if such bodies are usual, raise the limit",
        owner=refused.owner,
        now=now,
    )
