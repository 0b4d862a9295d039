"""A database for a benchmark: fresh, on the configured server or on the embedded one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crossdock.bootstrap import DATABASE_VARIABLE
from crossdock.engine.migrations.runner import migrate, recreate_database
from crossdock.engine.postgres import EmbeddedPostgres

NAME = "crossdock_bench"
SERVER_VARIABLE = "CROSSDOCK_BENCH_SERVER_URL"
"""A server on which the benchmark may make its own database; default: CROSSDOCK_DATABASE_URL's
server (that database itself is never touched), else an embedded one."""


@contextmanager
def bench_database() -> Iterator[str]:
    """URL of a fresh, migrated database."""
    given = os.environ.get(SERVER_VARIABLE) or os.environ.get(DATABASE_VARIABLE)
    if given:
        yield _fresh(given)
        return
    with (
        tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder,
        EmbeddedPostgres.throw_away(Path(folder) / "postgres") as server,
    ):
        yield _fresh(server.url)


def _fresh(server: str) -> str:
    url = recreate_database(server, NAME)
    migrate(url)
    return url
