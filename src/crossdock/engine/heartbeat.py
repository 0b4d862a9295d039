"""Heartbeat: lengthens the leases of what this worker is really doing, up to the longest call.

Nobody trusts it: a worker that beats but does not work loses its keys all the same, because a
call that began too long ago is not lengthened, nor a sweep whose last page is that old.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from crossdock.engine.clock import Clock
from crossdock.engine.in_hand import InHand
from crossdock.engine.store import Store, load_queries
from crossdock.engine.this_host import this_host

SQL = load_queries(__package__, "watchdog.sql")
LONGEST_CALL = timedelta(minutes=3)
"""No operation may last longer; after it a call is given up whatever its worker says."""
FORGET_AFTER = timedelta(days=1)


@dataclass(slots=True)
class Heartbeat:
    """One worker's."""

    store: Store
    clock: Clock
    worker_id: str
    lease: timedelta
    in_hand: InHand | None = None
    """None: all calls that are this worker's by the database."""

    def beat(self, stages: Sequence[str]) -> None:
        """Say that this worker is here, and lengthen what it has in hand."""
        now = self.clock.now()
        until = now + self.lease
        mine = {
            "owner": self.worker_id, "until": until, "longest_call": now - LONGEST_CALL,
            "fences": None if self.in_hand is None else self.in_hand.fences(),
        }  # fmt: skip
        with self.store.transaction() as tx:
            tx.without_sync()
            tx.run(
                SQL.worker_seen, worker_id=self.worker_id, host=this_host(), pid=os.getpid(),
                stages=",".join(stages), now=now,
            )  # fmt: skip
            tx.run(SQL.extend_streams, **mine, now=now)
            tx.run(SQL.extend_calls, **mine)
            tx.run(SQL.extend_slots, **mine, now=now)

    def say_goodbye(self) -> None:
        """This worker stops; forget those not seen for a day as well."""
        now = self.clock.now()
        with self.store.transaction() as tx:
            tx.run(SQL.worker_gone, worker_id=self.worker_id, long_ago=now - FORGET_AFTER)
