"""The pool of a simulation: sessions that give way, opened and ended as it says."""

import os
import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from crossdock.engine.store.stepped import SteppedConnection, Stepper

END_SECONDS = 5.0


class SteppedPool:
    """Sessions for any number of simulated processes, opened when there is none left.

    `configure` readies a new one. Not thread-safe: one thread runs a whole simulation.
    """

    def __init__(
        self, url: str, configure: Callable[[psycopg.Connection[Any]], None], stepper: Stepper
    ) -> None:
        self._url = url
        self._configure = configure
        self._stepper = stepper
        self._free: list[SteppedConnection] = []
        self._taken: list[SteppedConnection] = []
        self._control: psycopg.Connection[Any] | None = None

    @property
    def control(self) -> psycopg.Connection[Any]:
        """A session that does not give way: it must not wait for one that does."""
        if self._control is None:
            self._control = psycopg.connect(self._url, autocommit=True, prepare_threshold=0)
            self._control.execute("SET search_path TO crossdock")
            self._control.execute("SET lock_timeout TO '5s'")
        return self._control

    def use(self, stepper: Stepper) -> None:
        """From now on sessions give way to this one."""
        self._stepper = stepper

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """Run a statement at once, as the owner of the schema, outside every transaction."""
        with self.control.cursor(row_factory=namedtuple_row) as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def answers(self, *asked: tuple[str, dict[str, Any]]) -> list[list[Any]]:
        """As `rows` of each statement with its parameters, in one round trip."""
        with self.control.pipeline(), ExitStack() as cursors:
            opened = []
            for statement, parameters in asked:
                cursor = cursors.enter_context(self.control.cursor(row_factory=namedtuple_row))
                opened.append(cursor.execute(statement, parameters or None))
            return [cursor.fetchall() for cursor in opened]

    def open(self) -> None:
        """Sessions are opened when they are asked for."""

    def wait(self, timeout: float) -> None:
        """There is nothing to wait for."""

    def close(self) -> None:
        for connection in (*self._free, *self._taken):
            connection.close()
        if self._control is not None:
            self._control.close()
        self._free, self._taken, self._control = [], [], None

    @contextmanager
    def connection(self) -> Iterator[SteppedConnection]:
        """Committed at the end of the block, rolled back when it raises; broken ones are ended."""
        connection = self._free.pop() if self._free else self._open()
        self._taken.append(connection)
        connection.stepper = self._stepper
        try:
            yield connection
            connection.commit()
        except (GeneratorExit, Exception):  # boundary: nothing is swallowed, only undone
            connection.stepper = None
            if not connection.broken:
                connection.rollback()
            raise
        except BaseException:  # boundary: a killed process undoes nothing itself
            self.end(connection)
            raise
        finally:
            self._taken.remove(connection)
            connection.stepper = None
            if connection.closed:
                self.end(connection)
            else:
                self._free.append(connection)

    def forget(self) -> None:
        """Close the sessions nobody uses: new ones are configured anew."""
        for connection in self._free:
            connection.close()
        self._free = []

    def end(self, connection: SteppedConnection) -> None:
        """As if its client had died: what it did not commit is undone before this returns."""
        self._terminate([connection])
        connection.close()

    def end_all(self) -> None:
        """As if the server had restarted: every session is lost, its client finds out later."""
        self._terminate([*self._free, *self._taken])
        self.forget()

    def _terminate(self, connections: Sequence[SteppedConnection]) -> None:
        """Returns when their backends are gone; the server's own wait looks each 100 ms only."""
        living = [c for c in connections if not c.closed]
        self.control.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid",
            ([c.info.backend_pid for c in living],),
        )
        for connection in living:
            connection.go_on()
            _read_to_the_end(connection.pgconn.socket)

    def _open(self) -> SteppedConnection:
        connection = SteppedConnection.connect(self._url, autocommit=False, prepare_threshold=1)
        self._configure(connection)
        connection.asks = self.control
        return connection


def _read_to_the_end(socket: int) -> None:
    """A backend's side of the socket is closed when its process ends, after its rollback.

    Raises TimeoutError.
    """
    while True:
        readable, _, _ = select.select([socket], [], [], END_SECONDS)
        if not readable:
            raise TimeoutError(f"a terminated session did not end in {END_SECONDS} s")
        with suppress(BlockingIOError):
            try:
                if not os.read(socket, 65536):
                    return
            except ConnectionResetError:
                return
