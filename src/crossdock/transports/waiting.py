"""Waits of a connector between two calls; a simulation lets its own time pass instead."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_passed_by: list[Callable[[float], object]] = []


@contextmanager
def rehearsed_by(sleep: Callable[[float], object]) -> Iterator[None]:
    """Waits in the block call `sleep` with their seconds: for simulations."""
    _passed_by.append(sleep)
    try:
        yield
    finally:
        _passed_by.pop()


def pause(seconds: float) -> None:
    """Let so many seconds pass."""
    wait(threading.Event(), seconds)


def wait(ended: threading.Event, seconds: float) -> bool:
    """Let so many seconds pass; True at once when `ended` is set meanwhile."""
    if not _passed_by:
        return ended.wait(seconds)
    _passed_by[-1](seconds)
    return ended.is_set()
