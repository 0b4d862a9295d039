"""What a server that was killed leaves behind: its lock on the socket, and busy sessions."""

import os
import signal
from pathlib import Path

from crossdock.engine.postgres.location import SOCKET_NAME, Location

PROC = Path("/proc")


def remove_socket(location: Location) -> None:
    """Remove the dead server's socket and its lock file.

    Call only when no server of this cluster lives: the lock names a pid that another program
    may have now, or that is still being buried. The folder belongs to this cluster alone, and
    the data folder's own interlock stays.
    """
    folder = location.socket_folder()
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / name).unlink(missing_ok=True)


def end_sessions(location: Location) -> None:
    """End sessions that outlived their server: until then no new one may use the data.

    An idle session ends by itself; a busy one only after its statement, whose result nobody
    will ever read. They are known by their current folder, which is the data folder. Without
    /proc (macOS) they are left to end by themselves.
    """
    for process in PROC.glob("[0-9]*"):
        try:
            is_server = (process / "cmdline").read_bytes().startswith(b"postgres:")
            if is_server and (process / "cwd").readlink() == location.data:
                os.kill(int(process.name), signal.SIGQUIT)
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
