"""Who listens already where `crossdock up` wants its API to listen."""

import errno
import os
import socket
from pathlib import Path

from crossdock.cli.errors import Refused

PROC = Path("/proc")
OURS = "crossdock.api.server"


def require_free(host: str, port: int) -> None:
    """Raises Refused, with the pids of an API of ours when it is one and /proc tells.

    An address that is none of this machine's is left to the API to refuse.
    """
    try:
        with socket.create_server((host, port), family=_family(host)):
            return
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return
    pids = _ours_at(port)
    if pids:
        raise Refused(
            f"an API of Crossdock listens on {host}:{port} already (pid {', '.join(pids)}), "
            f"perhaps with workers of a `crossdock up` that was killed; end it with "
            f"`kill {' '.join(pids)}`, or choose another --port"
        )
    raise Refused(f"another program listens on {host}:{port}; end it, or choose another --port")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _ours_at(port: int) -> list[str]:
    return [process.name for process in PROC.glob("[0-9]*") if _is_ours(_words(process), str(port))]


def _is_ours(words: list[str], port: str) -> bool:
    return OURS in words and "--port" in words and words[words.index("--port") + 1] == port


def _words(process: Path) -> list[str]:
    try:
        return os.fsdecode((process / "cmdline").read_bytes()).split("\0")
    except OSError:
        return []  # it ended meanwhile
