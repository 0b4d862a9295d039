"""Bring a database to the newest schema, or say where it stands."""

import time
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from crossdock.engine.store import APPLICATION_ROLE, SCHEMA, StoreUnavailable

LOCK = 7_226_301
"""Advisory lock: two migrating processes take turns."""
LOCK_SECONDS_MAX = 2
"""A step that waits for a table keeps everybody who comes after it waiting: no longer than this."""
LOCK_PAUSE_SECONDS = 3.0
LOCK_TRIES = 60
MET_SOMEBODY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
"""Tried again; the server ends a deadlock before a wait for a lock gets too long."""
SET_LOCK_TIMEOUT = text("SELECT set_config('lock_timeout', :most, false)")
SET_SEARCH_PATH = text("SELECT set_config('search_path', :schema, false)")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(Path(__file__).parent / "versions"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(url: str) -> Engine:
    """Sessions made by the driver itself, which reads what SQLAlchemy cannot: several hosts."""
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))


def prepare(url: str) -> None:
    """Make the schema and the application's role, if they are missing.

    Raises StoreUnavailable when the user may not, naming the statements an administrator runs.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            found = connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", (APPLICATION_ROLE,)
            ).fetchone()
            if not found:
                connection.execute(_named("CREATE ROLE {} NOLOGIN", APPLICATION_ROLE))
            member = connection.execute(
                "SELECT pg_has_role(current_user, %s, 'SET')"
                if connection.info.server_version >= 160000
                else "SELECT pg_has_role(current_user, %s, 'MEMBER')",
                (APPLICATION_ROLE,),
            ).fetchone()
            if not (member and member[0]):
                connection.execute(_named("GRANT {} TO CURRENT_USER", APPLICATION_ROLE))
            connection.execute(_named("CREATE SCHEMA IF NOT EXISTS {}", SCHEMA))
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreUnavailable(
            f"the database user may not prepare the database ({error.diag.message_primary}); "
            f"let an administrator run: CREATE ROLE {APPLICATION_ROLE} NOLOGIN; "
            f"GRANT {APPLICATION_ROLE} TO <this user>; "
            f"CREATE SCHEMA {SCHEMA} AUTHORIZATION <this user>;"
        ) from error
    except psycopg.OperationalError as error:
        raise StoreUnavailable(
            f"the database cannot be reached: {error}; check CROSSDOCK_DATABASE_URL"
        ) from error


def _named(statement: LiteralString, name: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(name))


def migrate(url: str) -> str:
    """Bring the database to the newest schema; returns the revision. Safe to run at once twice.

    Workers may be at work. Raises StoreUnavailable when a table stays in use for minutes.
    """
    prepare(url)
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.execute(SET_SEARCH_PATH, {"schema": SCHEMA})
            connection.commit()
            _upgrade(connection)
    finally:
        engine.dispose()
    return newest()


def _upgrade(connection: Connection) -> None:
    """All missing steps in one transaction, begun anew as long as a table is in use."""
    config = _config()
    config.attributes["connection"] = connection
    connection.execute(SET_LOCK_TIMEOUT, {"most": f"{LOCK_SECONDS_MAX}s"})
    connection.commit()
    for _ in range(LOCK_TRIES):
        try:
            command.upgrade(config, "head")
            connection.commit()
        except OperationalError as error:
            if not isinstance(error.orig, MET_SOMEBODY):
                raise StoreUnavailable(f"the migration's session broke: {error.orig}") from error
            connection.rollback()
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return
    raise StoreUnavailable(
        "a table that the migration changes is in use all the time: find the session in "
        "pg_stat_activity (a backup, a report, a forgotten transaction), let it end, "
        "and run `crossdock migrate` again; nothing was changed"
    )


def newest() -> str:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(url: str) -> str | None:
    """The revision the database stands at, or None when it was never migrated."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(SET_SEARCH_PATH, {"schema": SCHEMA})
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def recreate_database(server: str, name: str) -> str:
    """Drop a database of that name, with all sessions in it; make an empty one; its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(_named("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
        connection.execute(_named("CREATE DATABASE {}", name))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
