import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crossdock.cli import children as module
from crossdock.cli.children import Children, Command
from crossdock.cli.errors import Refused
from crossdock.cli.taken_port import require_free

SECONDS = 30
ONE_LINE = "import sys; open(sys.argv[1], 'a').write('lived\\n')"
FOR_EVER = "import sys, time; open(sys.argv[1], 'a').write('lived\\n'); time.sleep(600)"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(module, "PAUSE_FIRST", 0.02)
    monkeypatch.setattr(module, "PAUSE_LAST", 0.05)


def part(program: str, file: Path) -> Command:
    return Command("part", (sys.executable, "-c", program, str(file)))


def lives(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def wait_until_lived(file: Path, times: int) -> None:
    deadline = time.monotonic() + SECONDS
    while lives(file) < times:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_ends_by_itself_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEADY_AFTER", 0.0)
    file = tmp_path / "lives"
    children = Children(os.environ)
    codes: list[int] = []
    runner = threading.Thread(target=lambda: codes.append(children.run([part(ONE_LINE, file)])))
    runner.start()
    wait_until_lived(file, 3)
    children.stopping = True
    runner.join(SECONDS)
    assert codes == [0]


def test_what_is_killed_is_started_again_at_any_age(tmp_path: Path) -> None:
    file = tmp_path / "lives"
    children = Children(os.environ)
    codes: list[int] = []
    killed = part(ONE_LINE + "; import os; os.kill(os.getpid(), 9)", file)
    runner = threading.Thread(target=lambda: codes.append(children.run([killed])))
    runner.start()
    wait_until_lived(file, 3)
    children.stopping = True
    runner.join(SECONDS)
    assert codes == [0]


@pytest.mark.parametrize(("steady_after", "quickly"), [(0.0, 4), (60.0, 2)])
def test_only_short_lives_in_a_row_make_the_pause_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steady_after: float, quickly: int
) -> None:
    """The first restart is made at once; `quickly`: lives before anybody has to wait."""
    monkeypatch.setattr(module, "STEADY_AFTER", steady_after)
    monkeypatch.setattr(module, "PAUSE_FIRST", 600.0)
    monkeypatch.setattr(module, "PAUSE_LAST", 600.0)
    file = tmp_path / "lives"
    children = Children(os.environ)
    killed = part(ONE_LINE + "; import os; os.kill(os.getpid(), 9)", file)
    runner = threading.Thread(target=lambda: children.run([killed]))
    runner.start()
    wait_until_lived(file, quickly)
    if steady_after:
        time.sleep(0.5)
        assert lives(file) == quickly
    children.stopping = True
    runner.join(SECONDS)


def test_what_never_comes_up_ends_everything(tmp_path: Path) -> None:
    steady, broken = tmp_path / "steady", tmp_path / "nowhere" / "file"
    children = Children(os.environ)
    code = children.run([part(FOR_EVER, steady), part(ONE_LINE, broken)])
    assert code == 1
    assert lives(broken) == 0


def test_what_could_not_start_because_of_something_mended_is_started_again(tmp_path: Path) -> None:
    file = tmp_path / "lives"
    children = Children(os.environ, beside=lambda: True)
    codes: list[int] = []
    failing = part(ONE_LINE + "; sys.exit(5)", file)
    runner = threading.Thread(target=lambda: codes.append(children.run([failing])))
    runner.start()
    wait_until_lived(file, 3)
    children.stopping = True
    runner.join(SECONDS)
    assert codes == [0]


PARENT = """
import os, sys
from crossdock.cli.children import Children, Command
program = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
Children(os.environ).run([Command("part", (sys.executable, "-c", program, sys.argv[1]))])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there the kernel sees to it")
def test_parts_end_when_what_started_them_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", PARENT, str(file)]) as parent:
        wait_until_lived(file, 1)
        parent.kill()
    child = Path("/proc") / file.read_text().strip()
    deadline = time.monotonic() + SECONDS
    while child.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_port_that_is_taken_is_said_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match="another program listens"):
            require_free("127.0.0.1", port)
        words = ["-c", "import time; time.sleep(600)", "crossdock.api.server", "--port", str(port)]
        with subprocess.Popen([sys.executable, *words]) as ours:
            try:
                while str(port).encode() not in Path(f"/proc/{ours.pid}/cmdline").read_bytes():
                    assert ours.poll() is None
                with pytest.raises(Refused, match=f"kill {ours.pid}`"):
                    require_free("127.0.0.1", port)
            finally:
                ours.kill()
    require_free("127.0.0.1", port)
