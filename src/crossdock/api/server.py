"""Serve the application: `python -m crossdock.api.server --host 127.0.0.1 --port 8000`."""

import argparse
import gc

import uvicorn

from crossdock.api.app import app
from crossdock.api.asgi import AsgiApp
from crossdock.api.settings import ApiSettings
from crossdock.api.wire import guarded
from crossdock.bootstrap import Deployment, database_url, open_deployment
from crossdock.ops.logs import LogFormat, configure_logs, log_left_out

GARBAGE_THRESHOLD = 50_000
"""Requests leave no cycles behind: looking for them every 700 objects is wasted."""


def serve(
    url: str,
    host: str = "127.0.0.1",
    port: int = 8000,
    settings: ApiSettings | None = None,
    logs: LogFormat = LogFormat.JSON,
) -> None:
    """Serve until SIGTERM or SIGINT; what was read by then is committed and answered."""
    settings = settings or ApiSettings()
    with open_deployment(
        url, size=8, name="crossdock api", wait=settings.database_wait_seconds, lasting=True
    ) as deployment:
        configure_logs(logs, _secrets(deployment))
        log_left_out(deployment.registry)
        run(app(deployment, settings), host, port, settings)


def _secrets(deployment: Deployment) -> list[str]:
    connections = (a.connection for a in deployment.registry.attached.values())
    return [value for c in connections for values in c.secrets.values() for value in values]


def run(application: AsgiApp, host: str, port: int, settings: ApiSettings | None = None) -> None:
    """Serve an ASGI application with this project's settings of the server."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    uvicorn.run(
        application,
        host=host,
        port=port,
        loop="auto",
        http=guarded(settings or ApiSettings()),  # type: ignore[arg-type]  # makes protocols
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
        log_config=None,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=30,
    )


def main() -> None:
    """Serve the configured deployment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--logs", choices=list(LogFormat), type=LogFormat, default=LogFormat.JSON)
    given = parser.parse_args()
    serve(database_url(), given.host, given.port, logs=given.logs)


if __name__ == "__main__":
    main()
