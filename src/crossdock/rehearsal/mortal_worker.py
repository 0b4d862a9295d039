"""A worker that is killed −9 at named places, to prove that dying there costs nothing.

    python -m crossdock.rehearsal.mortal_worker --ledger FILE --chance 0.02 [--most 8]

Every death is written to the ledger file before it happens; the rehearsal starts a successor.
"""

import argparse
import os
import random
import signal
import threading
from datetime import timedelta
from pathlib import Path

from crossdock.bootstrap import open_deployment
from crossdock.engine.stages import WorkerOptions
from crossdock.engine.worker import Worker
from crossdock.ports import crash_points

PLACES = (crash_points.AFTER_INTENT, crash_points.AFTER_SEND, crash_points.BEFORE_OBSERVE)


class Executioner:
    """Decides at each place whether the process dies there. Fair: the least struck place first."""

    def __init__(self, ledger: Path, chance: float, most: int) -> None:
        self._ledger = ledger
        self._chance = chance
        self._most = most
        self._random = random.Random(os.getpid())

    def __call__(self, place: str) -> None:
        struck = deaths(self._ledger)
        if struck.get(place, 0) >= self._most or self._random.random() > self._chance:
            return
        with self._ledger.open("a", encoding="utf-8") as ledger:
            ledger.write(f"{place}\n")
            ledger.flush()
            os.fsync(ledger.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


def deaths(ledger: Path) -> dict[str, int]:
    """How many workers died at each place so far."""
    if not ledger.exists():
        return {}
    lines = ledger.read_text(encoding="utf-8").split()
    return {place: lines.count(place) for place in PLACES}


def main() -> None:
    """Work until terminated or killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--chance", type=float, default=0.05)
    parser.add_argument("--most", type=int, default=8, help="deaths at each place")
    parser.add_argument("--lease-seconds", type=float, default=3.0)
    options = parser.parse_args()
    crash_points.install(Executioner(options.ledger, options.chance, options.most))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with open_deployment(name="crossdock mortal worker", lasting=True) as deployment:
        worker_options = WorkerOptions(lease=timedelta(seconds=options.lease_seconds))
        Worker(
            deployment.store, deployment.registry, deployment.clock, worker_options, stop=stop
        ).run()


if __name__ == "__main__":
    main()
