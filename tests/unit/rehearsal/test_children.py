"""Rehearsal processes are asked once: a second SIGTERM ends a worker in mid-step."""

from pathlib import Path

from crossdock.rehearsal.children import Child, stop_all, wait_until

COUNTS = """
import signal, sys, time
seen = []
signal.signal(signal.SIGTERM, lambda *_: seen.append(1))
print("ready", flush=True)
while not seen:
    time.sleep(0.02)
time.sleep(float(sys.argv[2]))
open(sys.argv[1], "w").write(str(len(seen)))
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


def test_each_is_asked_once_and_waited_for(tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    took = dict(zip(files, ("1.5", "0.3"), strict=True))
    children = [Child(f.name, ["-c", COUNTS, str(f), took[f]], tmp_path) for f in files]
    for child in children:
        child.start(wait_for_line=20)
    stop_all(children)
    assert [f.read_text() for f in files] == ["1", "1"]


def test_one_that_will_not_end_is_killed(tmp_path: Path) -> None:
    child = Child("deaf", ["-c", DEAF], tmp_path).start(wait_for_line=20)
    stop_all([child], seconds=0.2)
    wait_until(lambda: not child.alive, 5, "the end of the deaf one")
