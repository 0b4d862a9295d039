"""The processes that `crossdock up` looks after."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from crossdock.cli.lifeline import lifeline

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.2
STEADY_AFTER = 60.0
"""A part that gives up sooner after its first start is set up wrongly: everything ends with it.
One that was killed by a signal is started again at any age. One that lived this long before it
ended is started again at once, however often that happened."""
PAUSE_FIRST = 1.0
"""Before the second restart in a row; the first is made at once."""
PAUSE_LAST = 30.0
FINISH_SECONDS = 100.0


@dataclass(frozen=True, slots=True)
class Command:
    """One part: its name in the log, and what to run."""

    name: str
    arguments: Sequence[str]


@dataclass(slots=True)
class _Child:
    command: Command
    process: subprocess.Popen[bytes]
    started: float
    lives: int = 1
    restarts_in_a_row: int = 0
    start_again_at: float = 0.0

    def pause(self, now: float) -> float:
        """Seconds to wait now that it has ended; each of a row of short lives makes it longer."""
        if now - self.started >= STEADY_AFTER:
            self.restarts_in_a_row = 0
        seconds = min(PAUSE_FIRST * self.restarts_in_a_row**2, PAUSE_LAST)
        self.restarts_in_a_row += 1
        return seconds


@dataclass(slots=True)
class Children:
    """Starts the parts, starts again what ends by itself, ends all of them together.

    On Linux the parts end also when this process is killed.
    """

    environment: Mapping[str, str]
    beside: Callable[[], bool] = lambda: False
    """Called at every look: sees to what the parts need, and whether that had failed. A part that
    could not start because of it is started again."""
    stopping: bool = False
    _children: list[_Child] = field(default_factory=list)

    def run(self, commands: Sequence[Command]) -> int:
        """Until `stopping` is set; returns 0, or the code of a part that could not start."""
        code = 0
        try:
            self._children = [_Child(c, self._spawn(c), time.monotonic()) for c in commands]
            while not self.stopping and not code:
                time.sleep(LOOK_SECONDS)
                if self.beside():
                    self._excuse()
                code = self._look()
        finally:
            self._end_all()
        return code

    def _spawn(self, command: Command) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            command.arguments, env=dict(self.environment), stdin=subprocess.DEVNULL,
            preexec_fn=lifeline(),  # noqa: PLW1509 - this process has one thread
        )  # fmt: skip

    def _excuse(self) -> None:
        for child in self._children:
            child.lives += 1

    def _look(self) -> int:
        """Start again what ended; returns a code when a part never came up."""
        now = time.monotonic()
        for child in self._children:
            code = child.process.poll()
            if code is None or self.stopping:
                continue
            if child.lives == 1 and code > 0 and now - child.started < STEADY_AFTER:
                log.error("up.did_not_start", part=child.command.name, code=code)
                return code
            if not child.start_again_at:
                pause = child.pause(now)
                log.error("up.ended", part=child.command.name, code=code, again_in=pause)
                child.start_again_at = now + pause
            if now >= child.start_again_at:
                child.process = self._spawn(child.command)
                child.started, child.start_again_at = now, 0.0
                child.lives += 1
        return 0

    def _end_all(self) -> None:
        for child in self._children:
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + FINISH_SECONDS
        for child in self._children:
            while child.process.poll() is None and time.monotonic() < deadline:
                time.sleep(LOOK_SECONDS)
            if child.process.poll() is None:
                log.error("up.killed", part=child.command.name)
                child.process.kill()
                child.process.wait()
