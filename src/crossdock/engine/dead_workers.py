"""Slots of workers that died on this host: given back at once, not when their leases end.

A worker that is killed in mid-call leaves its connection's slots taken, all of them when it drove
the connection alone: nobody could call until the leases ended. Whether a process of this host lives
is known for certain. What it had in hand stays as it is until its lease ends, for a call may still
be under way: with the slots free at once, the system outside may meet that call and a new one.

Containers are hosts of their own, though they share a name (`this_host`).
"""

import os
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from crossdock.engine.channels import DELIVER
from crossdock.engine.clock import Clock
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.store import Store, load_queries
from crossdock.engine.this_host import this_host

SQL = load_queries(__package__, "watchdog.sql")
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class DeadWorkers:
    """As one worker sees them."""

    store: Store
    clock: Clock
    worker_id: str

    def free_their_slots(self) -> int:
        """How many slots were given back; those who wait for one are woken."""
        now = self.clock.now()
        with self.store.transaction() as tx:
            workers = tx.rows(SQL.workers_beside, host=this_host(), worker_id=self.worker_id)
        dead = [worker.worker_id for worker in workers if not _lives(worker, now)]
        if not dead:
            return 0
        with self.store.transaction() as tx:
            freed = tx.run(SQL.free_slots_of, owners=dead, now=now)
            if freed:
                tx.run(RECEIVE_SQL.wake, channel=DELIVER)
        if freed:
            log.warning("worker.freed_slots", slots=freed, dead=dead)
        return freed


def _lives(worker: Any, now: datetime) -> bool:
    """Whether its process runs; yes where that cannot be known.

    The first process of a container has the same number in each of its lives.
    """
    if os.name != "posix":
        return True
    if worker.pid == os.getpid():
        return bool(worker.started_at >= now - _age())
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _age() -> timedelta:
    """Of this process (proc(5): its start in ticks since the machine's); for ever where unknown."""
    try:
        text = Path("/proc/self/stat").read_text(encoding="utf-8")
    except OSError:
        return timedelta(days=365)
    ticks = int(text.rpartition(")")[2].split()[19])
    seconds = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return timedelta(seconds=max(0.0, seconds))
