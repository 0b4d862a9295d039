"""The server process: what its pid file says, whether it answers, how to start and stop it."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from crossdock.engine.postgres import command, left_behind
from crossdock.engine.postgres.account import Account
from crossdock.engine.postgres.binaries import Binaries
from crossdock.engine.postgres.errors import PostgresUnavailable
from crossdock.engine.postgres.location import SOCKET_NAME, Location

START_SECONDS_MAX = 300
ORPHAN_SECONDS_MAX = 60
STOP_SECONDS_MAX = 120
POLL_SECONDS = 0.1
PID_FILE_LINES = 8
READY = "ready"
STARTUP_LOG = "startup.log"
LAST_WORDS = 1000
ORPHANS_HOLD_MEMORY = "pre-existing shared memory block"
# Above every pid a kernel hands out: PostgreSQL finds nobody there and checks the rest.
NO_SUCH_PID = "2147483646"


@dataclass(frozen=True, slots=True)
class PidFile:
    """The lines of postmaster.pid that matter here."""

    pid: int
    socket_folder: Path
    status: str


def read_pid_file(location: Location) -> PidFile | None:
    """The pid file of a server that runs, starts, or died without removing it."""
    try:
        text = (location.data / "postmaster.pid").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    lines = text.splitlines()
    if len(lines) < PID_FILE_LINES:
        return PidFile(int(lines[0]) if lines and lines[0].isdigit() else 0, Path(), "")
    return PidFile(int(lines[0]), Path(lines[4]), lines[7].strip())


def answering(location: Location) -> PidFile | None:
    """The pid file of a server that is ready and accepts connections, else None."""
    pid_file = read_pid_file(location)
    if pid_file is None or pid_file.status != READY:
        return None
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(pid_file.socket_folder / SOCKET_NAME))
        except OSError:
            return None
    return pid_file


def died(location: Location) -> bool:
    """Whether the pid file is one that a server left behind that did not stop by itself."""
    pid_file = read_pid_file(location)
    return (
        pid_file is not None and bool(pid_file.pid) and not _is_our_server(pid_file.pid, location)
    )


def start(location: Location, account: Account, binaries: Binaries) -> None:
    """Start and wait until connections are accepted, crash recovery included.

    Call it under the cluster's lock. Raises PostgresUnavailable with the server's own words.
    """
    if _wait_for_a_starting_one(location):
        return
    left_behind.remove_socket(location)
    deadline = time.monotonic() + ORPHAN_SECONDS_MAX
    while failure := _try_to_start(location, account, binaries):
        # After a kill -9 of the server a busy session may live on.
        if ORPHANS_HOLD_MEMORY not in failure or time.monotonic() > deadline:
            raise PostgresUnavailable(
                f"The server did not start: {failure.strip()} {_newest_log(location)}",
                f"read the logs in {location.data}/log, or set CROSSDOCK_DATABASE_URL.",
            )
        left_behind.end_sessions(location)
        time.sleep(POLL_SECONDS)


def _try_to_start(location: Location, account: Account, binaries: Binaries) -> str | None:
    """What was said before the log began when it did not start, or None when it runs."""
    log = location.data / STARTUP_LOG
    log.unlink(missing_ok=True)
    outcome = command.run(
        account,
        binaries.program("pg_ctl"),
        ["start", "-w", "-s", "-t", str(START_SECONDS_MAX), "-D", location.data, "-l", log],
    )
    if outcome.succeeded:
        return None
    return outcome.output + (_last_words(log) if log.exists() else "")


def _newest_log(location: Location) -> str:
    logs = sorted((location.data / "log").glob("*"), key=lambda file: file.stat().st_mtime_ns)
    return _last_words(logs[-1]) if logs else ""


def _last_words(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:].strip()


def stop(location: Location, account: Account, binaries: Binaries) -> None:
    """End all sessions and stop; no transaction that was committed is lost.

    Raises PostgresUnavailable when the server does not end in time.
    """
    pid_file = read_pid_file(location)
    if pid_file is None or not _is_our_server(pid_file.pid, location):
        return
    seconds = str(STOP_SECONDS_MAX)
    outcome = command.run(
        account,
        binaries.program("pg_ctl"),
        ["stop", "-w", "-s", "-m", "fast", "-t", seconds, "-D", location.data],
    )
    if not outcome.succeeded and answering(location):
        raise PostgresUnavailable(
            f"The server did not stop within {seconds} seconds: {outcome.output.strip()}",
            f"look at process {pid_file.pid}.",
        )


def _wait_for_a_starting_one(location: Location) -> bool:
    """Whether a server that somebody else started became ready.

    A pid file whose pid now belongs to another program (usual after a container's restart)
    is marked dead instead of deleted: its shared memory line keeps protecting the data.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    while (pid_file := read_pid_file(location)) and _is_our_server(pid_file.pid, location):
        if answering(location):
            return True
        if time.monotonic() > deadline:
            raise PostgresUnavailable(
                f"Process {pid_file.pid} has been starting for {START_SECONDS_MAX} seconds.",
                f"read the logs in {location.data}/log.",
            )
        time.sleep(POLL_SECONDS)
    if pid_file and pid_file.pid:
        _mark_dead(location, pid_file.pid)
    return False


def _mark_dead(location: Location, pid: int) -> None:
    path = location.data / "postmaster.pid"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(str(pid), NO_SUCH_PID, 1), encoding="utf-8")


def _is_our_server(pid: int, location: Location) -> bool:
    """Whether `pid` runs a PostgreSQL server on this data folder."""
    words = _command_line(pid)
    return bool(words) and "postgres" in words[0] and str(location.data) in words


def _command_line(pid: int) -> list[str]:
    proc = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsdecode(proc.read_bytes()).split("\0")
        except OSError:
            return []
    listing = shutil.which("ps") or "/bin/ps"
    arguments = [listing, "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603
    return shown.stdout.split()
