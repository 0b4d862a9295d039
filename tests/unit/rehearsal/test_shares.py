"""Processes that play jobs end with whoever started them, and leave nothing."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from crossdock.rehearsal.sim import shares
from crossdock.rehearsal.sim.shares import Shares

SECONDS = 60


@contextmanager
def _database(directory: Path, name: str = "") -> Iterator[str]:
    """Stands for the PostgreSQL: a file of the process that is gone when it was cleaned up."""
    file = Path(os.environ["LEFT"]) / str(os.getpid())
    file.touch()
    try:
        yield ""
    finally:
        file.unlink()


@contextmanager
def simulator(_url: str) -> Iterator[Callable[[float], int]]:
    def play(seconds: float) -> int:
        time.sleep(seconds)
        return os.getpid()

    yield play


# A child imports this module to find `simulator`.
if multiprocessing.current_process().name != "MainProcess":
    vars(shares)["simulation_database"] = _database


def gone(folder: Path) -> bool:
    deadline = time.monotonic() + SECONDS
    while list(folder.iterdir()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_an_early_end_cleans_up_in_the_middle_of_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEFT", str(tmp_path))
    with closing(Shares[float, int](simulator, 2).play([0.0, 0.0, 600.0, 600.0])) as results:  # type: ignore[type-var]
        assert {next(results), next(results)}
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_a_process_whose_parent_was_killed_ends_after_its_job(tmp_path: Path) -> None:
    script = """
        from tests.unit.rehearsal.test_shares import simulator
        from crossdock.rehearsal.sim.shares import Shares
        if __name__ == "__main__":
            for _ in Shares(simulator, 2).play([0.2] * 10_000):
                print("one", flush=True)
    """
    file = tmp_path / "campaign.py"
    file.write_text(textwrap.dedent(script))
    left = tmp_path / "left"
    left.mkdir()
    given = {**os.environ, "LEFT": str(left), "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, str(file)], env=given, stdout=subprocess.PIPE, text=True
    ) as campaign:
        assert campaign.stdout is not None
        assert campaign.stdout.readline() == "one\n"
        assert list(left.iterdir())
        campaign.send_signal(signal.SIGKILL)
    assert gone(left)
