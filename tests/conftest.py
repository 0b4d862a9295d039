"""Fixtures every test may ask for.

database        URL of a migrated database of its own, with companies 1 and 2
blank_database  URL of a database of its own in which nothing was done yet
store           an open Store on `database`, for all companies
"""

from collections.abc import Iterator

import pytest
import structlog

from crossdock.engine.store import Store
from tests.support import database as databases
from tests.support.database_pool import DatabasePool


def pytest_configure(config: pytest.Config) -> None:
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, plain])
    if not hasattr(config, "workerinput"):
        databases.begin_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.end_session()


@pytest.fixture(scope="session")
def database_server() -> str:
    """URL of this run's PostgreSQL."""
    return databases.server_url()


@pytest.fixture(scope="session")
def database_template(database_server: str) -> str:
    """Name of the migrated database that every test's own is cloned from."""
    return databases.template(database_server)


@pytest.fixture(scope="session")
def database_pool(database_server: str, database_template: str) -> Iterator[DatabasePool]:
    """This process's migrated databases, each lent to one test at a time."""
    pool = DatabasePool(database_server, database_template)
    yield pool
    pool.drop_all()


@pytest.fixture
def database(database_pool: DatabasePool) -> Iterator[str]:
    """URL of a migrated database of the test's own."""
    with database_pool.lend() as url:
        yield url


@pytest.fixture
def blank_database(database_server: str) -> Iterator[str]:
    """URL of a database of the test's own that was never migrated."""
    with databases.clone(database_server) as url:
        yield url


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An open store on `database`."""
    with Store(database, size=8, name="test") as opened:
        yield opened
