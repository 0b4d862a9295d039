"""What this process really has in hand: calls that began here and have not ended.

The database may say more: a claim whose commit was never heard, a call whose end could not be
written. Nobody works on those, so nobody may lengthen their leases.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class InHand:
    """The fences of one worker's calls; shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fences: set[int] = set()

    @contextmanager
    def holding(self, fence: int) -> Iterator[None]:
        """A call with this fence is in hand for the block."""
        with self._lock:
            self._fences.add(fence)
        try:
            yield
        finally:
            with self._lock:
                self._fences.discard(fence)

    def fences(self) -> list[int]:
        """Those in hand now."""
        with self._lock:
            return sorted(self._fences)
