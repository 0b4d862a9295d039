"""`worker` and `up` as real processes: they come up, and end clean when asked."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from crossdock.cli.errors import REFUSED

SECONDS = 60


@contextmanager
def program(database: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`crossdock …` in a process group of its own; what is left of it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "crossdock.cli", *arguments],
        env={**os.environ, "CROSSDOCK_DATABASE_URL": database},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(happened: Callable[[], object], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert process.poll() is None, f"ended early: {process.communicate()[1]}"
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def workers(database: str) -> list[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT worker_id FROM crossdock.worker").fetchall()
        return [str(row[0]) for row in rows]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_clean_on_a_signal(database: str, number: signal.Signals) -> None:
    with program(database, "worker", "--stages", "apply,sweep", "--name", "w7") as process:
        wait_until(lambda: workers(database), process)
        assert workers(database)[0].startswith("w7:")
        process.send_signal(number)
        _, logged = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, logged
    assert workers(database) == []
    assert '"event": "worker.stopped"' in logged


def test_up_runs_everything_and_ends_everything(blank_database: str) -> None:
    port = free_port()

    def healthy() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    with program(blank_database, "up", "--port", str(port), "--workers", "2") as process:
        wait_until(healthy, process)
        wait_until(lambda: len(workers(blank_database)) == 2, process)
        members = _children(process.pid)
        assert len(members) == 3
        process.send_signal(signal.SIGTERM)
        _, logged = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, logged
    assert workers(blank_database) == []
    assert not [pid for pid in members if Path(f"/proc/{pid}").exists()]


def test_up_says_who_has_its_port_already(database: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with program(database, "up", "--port", str(port), "--workers", "0") as process:
            _, logged = process.communicate(timeout=SECONDS)
    assert process.returncode == REFUSED
    assert f"listens on 127.0.0.1:{port}; end it" in logged


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
