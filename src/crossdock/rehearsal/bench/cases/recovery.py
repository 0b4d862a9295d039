"""From kill −9 of the only worker in mid-backlog until the backlog moves again.

`crossdock up` looks after the worker and starts it again; orders wait for Odoo, and the killed
worker has a call in hand in every slot of that connection. What it had in hand waits until its
lease ends (30 s), the others must not. Measured from the end of the worker's process until the next
order is written in Odoo. In the same run: the same after SIGTERM, which lets the worker finish what
it has in hand.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from crossdock.rehearsal.bench.load.odoo_house import SQL, TWO_WORKERS, OdooHouse, odoo_house
from crossdock.rehearsal.bench.load.processes import children_of, has_ended
from crossdock.rehearsal.bench.pairs import Better, Paired, in_turn
from crossdock.rehearsal.bench.result import Aim, BenchFailed, Result
from crossdock.rehearsal.children import Child, ChildFailed, wait_until
from crossdock.rehearsal.house import ODOO, free_port

METRIC = "worker killed −9 in mid-backlog until the backlog moves"
BASELINE = "worker ended by SIGTERM"
AIM = Aim(at_most=5)
RATIO_CEILING = 3.0
"""A wait for the lease would make it 8 or more."""
FIGURES = ((METRIC, BASELINE),)
COMPARED = ()
PAIRS = 5
BACKLOG, MOVED = 80, 20
"""Orders a strike, and how many of them are written before it."""
SLOTS = TWO_WORKERS.workers
"""Calls to Odoo at a time: each is in hand when the worker is struck."""
LAST_COMMIT_SECONDS = 0.2
"""A session of the database may end a commit after its client was killed."""
PATIENCE_SECONDS = 90
POLL_SECONDS = 0.01


def run(short: bool) -> list[Result]:
    """Raises BenchFailed when the backlog does not move again."""
    with odoo_house(None) as house:
        house.house.workers[0].stop()
        found = in_turn(
            lambda: _seconds_after(house, signal.SIGKILL),
            lambda: _seconds_after(house, signal.SIGTERM),
            range(1 if short else PAIRS),
        )
    if short:
        ((killed, ended),) = found
        result = Result("recovery", METRIC, killed, "s", BASELINE, ended, AIM)
    else:
        paired = Paired("recovery", METRIC, "s", BASELINE, Better.LOWER, RATIO_CEILING, found)
        result = paired.result(AIM)
    return [replace(result, ratio_ceiling=RATIO_CEILING)]


def _seconds_after(house: OdooHouse, number: signal.Signals) -> float:
    try:
        with _up(house) as up:
            pid = _worker(house, up)
            house.pause(paused=True)
            house.place(BACKLOG)
            _until(lambda: len(house.drafts_waiting()) >= BACKLOG, "the backlog")
            begun = _written(house)
            house.pause(paused=False)
            _until(lambda: _written(house) >= begun + MOVED, "a moving backlog")
            _until(lambda: _calls_in_hand(house) >= SLOTS, "a call in every slot")
            os.kill(pid, number)
            _until(lambda: has_ended(pid), "the end of the worker")
            return _until_it_moves(house)
    except ChildFailed as error:
        raise BenchFailed(str(error)) from error


def _until_it_moves(house: OdooHouse) -> float:
    began = time.monotonic()
    time.sleep(LAST_COMMIT_SECONDS)
    begun = _written(house)
    _until(lambda: _written(house) > begun, "the backlog moving again")
    return time.monotonic() - began


@contextmanager
def _up(house: OdooHouse) -> Iterator[Child]:
    """`crossdock up` of its own for each strike: the pause before a restart grows with each."""
    command = ["-m", "crossdock.cli", "up", "--port", str(free_port()), "--workers", "1"]
    up = Child("up", command, house.house.directory / "log", house.house.environment).start()
    try:
        yield up
    finally:
        up.stop()


def _worker(house: OdooHouse, up: Child) -> int:
    """The process of the worker that `up` started, once it works."""
    process = up.process
    assert process is not None
    found: list[int] = []

    def works() -> bool:
        with house.store.transaction() as tx:
            known = {row.pid for row in tx.rows(SQL.worker_pids)}
        found.extend(pid for pid in children_of(process.pid) if pid in known)
        return bool(found)

    _until(works, f"a worker at work; see {up.log_path}")
    return found[0]


def _calls_in_hand(house: OdooHouse) -> int:
    with house.store.transaction() as tx:
        row = tx.row(SQL.calls_in_hand, connection=ODOO)
    assert row is not None
    return int(row.count)


def _written(house: OdooHouse) -> int:
    with house.store.transaction() as tx:
        row = tx.row(SQL.effects_done, connection=ODOO)
    assert row is not None
    return int(row.count)


def _until(condition: object, what: str) -> None:
    wait_until(condition, PATIENCE_SECONDS, what, POLL_SECONDS)
