"""A pool of sessions on one database, all acting as the application's role."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from crossdock.engine.clock import DatabaseClock
from crossdock.engine.store.columns import register
from crossdock.engine.store.errors import StoreUnavailable
from crossdock.engine.store.listening import ListeningConnection, Notification, listen
from crossdock.engine.store.stepped import Stepper
from crossdock.engine.store.stepped_pool import SteppedPool
from crossdock.engine.store.transaction import Transaction, translated

APPLICATION_ROLE = "crossdock_app"
SCHEMA = "crossdock"
NOTICES_A_DEAD_PEER = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""A host that vanished breaks the session within half a minute (seconds; the last is in ms)."""
NOTICED_BY_THE_SERVER = {
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25s",
}
"""The same the other way round: until the server ends the session of a host that vanished, its open
transaction keeps rows locked which everybody else passes by."""
TRY_AGAIN_SECONDS = 2.0
"""A place in the pool is given up after so long without a database, and tried anew: its pauses
would double until they are longer than any outage."""


class Store:
    """A pool of sessions on one database.

    `companies` limits what its sessions see ("every company" when None); `wait` is how many seconds
    a transaction waits for a session. A transaction that rests for `abandoned_after` seconds is
    undone by the server (0: never), for its process is frozen. With a `stepper` its sessions give
    way to others before every statement (`stepped`).
    """

    def __init__(
        self,
        url: str,
        *,
        size: int = 8,
        companies: Sequence[int] | None = None,
        name: str = "crossdock",
        wait: float = 30,
        abandoned_after: float = 0,
        stepper: Stepper | None = None,
    ) -> None:
        self.url = url
        self._name = name
        self._abandoned_after = abandoned_after
        self._companies = companies
        self._pool = (
            SteppedPool(url, self._configure, stepper) if stepper else self._real(size, wait)
        )

    def _real(self, size: int, wait: float) -> ConnectionPool[psycopg.Connection[Any]]:
        return ConnectionPool(
            self.url,
            min_size=1,
            max_size=size,
            open=False,
            configure=self._configure,
            kwargs={"application_name": self._name, "autocommit": False, **NOTICES_A_DEAD_PEER},
            timeout=wait,
            reconnect_timeout=TRY_AGAIN_SECONDS,
            reconnect_failed=ConnectionPool.check,
        )

    @property
    def stepped(self) -> SteppedPool:
        """The sessions of a simulation. Raises TypeError for a store of real sessions."""
        if not isinstance(self._pool, SteppedPool):
            raise TypeError("this store was opened without a stepper")
        return self._pool

    def open(self) -> "Store":
        """Raises StoreUnavailable when the database cannot be reached within 30 s."""
        self._pool.open()
        try:
            self._pool.wait(timeout=30)
        except PoolTimeout as error:
            self._pool.close()
            raise StoreUnavailable(
                f"no session on the database within 30 s ({error}); "
                "check CROSSDOCK_DATABASE_URL and that `crossdock migrate` has run"
            ) from error
        return self

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> "Store":
        return self.open()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        register(connection)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APPLICATION_ROLE)))
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(SCHEMA)))
        connection.execute("SET timezone TO 'UTC'")
        # short statements by key on memory or flash, where a far page costs what a near one does
        connection.execute("SET random_page_cost TO 1.1")
        for name, value in NOTICED_BY_THE_SERVER.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        if self._abandoned_after:
            connection.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, false)",
                (f"{self._abandoned_after:.3f}s",),
            )
        if self._companies is None:
            found = connection.execute(
                "SELECT string_agg(company_id::text, ',') FROM company"
            ).fetchone()
            companies = (found[0] if found else None) or ""
        else:
            companies = ",".join(map(str, self._companies))
        connection.execute("SELECT set_config('crossdock.companies', %s, false)", (companies,))
        connection.commit()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        with translated():
            try:
                with self._pool.connection() as connection:
                    yield Transaction(connection)
            except PoolTimeout as error:
                raise StoreUnavailable(f"no free session on the database: {error}") from error

    def clock(self) -> DatabaseClock:
        """The database's clock."""
        return DatabaseClock(self._read_clock)

    def _read_clock(self) -> datetime:
        with self.transaction() as tx:
            reading: datetime = tx.rows(DatabaseClock.SQL)[0][0]
            return reading

    def listen(self, channels: Sequence[str], wake_every: float) -> Iterator[Notification | None]:
        """Notifications as they come; None after each `wake_every` seconds of silence.

        Raises StoreUnavailable when the session is lost: listen again, and poll meanwhile.
        """
        try:
            with ListeningConnection.connect(
                make_conninfo(
                    self.url, application_name=f"{self._name} listen", **NOTICES_A_DEAD_PEER
                ),
                autocommit=True,
            ) as connection:
                yield from listen(connection, channels, wake_every)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the listening session broke: {error}") from error
