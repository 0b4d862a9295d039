"""Set a stream's cursor back: it is read again from there, and what is known changes nothing."""

from dataclasses import dataclass

from crossdock.engine.channels import SWEEP
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.store import Transaction
from crossdock.engine.sweep import SQL
from crossdock.governance.audit import record_act
from crossdock.governance.connections import ConfiguredConnection
from crossdock.ops.word import Word


class NoSuchStream(LookupError):
    """The connection keeps no stream of that name."""


@dataclass(frozen=True, slots=True)
class Resweep:
    """Where a stream stood, and from where it is read again (None: from its beginning)."""

    connection: str
    stream: str
    was: str | None
    cursor: str | None


def plan_resweep(
    tx: Transaction, connection: ConfiguredConnection, stream: str, cursor: str | None
) -> Resweep:
    """What `resweep` would do. Raises NoSuchStream."""
    number = connection.connection_id
    row = tx.row(SQL.lock_stream, connection_id=number, stream=stream)
    if row is None:
        known = [r.stream for r in tx.rows(SQL.stream_names, connection_id=number)]
        raise NoSuchStream(
            f"{connection.name} has no stream {stream!r} "
            f"(it has {', '.join(known) or 'none before a worker has run'})"
        )
    return Resweep(connection.name, stream, row.cursor, cursor)


def resweep(
    tx: Transaction,
    connection: ConfiguredConnection,
    stream: str,
    cursor: str | None,
    word: Word,
) -> Resweep:
    """Read the stream from `cursor` on, at once, with an entry in the audit. Raises NoSuchStream.

    A worker that sweeps it at this moment gives up and begins again.
    """
    plan = plan_resweep(tx, connection, stream, cursor)
    tx.run(
        SQL.set_cursor, connection_id=connection.connection_id, stream=stream, cursor=cursor,
        now=word.now,
    )  # fmt: skip
    tx.run(RECEIVE_SQL.wake, channel=SWEEP)
    record_act(
        tx,
        company_id=connection.company_id,
        principal=word.by,
        action="connection.resweep",
        subject=f"connection:{connection.name}",
        now=word.now,
        detail={"stream": stream, "was": plan.was, "cursor": cursor, "why": word.why},
    )
    return plan
