"""Child processes of a rehearsal: started together, logged to files, ended together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FINISH_SECONDS = 20.0
"""For the step in hand."""


class ChildFailed(RuntimeError):
    """A process of the rehearsal ended, or did not come up in time."""


@dataclass(slots=True)
class Child:
    """One process. Its output goes to `<log_dir>/<name>.log`."""

    name: str
    arguments: Sequence[str]
    log_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    first_line: str = ""

    def start(self, *, wait_for_line: float = 0) -> "Child":
        """Start it; with `wait_for_line`, wait that many seconds for its first line of output."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        log = (self.log_dir / f"{self.name}.log").open("a", encoding="utf-8")
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if wait_for_line else log,
            stderr=log,
            text=True,
            env={**os.environ, **self.environment},
            start_new_session=True,
        )
        if wait_for_line:
            self._read_first_line(wait_for_line)
        return self

    def _read_first_line(self, seconds: float) -> None:
        process = self.process
        assert process is not None
        assert process.stdout is not None
        done = threading.Event()

        def read() -> None:
            assert process.stdout is not None
            self.first_line = process.stdout.readline().strip()
            done.set()
            for _ in process.stdout:
                pass

        threading.Thread(target=read, daemon=True).start()
        if not done.wait(seconds) or not self.first_line:
            raise ChildFailed(
                f"{self.name} did not come up within {seconds:.0f} s; see {self.log_path}"
            )

    @property
    def log_path(self) -> Path:
        return self.log_dir / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.alive:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = FINISH_SECONDS) -> None:
        """Ask it to finish; after `seconds` kill it."""
        self.ask_to_stop()
        self.wait_or_kill(seconds)

    def wait_or_kill(self, seconds: float) -> None:
        """Wait for one that was asked; after `seconds` kill it."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def stop_all(children: Sequence[Child], seconds: float = FINISH_SECONDS) -> None:
    """End them together: each is asked once, for a second signal ends a worker in mid-step."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    for child in reversed(children):
        child.wait_or_kill(max(0.1, deadline - time.monotonic()))


def wait_until(condition: object, seconds: float, what: str, every: float = 0.05) -> None:
    """Wait for a callable to be true. Raises ChildFailed naming what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise ChildFailed(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(every)
