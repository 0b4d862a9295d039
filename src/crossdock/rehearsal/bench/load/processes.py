"""Processor time and memory of processes, as Linux counts them (proc(5))."""

from collections.abc import Iterable
from pathlib import Path

from crossdock.engine.store import load_queries
from crossdock.engine.store.owner import owner_transaction
from crossdock.rehearsal.bench.result import BenchFailed

SQL = load_queries("crossdock.rehearsal.bench", "bench.sql")
PROC = Path("/proc")
OURS = ("crossdock api%", "crossdock worker%")
"""What the sessions of a deployment call themselves, as LIKE has it."""
ASKING = "crossdock bench"


def cpu_seconds(pid: int) -> float:
    """Time on a processor so far, all threads together.

    Raises BenchFailed where Linux does not tell.
    """
    total = 0
    for task in _paths(PROC / str(pid) / "task", "*"):
        total += int(_text(task / "schedstat").split()[0])
    return total / 1e9


def memory_mb(pids: Iterable[int]) -> float:
    """Proportional memory (PSS) of these processes: what several share is counted once.

    In MB of 1,000,000 bytes. Raises BenchFailed where Linux does not tell.
    """
    return sum(_proportional_kb(pid) for pid in pids) * 1024 / 1e6


def session_pids(url: str) -> list[int]:
    """Server processes of the sessions that API and workers have on this database."""
    with owner_transaction(url, ASKING) as tx:
        return [row.pid for row in tx.rows(SQL.sessions_of, names=list(OURS))]


def server_pids(url: str) -> list[int]:
    """All processes of the PostgreSQL on this machine that serves `url`, but foreign sessions.

    Foreign: those of the benchmark itself.
    """
    with owner_transaction(url, ASKING) as tx:
        (asked,) = tx.rows(SQL.own_pid)
        foreign = {row.pid for row in tx.rows(SQL.foreign_sessions, names=list(OURS))}
        postmaster = _parent(asked.pid)
        found = [postmaster, *children_of(postmaster)]
    return [pid for pid in found if pid not in foreign]


def children_of(parent: int) -> list[int]:
    """Its child processes."""
    found = (int(path.name) for path in _paths(PROC, "[0-9]*") if path.is_dir())
    return [pid for pid in found if _parent_or_none(pid) == parent]


def has_ended(pid: int) -> bool:
    """It runs no more, whether or not its parent has asked how it ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8")
    except OSError:
        return True
    return text.rpartition(")")[2].split()[0] == "Z"


def _parent_or_none(pid: int) -> int | None:
    try:
        return _parent(pid)
    except BenchFailed:
        return None


def _parent(pid: int) -> int:
    after_the_name = _text(PROC / str(pid) / "stat").rpartition(")")[2]
    return int(after_the_name.split()[1])


def _proportional_kb(pid: int) -> int:
    for line in _text(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise BenchFailed(f"the kernel does not tell the memory of process {pid}")


def _paths(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise BenchFailed(f"{folder} tells nothing: this benchmark needs Linux and its processes")
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BenchFailed(
            f"{file} cannot be read ({error}): the benchmark needs Linux, and a PostgreSQL on this "
            "machine whose processes this user may look at"
        ) from error
