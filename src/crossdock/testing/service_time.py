"""How long a twin takes: a fixed number of workers, seconds a call and seconds an order."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
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

    def worker(self) -> AbstractAsyncContextManager[object]:
        """Waits for a free worker and holds it."""
        return self._free or nullcontext()

    async def take_time(self, orders: int) -> None:
        """As long as a request with so many orders takes."""
        await asyncio.sleep(self._model.of(orders))
