"""Databases for tests: one server a session, one template a schema, a fresh clone a test.

The server is the embedded PostgreSQL, started by the first test that asks for a database and
shared by all xdist workers, or the one that CROSSDOCK_TEST_DATABASE_URL names. The template's name
carries a digest of the migrations, so a changed schema makes a new one.
"""

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from crossdock.engine import migrations
from crossdock.engine.migrations.runner import migrate
from crossdock.engine.postgres import EmbeddedPostgres

URL_VARIABLE = "CROSSDOCK_TEST_DATABASE_URL"
HOME_VARIABLE = "CROSSDOCK_TEST_HOME"
TEMPLATE_LOCK = 5_201_984
COMPANIES = ((1, "one", "Company one"), (2, "two", "Company two"))
"""Every migrated test database has these two."""


def begin_session() -> None:
    """In the first process of a run: choose the folder that all its processes share."""
    name = f"crossdock-test-{uuid.uuid4().hex[:12]}"
    os.environ[HOME_VARIABLE] = str(Path(tempfile.gettempdir()) / name)


def end_session() -> None:
    """In the same process, when every other has ended: remove the server, if one was started."""
    home = Path(os.environ.pop(HOME_VARIABLE))
    if home.exists():
        EmbeddedPostgres(home / "postgres").remove()
        shutil.rmtree(home, ignore_errors=True)


def server_url() -> str:
    """The server of this run, started when nobody has asked for it before."""
    given = os.environ.get(URL_VARIABLE)
    return given or _hurried(EmbeddedPostgres(Path(os.environ[HOME_VARIABLE]) / "postgres").start())


def _hurried(url: str) -> str:
    """Without waiting for the disk: no power fails in a test, and a killed server loses nothing."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    return url


def url_of(server: str, name: str) -> str:
    """Another database of the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def template(server: str) -> str:
    """The name of the migrated template, made when it is missing."""
    name = f"crossdock_template_{_schema_digest()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return name
        unfinished = f"{name}_{uuid.uuid4().hex[:8]}"
        _run(connection, "CREATE DATABASE {}", unfinished)
        migrate(url_of(server, unfinished))
        with psycopg.connect(url_of(server, unfinished)) as fresh:
            statement = "INSERT INTO crossdock.company VALUES (%s, %s, %s)"
            fresh.cursor().executemany(statement, COMPANIES)
        _run(connection, "ALTER DATABASE {} RENAME TO {}", unfinished, name)
    return name


@contextmanager
def clone(server: str, source: str = "template0") -> Iterator[str]:
    """A new database like `source`, dropped at the end of the block; yields its URL."""
    url = create(server, source)
    try:
        yield url
    finally:
        drop(server, urlsplit(url).path[1:])


def create(server: str, source: str) -> str:
    """A new database like `source`; returns its URL."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        _run(connection, "CREATE DATABASE {} TEMPLATE {}", name, source)
    return url_of(server, name)


def drop(server: str, name: str) -> None:
    """Remove a database, with everybody in it."""
    with psycopg.connect(server, autocommit=True) as connection:
        _run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _schema_digest() -> str:
    folder = Path(next(iter(migrations.__path__)))
    digest = hashlib.sha256(repr(COMPANIES).encode())
    for file in sorted([*folder.rglob("*.py"), *folder.rglob("*.sql")]):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]
