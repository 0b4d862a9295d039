"""Runs a twin over HTTP on 127.0.0.1: in a thread (tests) or as a process (demo, benchmarks)."""

import argparse
import asyncio
from collections.abc import Sequence
from typing import Generic, Self, TypeVar

from crossdock.testing.connection import TwinConnection
from crossdock.testing.service_time import ServiceTime, Workers
from crossdock.testing.threaded_server import BACKLOG, HOST, ThreadedServer
from crossdock.testing.twin import Twin

T = TypeVar("T", bound=Twin)


class TwinServer(ThreadedServer, Generic[T]):
    """A twin that listens: `with TwinServer(OdooTwin()) as server: server.url`.

    Raises TwinAcceptsNonsense before it listens when the twin does not refuse its canaries.
    """

    def __init__(self, twin: T, *, port: int = 0, service_time: ServiceTime | None = None) -> None:
        super().__init__(port)
        self.twin = twin
        self._service_time = service_time or ServiceTime()

    def start(self) -> Self:
        self.twin.refuse_nonsense()
        super().start()
        self.twin.started()
        return self

    def stop(self) -> None:
        super().stop()
        self.twin.stopped()

    async def _listen(self) -> asyncio.Server:
        workers = Workers(self._service_time)
        return await asyncio.get_running_loop().create_server(
            lambda: TwinConnection(self.twin, workers, self._open),
            HOST, self.port, backlog=BACKLOG,
        )  # fmt: skip


def arguments(title: str) -> argparse.ArgumentParser:
    """The options every twin's process has; a twin may add its own."""
    parser = argparse.ArgumentParser(prog=title, description=f"Twin of {title} on {HOST}")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--workers", type=int, default=0, help="requests at once; 0: no limit")
    parser.add_argument("--seconds-per-call", type=float, default=0.0)
    parser.add_argument("--seconds-per-order", type=float, default=0.0)
    return parser


def run(twin: Twin, options: argparse.Namespace) -> None:
    """Serve until interrupted; prints the URL on a line of its own once it listens."""
    model = ServiceTime(options.workers, options.seconds_per_call, options.seconds_per_order)
    with TwinServer(twin, port=options.port, service_time=model) as server:
        print(server.url, flush=True)  # noqa: T201 - whoever started it reads where it listens
        try:
            server.wait()
        except KeyboardInterrupt:
            return


def main(twin: Twin, argv: Sequence[str] | None = None) -> None:
    """`python -m crossdock.connectors.<system>.twin --port N`."""
    run(twin, arguments(twin.title).parse_args(argv))
