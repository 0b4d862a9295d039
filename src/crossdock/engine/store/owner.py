"""A transaction as the owner of the schema: for what the application's role may not do."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import conninfo, sql

from crossdock.engine.store.columns import register
from crossdock.engine.store.errors import StatementFailed, StoreUnavailable
from crossdock.engine.store.sessions import NOTICES_A_DEAD_PEER, SCHEMA
from crossdock.engine.store.transaction import Transaction


@contextmanager
def owner_transaction(url: str, name: str) -> Iterator[Transaction]:
    """One transaction of the database's own user: committed at the end, or nothing of it.

    Raises StoreUnavailable, StatementFailed.
    """
    try:
        with psycopg.connect(
            conninfo.make_conninfo(url, application_name=name, **NOTICES_A_DEAD_PEER)
        ) as connection:
            register(connection)
            connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(SCHEMA)))
            connection.execute("SET timezone TO 'UTC'")
            yield Transaction(connection)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"the database session broke: {error}") from error
    except psycopg.Error as error:
        raise StatementFailed(str(error)) from error


def vacuum(url: str, name: str) -> None:
    """Clean every table and count its rows anew, as autovacuum does in its own time.

    For one who wrote more at once than a day brings. Raises StoreUnavailable, StatementFailed.
    """
    try:
        with psycopg.connect(
            conninfo.make_conninfo(url, application_name=name, **NOTICES_A_DEAD_PEER),
            autocommit=True,
        ) as connection:
            connection.execute("VACUUM (ANALYZE)")
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"the database session broke: {error}") from error
    except psycopg.Error as error:
        raise StatementFailed(str(error)) from error
