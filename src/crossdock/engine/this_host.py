"""Which host this is: where process numbers mean the same processes."""

import platform
from pathlib import Path

FIRST_NAMESPACE = 0xEFFFFFFC
"""Inode of the process namespace of a machine that is no container (Linux, `PROC_PID_INIT_INO`)."""


def this_host() -> str:
    """Its name; in a container with the namespace of its processes, which the name may share."""
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return platform.node()
    return platform.node() if namespace == FIRST_NAMESPACE else f"{platform.node()}/{namespace}"
