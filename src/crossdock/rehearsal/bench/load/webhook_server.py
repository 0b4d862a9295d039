"""The API server as it is, or with another way to acknowledge, for comparison.

grouped      as in production: concurrent requests share a commit
alone        one transaction per request, on eight sessions
no_database  authenticated and identified, and answered without being kept
"""

import argparse
import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from crossdock.api.app import app
from crossdock.api.hooks.acknowledge import Acknowledge
from crossdock.api.server import run
from crossdock.bootstrap import database_url, open_deployment
from crossdock.engine.commit_arrivals import DueStream, Fate
from crossdock.engine.receive import KeptArrival, keep

SESSIONS = 8


class AcknowledgeAlone(Acknowledge):
    """What a plain handler in a thread pool does."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._store, self._clock = arguments[0], arguments[1]
        self._pool = ThreadPoolExecutor(SESSIONS)

    def commit(self, entry: KeptArrival | DueStream) -> Awaitable[Fate]:
        assert isinstance(entry, KeptArrival)
        return asyncio.get_running_loop().run_in_executor(self._pool, self._keep, entry)

    def _keep(self, entry: KeptArrival) -> Fate:
        with self._store.transaction() as tx:
            keep(tx, [entry], self._clock.now())
        return Fate.KEPT


class AcknowledgeUnkept(Acknowledge):
    """Everything but the database."""

    def commit(self, entry: KeptArrival | DueStream) -> Awaitable[Fate]:  # noqa: ARG002
        future: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        future.set_result(Fate.KEPT)
        return future


WAYS: dict[str, type[Acknowledge]] = {
    "grouped": Acknowledge,
    "alone": AcknowledgeAlone,
    "no_database": AcknowledgeUnkept,
}


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    with open_deployment(database_url(), size=SESSIONS, name="crossdock api") as deployment:
        run(app(deployment, acknowledge=WAYS[given.way]), "127.0.0.1", given.port)


if __name__ == "__main__":
    main()
