"""A child that does not outlive its parent, where the kernel can see to it (Linux)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
"""prctl(2)."""


def lifeline() -> Callable[[], None] | None:
    """What a child shall do before it becomes its program; None where there is no such thing.

    It gets SIGTERM when the parent dies, however that dies.
    """
    if sys.platform != "linux":
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)  # it died before the kernel knew

    return tie
