"""How long a twin takes: a fixed number of workers, seconds a call and seconds an order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """`workers` requests at once, each `seconds_per_call` + `seconds_per_order` x orders."""

    workers: int = 0
    """0: no limit."""
    seconds_per_call: float = 0.0
    seconds_per_order: float = 0.0

    def of(self, orders: int) -> float:
        return self.seconds_per_call + self.seconds_per_order * orders


class Workers:
    """The workers of one running server."""

    def __init__(self, model: ServiceTime) -> None:
        self._model = model
        self._free = asyncio.Semaphore(model.workers) if model.workers else None

    @property
    def idle(self) -> bool:
        """Nobody ever waits: no limit and no time."""
        return self._free is None and not self._model.of(1)

    @asynccontextmanager
    async def serving(self, orders: int) -> AsyncIterator[None]:
        """Hold a worker for as long as the request takes; the body runs at the end of it."""
        if self._free is None:
            await asyncio.sleep(self._model.of(orders))
            yield
            return
        async with self._free:
            await asyncio.sleep(self._model.of(orders))
            yield
