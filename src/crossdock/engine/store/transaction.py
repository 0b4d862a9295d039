"""One open transaction, and how values travel in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from crossdock.engine.encoding import from_json, to_json
from crossdock.engine.store.columns import columns
from crossdock.engine.store.errors import SerializationConflict, StatementFailed, StoreUnavailable

set_json_dumps(to_json)
set_json_loads(from_json)

Row = Any
"""A named tuple with the columns of the statement."""


def json_value(value: Any) -> Jsonb:
    """Marks a value to be stored as jsonb."""
    return Jsonb(value)


@contextmanager
def translated() -> Iterator[None]:
    """What the driver raises under the store's names, by what to do next."""
    try:
        yield
    except (
        psycopg.errors.SerializationFailure,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.LockNotAvailable,
    ) as error:
        raise SerializationConflict(str(error)) from error
    except (
        psycopg.OperationalError,
        psycopg.errors.IdleInTransactionSessionTimeout,
    ) as error:
        raise StoreUnavailable(f"the database session broke: {error}") from error
    except psycopg.Error as error:
        raise StatementFailed(str(error)) from error


class Transaction:
    """One open transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def rows(self, statement: str, /, **parameters: Any) -> list[Row]:
        """Run a named statement and return all its rows."""
        with (
            translated(),
            self._connection.cursor(row_factory=namedtuple_row, binary=True) as cursor,
        ):
            cursor.execute(statement, columns(parameters))
            return cursor.fetchall() if cursor.description else []

    def row(self, statement: str, /, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(statement, **parameters)
        return found[0] if found else None

    def run(self, statement: str, /, **parameters: Any) -> int:
        """Run a named statement and return the number of rows it touched."""
        with translated(), self._connection.cursor() as cursor:
            cursor.execute(statement, columns(parameters))
            return cursor.rowcount

    def run_composed(self, statement: sql.Composed) -> None:
        """Run a statement that names tables (`copying`)."""
        with translated(), self._connection.cursor() as cursor:
            cursor.execute(statement)

    @contextmanager
    def copy(self, statement: sql.Composed) -> Iterator[psycopg.Copy]:
        """Run a COPY from or to this program (`copying`)."""
        with (
            translated(),
            self._connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            yield copy

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
