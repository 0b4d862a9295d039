"""What a worker does beside its stages from time to time; whoever wires a process names them."""

from typing import Any, Protocol

from crossdock.engine.clock import Clock
from crossdock.engine.store import Store


class Chore(Protocol):
    """Looks whether it is due; any number of workers may do so at once."""

    @property
    def name(self) -> str:
        """For the worker's threads and logs."""
        ...

    def once(self, store: Store, registry: Any, clock: Clock, worker_id: str) -> bool:
        """True when there was something to do. `registry`: the process's `Registry`.

        Raises StoreUnavailable, SerializationConflict.
        """
        ...
