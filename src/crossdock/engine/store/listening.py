"""The session that hears notifications, and notices when nobody speaks any more."""

from collections.abc import Generator, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg import sql

ANSWER_SECONDS = 10.0
"""A session that answers no `SELECT 1` within them is dead, whatever its socket says: a proxy or a
firewall between may keep the connection alive long after it has forgotten the database."""

ReturnT = TypeVar("ReturnT")


class Notification(NamedTuple):
    """A NOTIFY that was heard."""

    channel: str
    payload: str


class ListeningConnection(psycopg.Connection[Any]):
    """A session whose answers are not waited for longer than ANSWER_SECONDS."""

    def wait(
        self, gen: Generator[Any, Any, ReturnT], interval: float = 0.1, timeout: float | None = None
    ) -> ReturnT:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, ANSWER_SECONDS)
        except psycopg.OperationalError:
            self.close()
            raise


def listen(
    connection: psycopg.Connection[Any], channels: Sequence[str], wake_every: float
) -> Iterator[Notification | None]:
    """Notifications as they come; None after each `wake_every` seconds of silence.

    Every silence ends with a question, so that a session that died in silence raises
    psycopg.OperationalError.
    """
    for channel in channels:
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
    while True:
        got = False
        for notify in connection.notifies(timeout=wake_every, stop_after=1):
            got = True
            yield Notification(notify.channel, notify.payload)
        if not got:
            connection.execute("SELECT 1")
            yield None
