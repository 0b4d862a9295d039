"""Serve the application: `python -m crossdock.api.server --host 127.0.0.1 --port 8000`."""

import argparse
import gc

import uvicorn

from crossdock.api.app import app
from crossdock.api.asgi import AsgiApp
from crossdock.api.settings import ApiSettings
from crossdock.bootstrap import database_url, open_deployment

GARBAGE_THRESHOLD = 50_000
"""Requests leave no cycles behind: looking for them every 700 objects is wasted."""


def serve(
    url: str, host: str = "127.0.0.1", port: int = 8000, settings: ApiSettings | None = None
) -> None:
    """Serve until SIGTERM or SIGINT; what was read by then is committed and answered."""
    settings = settings or ApiSettings()
    with open_deployment(
        url, size=8, name="crossdock api", wait=settings.database_wait_seconds
    ) as deployment:
        run(app(deployment, settings), host, port)


def run(application: AsgiApp, host: str, port: int) -> None:
    """Serve an ASGI application with this project's settings of the server."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    uvicorn.run(
        application,
        host=host,
        port=port,
        loop="auto",
        http="auto",
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=30,
    )


def main() -> None:
    """Serve the configured deployment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    serve(database_url(), given.host, given.port)


if __name__ == "__main__":
    main()
