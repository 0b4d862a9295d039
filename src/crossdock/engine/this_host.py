"""Which host this is: where process numbers mean the same processes."""

import platform
from pathlib import Path

FIRST_NAMESPACE = 0xEFFFFFFC
"""Inode of the process namespace of a machine that is no container (Linux, `PROC_PID_INIT_INO`)."""


BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Differs between any two machines, though both may be made from one image and have one name."""


def this_host() -> str:
    """Its name and its boot; in a container with the namespace of its processes as well."""
    return "/".join([platform.node(), *_boot(), *_namespace()])


def _boot() -> list[str]:
    try:
        return [BOOT.read_text(encoding="ascii").strip()[:13]]
    except OSError:
        return []


def _namespace() -> list[str]:
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return []
    return [] if namespace == FIRST_NAMESPACE else [str(namespace)]
