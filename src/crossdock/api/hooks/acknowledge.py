"""Between the event loop and the committing thread: wait for the commit, bounded."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from crossdock.api.settings import ApiSettings
from crossdock.engine.clock import Clock
from crossdock.engine.commit_arrivals import Committed, DueStream, Fate, Ticket
from crossdock.engine.group_commit import GroupCommit
from crossdock.engine.receive import KeptArrival
from crossdock.engine.store import Store

WATCH_SECONDS = 1.0


class QueueFull(Exception):
    """Too much waits for its commit already."""


class Acknowledge:
    """Awaited by requests; made and used on one event loop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: ApiSettings,
        observe: Callable[[Committed], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._group = GroupCommit(store, clock, self._settled, settings.group, observe)
        self._waiting: deque[tuple[float, asyncio.Future[Fate]]] = deque()
        self.count = 0
        self.body_bytes = 0
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._group.start()
        self._watch = self._loop.create_task(self._watch_waiting())

    async def stop(self) -> None:
        """Commit what waits, then end."""
        if self._watch is not None:
            self._watch.cancel()
        await self._loop.run_in_executor(None, self._group.stop)

    def commit(self, entry: KeptArrival | DueStream) -> Awaitable[Fate]:
        """Await it: KEPT once it is committed. Raises QueueFull at once."""
        settings = self._settings
        if self.count >= settings.waiting_max or self.body_bytes >= settings.waiting_bytes_max:
            raise QueueFull
        future: asyncio.Future[Fate] = self._loop.create_future()
        ticket = Ticket(entry, future)
        self.count += 1
        self.body_bytes += ticket.size
        self._waiting.append((self._loop.time(), future))
        self._group.submit(ticket)
        return future

    def _settled(self, tickets: Sequence[Ticket]) -> None:
        self._loop.call_soon_threadsafe(self._resolve, tickets)

    def _resolve(self, tickets: Sequence[Ticket]) -> None:
        for ticket in tickets:
            self.count -= 1
            self.body_bytes -= ticket.size
            if not ticket.waiter.done():
                ticket.waiter.set_result(ticket.fate)

    async def _watch_waiting(self) -> None:
        """A database that neither answers nor breaks must not hold requests for ever."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._give_up_before(self._loop.time() - self._settings.commit_seconds_max)

    def _give_up_before(self, instant: float) -> None:
        waiting = self._waiting
        while waiting and (waiting[0][1].done() or waiting[0][0] < instant):
            _, future = waiting.popleft()
            if not future.done():
                future.set_result(Fate.UNAVAILABLE)
