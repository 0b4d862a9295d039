"""The simulation's own database: emptied before every seed, without the disk and without chance."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crossdock.engine.migrations.runner import migrate, recreate_database
from crossdock.engine.postgres.cluster import EmbeddedPostgres
from crossdock.engine.store import SteppedPool, load_queries

SQL = load_queries(__package__, "sim.sql")


@contextmanager
def simulation_database(directory: Path, name: str = "crossdock_sim") -> Iterator[str]:
    """A migrated database on an embedded PostgreSQL of its own; yields its URL.

    Server and data are gone when the block ends, however it ends.
    """
    with EmbeddedPostgres.throw_away(directory / "postgres") as server:
        url = recreate_database(server.url, name)
        migrate(url)
        yield url


def calm(pool: SteppedPool) -> None:
    """Nothing runs by itself, nothing is planned twice, a deadlock is found at once.

    Needs the server's superuser.
    """
    for name in ("no_vacuum", "no_disk", "quick_deadlocks", "plan_once", "reload"):
        pool.rows(SQL[name])


def empty(pool: SteppedPool) -> None:
    """Remove every row but the schema's own."""
    pool.rows(SQL.empty)
    pool.rows(SQL.restart_fence)
