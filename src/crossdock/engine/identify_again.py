"""A message that was kept as unreadable is taken up as what it turned out to be.

Its bytes were kept, so a mended connector can name it. The log of arrivals is never rewritten: they
come in once more under their own key, and what was unreadable is a duplicate of that message.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.receive import KeptArrival, keep
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.translate import translate
from crossdock.engine.use_case import Decision, End
from crossdock.engine.work import Work
from crossdock.ports.message import MessageIdentity, Source

SQL = load_queries(__package__, "apply.sql")
IDENTIFIED = "identified"


def identified(identity: MessageIdentity) -> Decision:
    """The end of the message that was unreadable."""
    detail = f"identified as {identity.kind} of {identity.work_key}"
    return Decision(end=End.DUPLICATE, code=IDENTIFIED, detail=detail)


def take_up_identified(tx: Transaction, works: Iterable[Work], now: datetime) -> None:
    """Keep what was identified, unless it is known; after the ends of these works were written."""
    for work in works:
        if work.identified is None:
            continue
        identity, connection = _about_ours(tx, work, work.identified), work.attached.connection
        arrival = KeptArrival(
            connection.connection_id, connection.company_id, Source.INTERNAL, work.arrival, identity
        )
        keep(tx, [arrival], now)
        tx.run(
            SQL.point_at,
            message_id=work.claimed.message_id,
            connection_id=connection.connection_id,
            message_key=identity.message_key,
        )


def as_itself(tx: Transaction, registry: Registry, work: Work, row: Any | None) -> Work:
    """The work as it will be under its own identity; for a try-out."""
    if work.identified is None:
        return work
    identity = _about_ours(tx, work, work.identified)
    claimed = work.claimed._replace(
        kind=identity.kind, message_key=identity.message_key, work_key=identity.work_key,
        version=identity.version, released=False, former=None,
    )  # fmt: skip
    return translate(registry, claimed, row)


def _about_ours(tx: Transaction, work: Work, identity: MessageIdentity) -> MessageIdentity:
    """A record we know under another key is about that key."""
    row = tx.row(
        RECEIVE_SQL.work_keys_by_alias,
        company_id=work.claimed.company_id,
        aliases=[identity.work_key],
    )
    return replace(identity, work_key=row.work_key) if row else identity
