"""One starter at a time: a file lock that the kernel drops when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crossdock.engine.postgres.errors import PostgresUnavailable

POLL_SECONDS = 0.05


@contextmanager
def exclusive(lock_file: Path, timeout_seconds: int) -> Iterator[None]:
    """Hold `lock_file` for the block; it is never deleted, so no two holders can differ.

    Raises PostgresUnavailable when another process keeps it for `timeout_seconds`.
    """
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + timeout_seconds
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"Another process has been starting or stopping this server for "
                    f"{timeout_seconds} seconds.",
                    f"look for the process that holds {lock_file} and end it.",
                )
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
