"""Run a person's act in a transaction of its own."""

from collections.abc import Callable
from typing import TypeVar

from crossdock.engine.store import SerializationConflict, Store, Transaction

Result = TypeVar("Result")
TRIES = 5


def act(store: Store, deed: Callable[[Transaction], Result]) -> Result:
    """Commit what `deed` does, or nothing of it; done again when it met a worker's transaction."""
    for _ in range(TRIES - 1):
        try:
            with store.transaction() as tx:
                return deed(tx)
        except SerializationConflict:
            continue
    with store.transaction() as tx:
        return deed(tx)
