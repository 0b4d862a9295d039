"""Simulations shared out to several processes, each with a PostgreSQL of its own."""

import multiprocessing
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from types import FrameType
from typing import Any, Generic, TypeVar

from crossdock.rehearsal.sim.database import simulation_database

Job = TypeVar("Job")
Result = TypeVar("Result")
Play = Callable[[Job], Result]
LOOK_SECONDS = 30
"""Between looks whether the processes still live."""
FINISH_SECONDS = 60
"""For a process to stop its PostgreSQL and remove it."""
ORPHANED = 1
"""Exit code of one whose parent died."""


class Shares(Generic[Job, Result]):
    """Plays jobs on several processes. `simulator` is opened on a database's URL; what it yields
    plays one job after the other. It is sent to the processes: a function of a module.
    """

    def __init__(
        self, simulator: Callable[[str], AbstractContextManager[Play[Job, Result]]], processes: int
    ) -> None:
        self._simulator, self._processes = simulator, processes

    def play(self, jobs: Sequence[Job]) -> Iterator[Result]:
        """The result of every job, as they come. Raises what a process died of.

        A generator that is closed early ends the processes in the middle of their jobs. Each
        removes its PostgreSQL, also after a job in which this process died.
        """
        context = multiprocessing.get_context("spawn")
        results: Queue[Any] = context.Queue()
        shares = [jobs[n :: self._processes] for n in range(self._processes)]
        running = [
            context.Process(target=_serve, args=(self._simulator, share, results), daemon=True)
            for share in shares
            if share
        ]
        wanted = True
        try:
            with _signals_held():
                for process in running:
                    process.start()
            for _ in jobs:
                yield _next_of(results, running)
            wanted = False
        finally:
            _end([process for process in running if process.pid], at_once=wanted)


@contextmanager
def _signals_held() -> Iterator[None]:
    """What is started in the block never hears Ctrl-C: that is for whoever started it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(running: Sequence[SpawnProcess], *, at_once: bool) -> None:
    for process in running:
        if at_once:
            process.terminate()
    for process in running:
        process.join(FINISH_SECONDS)
        process.kill()


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
    signal.signal(signal.SIGTERM, _leave)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="crossdock-sim-") as folder,
            simulation_database(Path(folder)) as url,
            simulator(url) as play,
        ):
            for job in share:
                if _orphaned():
                    sys.exit(ORPHANED)
                results.put(play(job))
    except SystemExit:
        results.cancel_join_thread()  # nobody reads them any more
        raise
    except BaseException as error:  # boundary: told to the process that waits for results
        results.put(RuntimeError(f"{type(error).__name__}: {error}"))
        raise


def _orphaned() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()


def _leave(number: int, _frame: FrameType | None) -> None:
    """Once: what is left to do then must not be broken off."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
