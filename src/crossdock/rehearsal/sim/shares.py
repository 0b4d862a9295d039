"""Simulations shared out to several processes, each with a PostgreSQL of its own."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any, Generic, TypeVar

from crossdock.rehearsal.sim.database import simulation_database

Job = TypeVar("Job")
Result = TypeVar("Result")
Play = Callable[[Job], Result]
LOOK_SECONDS = 30
"""Between looks whether the processes still live."""


class Shares(Generic[Job, Result]):
    """Plays jobs on several processes. `simulator` is opened on a database's URL; what it yields
    plays one job after the other. It is sent to the processes: a function of a module.
    """

    def __init__(
        self, simulator: Callable[[str], AbstractContextManager[Play[Job, Result]]], processes: int
    ) -> None:
        self._simulator, self._processes = simulator, processes

    def play(self, jobs: Sequence[Job]) -> Iterator[Result]:
        """The result of every job, as they come. Raises what a process died of."""
        context = multiprocessing.get_context("spawn")
        results: Queue[Any] = context.Queue()
        shares = [jobs[n :: self._processes] for n in range(self._processes)]
        running = [
            context.Process(target=_serve, args=(self._simulator, share, results), daemon=True)
            for share in shares
            if share
        ]
        for process in running:
            process.start()
        try:
            for _ in jobs:
                yield _next_of(results, running)
        finally:
            for process in running:
                process.join(20)
                process.terminate()


def _next_of(results: "Queue[Any]", running: Sequence[SpawnProcess]) -> Any:
    """Raises what a process told that it died of, or that one died without a word."""
    while True:
        try:
            found = results.get(timeout=LOOK_SECONDS)
        except Empty:
            for process in running:
                if process.exitcode:
                    raise RuntimeError(f"a process ended with {process.exitcode}") from None
            continue
        if isinstance(found, BaseException):
            raise found
        return found


def _serve(
    simulator: Callable[[str], AbstractContextManager[Play[Job, Result]]],
    share: Sequence[Job],
    results: "Queue[Any]",
) -> None:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="crossdock-sim-") as folder,
            simulation_database(Path(folder)) as url,
            simulator(url) as play,
        ):
            for job in share:
                results.put(play(job))
    except BaseException as error:  # boundary: told to the process that waits for results
        results.put(RuntimeError(f"{type(error).__name__}: {error}"))
        raise
