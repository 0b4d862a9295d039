"""Sessions that give way: before every statement, and while a lock is waited for.

For deterministic simulation (`crossdock.rehearsal.sim`): whoever runs a statement is suspended by
a `Stepper`, which lets others run first. The statements, their SQL and PostgreSQL itself are the
real ones.
"""

import os
import select
import signal
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg.waiting import Ready, Wait

LOOK_SECONDS = 0.003
"""A statement that takes longer may be waiting for a lock: it is asked."""
BLOCKED = """
WITH RECURSIVE ahead (pid) AS (
    SELECT unnest(pg_blocking_pids(%(pid)s))
    UNION
    SELECT unnest(pg_blocking_pids(pid)) FROM ahead
)
SELECT count(*) > 0 AND %(pid)s <> ALL (array_agg(pid)) FROM ahead
"""

ReturnT = TypeVar("ReturnT")


class SessionLost(psycopg.OperationalError):
    """What a `Stepper` raises when the session shall break."""


class Stepper(Protocol):
    """Decides who runs."""

    def before_statement(self, commit: bool) -> None:
        """Called before a statement is sent. May raise SessionLost."""

    def after_statement(self, commit: bool) -> None:
        """Called when its result is there. May raise SessionLost: nobody hears it."""

    def wait_for_lock(self, still_waits: Callable[[], bool]) -> None:
        """Called when a statement waits for a lock; returns when it does no more."""


class SteppedConnection(psycopg.Connection[Any]):
    """A session whose every wait is announced to `stepper`, unless that is None.

    Its server runs on this machine, for the simulation alone: a session that waits for a lock is
    held still (SIGSTOP) until it is its turn, so that no two race for what is let go.
    """

    stepper: Stepper | None = None
    asks: "psycopg.Connection[Any] | None" = None
    """Another session, to ask what this one waits for."""

    def wait(
        self,
        gen: Generator[Any, Any, ReturnT],
        interval: float = 0,  # noqa: ARG002 - psycopg names it
        timeout: float | None = None,
    ) -> ReturnT:
        if self.stepper is None:
            return super().wait(gen, timeout=timeout)
        commit = getattr(gen, "__name__", "") == "_commit_gen"
        self.stepper.before_statement(commit)
        result = self._finish(gen)
        self.stepper.after_statement(commit)
        return result

    def _finish(self, gen: Generator[Any, Any, ReturnT]) -> ReturnT:
        try:
            wanted = next(gen)
            while True:
                ready = self._ready(wanted, LOOK_SECONDS)
                if ready:
                    wanted = gen.send(ready)
                elif self._blocked():
                    self._give_way_while_blocked(wanted)
        except StopIteration as end:
            result: ReturnT = end.value
            return result

    def _ready(self, wanted: Wait, seconds: float) -> Ready | None:
        socket = self.pgconn.socket
        reads = [socket] if wanted & Wait.R else []
        writes = [socket] if wanted & Wait.W else []
        readable, writable, _ = select.select(reads, writes, [], seconds)
        if readable and writable:
            return Ready.RW
        if readable:
            return Ready.R
        return Ready.W if writable else None

    def _give_way_while_blocked(self, wanted: Wait) -> None:
        assert self.stepper is not None
        self._signal(signal.SIGSTOP)
        try:
            self.stepper.wait_for_lock(lambda: self._still_waits(wanted))
        finally:
            self.go_on()

    def _still_waits(self, wanted: Wait) -> bool:
        """Granted, it runs alone until it answers or waits for the next lock."""
        if self._blocked():
            return True
        self.go_on()
        while not self._ready(wanted, LOOK_SECONDS):
            if self._blocked():
                self._signal(signal.SIGSTOP)
                return True
        return False

    def go_on(self) -> None:
        """Its server process is held still no longer."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pgconn.backend_pid, number)

    def _blocked(self) -> bool:
        """Whether it waits for a lock that somebody else has to let go.

        In a deadlock it does not: the server is about to refuse its statement.
        """
        assert self.asks is not None
        row = self.asks.execute(BLOCKED, {"pid": self.pgconn.backend_pid}).fetchone()
        return bool(row and row[0])
