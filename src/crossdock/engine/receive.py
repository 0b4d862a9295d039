"""Receive: keep what arrived, once, before anybody is answered (promise P1).

`identify_arrival` names a message; `keep` writes any number of arrivals in one statement.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crossdock.engine.channels import APPLY
from crossdock.engine.encoding import to_json
from crossdock.engine.store import Transaction, load_queries
from crossdock.ports.capabilities import Connection, Receives
from crossdock.ports.effect import Lane
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import Arrival, Hint, MessageIdentity, Source

SQL = load_queries(__package__, "receive.sql")

LANES: Mapping[Lane, int] = {Lane.INTERACTIVE: 0, Lane.NORMAL: 1, Lane.BULK: 2}


@dataclass(frozen=True, slots=True)
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


def identify_arrival(
    connection: Connection, connector: Receives, arrival: Arrival, source: Source, owner: str
) -> KeptArrival | Hint:
    """Name an arrival. What cannot be named is kept all the same, and held for `owner`."""
    try:
        identity = connector.identify(arrival)
    except Unreadable as error:
        fingerprint = hashlib.sha256(arrival.body).hexdigest()[:32]
        key = f"unreadable:{arrival.topic[:80]}#{fingerprint}"
        identity = MessageIdentity(
            kind=f"{connection.system}.unreadable",
            message_key=key,
            work_key=f"{connection.name}:{key}",
        )
        return KeptArrival(
            connection.connection_id, connection.company_id, source, arrival, identity,
            unreadable=error, owner=owner,
        )  # fmt: skip
    if isinstance(identity, Hint):
        return identity
    return KeptArrival(
        connection.connection_id, connection.company_id, source, arrival, identity,
        lane=Lane.INTERACTIVE if source is Source.OUTCOME else Lane.NORMAL,
    )  # fmt: skip


def keep(tx: Transaction, batch: Sequence[KeptArrival], now: datetime) -> Kept:
    """Write arrivals and their messages; wakes the apply stage when there is something new."""
    if not batch:
        return Kept(0, 0)
    kept = tx.rows(
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
        headers=[to_json(dict(a.arrival.headers)) for a in batch],
        bodies=[a.arrival.body for a in batch],
    )
    held = [row.message_id for row in kept if row.state == "held"]
    if held:
        _hold_unreadable(tx, [a for a in batch if a.unreadable], held, now)
    if kept:
        tx.run(SQL.wake, channel=APPLY)
    return Kept(len(kept), len(batch) - len(kept))


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


def count_refusal(
    tx: Transaction, connection: Connection, reason: str, count: int, now: datetime
) -> None:
    """Count arrivals that were answered 401 or 413; their bodies are not stored."""
    tx.run(
        SQL.count_refusal,
        connection_id=connection.connection_id,
        company_id=connection.company_id,
        day=now.date(),
        reason=reason,
        count=count,
    )
