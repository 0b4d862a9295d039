"""Many seeds on several processes, each with a PostgreSQL of its own."""

import multiprocessing
import tempfile
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from crossdock.rehearsal.sim.database import simulation_database
from crossdock.rehearsal.sim.day import DayPlan
from crossdock.rehearsal.sim.run import Simulator, Verdict


def campaign(first_seed: int, seeds: int, processes: int, day: DayPlan) -> Iterator[Verdict]:
    """The verdict of every seed, as they come. Raises what a process died of."""
    context = multiprocessing.get_context("spawn")
    results: Queue[Any] = context.Queue()
    wanted = list(range(first_seed, first_seed + seeds))
    shares = [wanted[n::processes] for n in range(processes)]
    running = [
        context.Process(target=_serve, args=(share, day, results), daemon=True)
        for share in shares
        if share
    ]
    for process in running:
        process.start()
    try:
        for _ in wanted:
            found = results.get()
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        for process in running:
            process.join(20)
            process.terminate()


def _serve(seeds: list[int], day: DayPlan, results: "Queue[Any]") -> None:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="crossdock-sim-") as folder,
            simulation_database(Path(folder)) as url,
            Simulator(url) as simulator,
        ):
            for seed in seeds:
                results.put(simulator.run(seed, day))
    except BaseException as error:  # boundary: told to the process that waits for verdicts
        results.put(RuntimeError(f"{type(error).__name__}: {error}"))
        raise
