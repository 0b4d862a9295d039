"""The embedded PostgreSQL: used when no database URL is set.

    with EmbeddedPostgres(Path(".crossdock/postgres")) as server:
        connect(server.url)

The server outlives the process that started it; `stop()` ends it.
"""

from crossdock.engine.postgres.cluster import EmbeddedPostgres
from crossdock.engine.postgres.errors import PostgresUnavailable

__all__ = ["EmbeddedPostgres", "PostgresUnavailable"]
