"""Whether a database is ready for this program, answered quickly and in words."""

import re
from pathlib import Path

import psycopg
from psycopg import sql

from crossdock.engine.store import SCHEMA, StoreUnavailable

_STEP = re.compile(r"^m(\d+)_.*\.py$")
CONNECT_SECONDS_MAX = 10


def newest_known() -> str:
    """The newest revision this program brings, by the names of its steps."""
    names = (file.name for file in (Path(__file__).parent / "versions").iterdir())
    return max(found.group(1) for name in names if (found := _STEP.match(name)))


def require_ready(url: str) -> None:
    """Raises StoreUnavailable when the database cannot be reached or has another revision."""
    stands_at, wanted = _revision(url), newest_known()
    if stands_at is None:
        raise StoreUnavailable("the database was never migrated: run `crossdock migrate`")
    if stands_at < wanted:
        raise StoreUnavailable(
            f"the database stands at revision {stands_at}, this program needs {wanted}: "
            "run `crossdock migrate`"
        )
    if stands_at > wanted:
        raise StoreUnavailable(
            f"the database stands at revision {stands_at}, this program knows {wanted} only: "
            "install the newer Crossdock"
        )


def _revision(url: str) -> str | None:
    statement = sql.SQL("SELECT version_num FROM {}.alembic_version").format(sql.Identifier(SCHEMA))
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            row = connection.execute(statement).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"the database cannot be used: {' '.join(str(error).split())}; "
            "check CROSSDOCK_DATABASE_URL and that PostgreSQL runs"
        ) from error
    return str(row[0]) if row else None
