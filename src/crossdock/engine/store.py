"""The store: the only module that touches the database driver.

SQL lives in named blocks of `.sql` files beside the package that owns the tables
(`-- name: claim_messages`), is loaded once by `load_queries` and run through a `Transaction`.
Every session acts as the role `crossdock_app`, under row-level security for the companies named
by `Store.companies`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout

from crossdock.engine.clock import DatabaseClock
from crossdock.engine.encoding import from_json, to_json

APPLICATION_ROLE = "crossdock_app"
SCHEMA = "crossdock"

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)

set_json_dumps(to_json)
set_json_loads(from_json)

Row = Any
"""A named tuple with the columns of the statement."""


class StoreUnavailable(Exception):
    """The database cannot be reached or refuses the session. Says why and what to do."""


class StatementFailed(Exception):
    """A statement was refused by the database; the transaction is rolled back."""


class SerializationConflict(StatementFailed):
    """Two transactions met (deadlock, serialization, lock time-out); running it again may work."""


class Queries(Mapping[str, str]):
    """The named statements of one `.sql` file, also as attributes."""

    def __init__(self, statements: Mapping[str, str]) -> None:
        self._statements = dict(statements)

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)


def load_queries(package: str, filename: str) -> Queries:
    """The statements of `<package>/sql/<filename>`."""
    text = files(package).joinpath("sql", filename).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return Queries(dict(zip(parts[1::2], (p.strip() for p in parts[2::2]), strict=True)))


def json_value(value: Any) -> Jsonb:
    """Marks a value to be stored as jsonb."""
    return Jsonb(value)


class Transaction:
    """One open transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def rows(self, statement: str, /, **parameters: Any) -> list[Row]:
        """Run a named statement and return all its rows."""
        with self._translated(), self._connection.cursor(row_factory=namedtuple_row, binary=True) as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def row(self, statement: str, /, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(statement, **parameters)
        return found[0] if found else None

    def run(self, statement: str, /, **parameters: Any) -> int:
        """Run a named statement and return the number of rows it touched."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.rowcount

    def without_sync(self) -> None:
        """Let this transaction's commit return before it is on disk.

        Only for claims, whose loss in a crash of the database costs nothing.
        """
        self.run("SET LOCAL synchronous_commit TO off")

    def for_companies(self, companies: Sequence[int]) -> None:
        """Narrow this transaction to some companies' rows."""
        self.run(
            "SELECT set_config('crossdock.companies', %(companies)s, true)",
            companies=",".join(map(str, companies)),
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (
            psycopg.errors.SerializationFailure,
            psycopg.errors.DeadlockDetected,
            psycopg.errors.LockNotAvailable,
        ) as error:
            raise SerializationConflict(str(error)) from error
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the database session broke: {error}") from error
        except psycopg.Error as error:
            raise StatementFailed(str(error)) from error


class Notification(NamedTuple):
    channel: str
    payload: str


class Store:
    """A pool of sessions on one database.

    `companies` limits what its sessions see ("every company" when None).
    """

    def __init__(
        self, url: str, *, size: int = 8, companies: Sequence[int] | None = None, name: str = "crossdock"
    ) -> None:
        self.url = url
        self._name = name
        self._companies = companies
        self._pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            configure=self._configure,
            kwargs={"application_name": name, "autocommit": False},
            timeout=30,
        )

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
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APPLICATION_ROLE)))
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(SCHEMA)))
        connection.execute("SET timezone TO 'UTC'")
        if self._companies is None:
            found = connection.execute("SELECT string_agg(company_id::text, ',') FROM company").fetchone()
            companies = (found[0] if found else None) or ""
        else:
            companies = ",".join(map(str, self._companies))
        connection.execute("SELECT set_config('crossdock.companies', %s, false)", (companies,))
        connection.commit()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        try:
            with self._pool.connection() as connection:
                yield Transaction(connection)
        except PoolTimeout as error:
            raise StoreUnavailable(f"no free session on the database: {error}") from error
        except psycopg.errors.SerializationFailure as error:
            raise SerializationConflict(str(error)) from error
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the database session broke: {error}") from error

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
            with psycopg.connect(self.url, autocommit=True, application_name=f"{self._name} listen") as connection:
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
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the listening session broke: {error}") from error
