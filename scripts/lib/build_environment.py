"""Build .venv from requirements.lock; run by the machine's own Python, standard library only.

`--is-current` exits 0 when there is nothing to do. A lock file lets concurrent runs wait for
the first one instead of disturbing it.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "crossdock-stamp"
LOG = VENV / "install.log"
LOCK = ROOT / "requirements.lock"
PIP: list[str | Path] = [PYTHON, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]


class SetupFailed(Exception):
    """The environment could not be built: what happened and what to do."""


def wanted_stamp() -> str:
    """Changes with the lock, the project's metadata and the place of the checkout."""
    digest = hashlib.sha256(str(ROOT).encode())
    for file in (LOCK, ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether .venv was built from what is here now."""
    try:
        return STAMP.read_text() == wanted_stamp()
    except OSError:
        return False


def say(text: str) -> None:
    """Progress goes to standard error: standard output belongs to the command itself."""
    print(f"crossdock: {text}", file=sys.stderr, flush=True)


@contextmanager
def only_builder() -> Iterator[None]:
    """Wait for another run that builds the same environment."""
    VENV.mkdir(exist_ok=True)
    descriptor = os.open(VENV / "building.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run builds .venv; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_venv() -> None:
    """Create the virtual environment unless a working one is there."""
    works: list[str | Path] = [
        PYTHON,
        "-I",
        "-c",
        "import pip, sys; sys.exit(sys.version_info < (3, 11))",
    ]
    if PYTHON.exists() and subprocess.run(works, capture_output=True, check=False).returncode == 0:
        return
    for left_over in ("bin", "include", "lib", "lib64"):
        path = VENV / left_over
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
    say(f"creating .venv with Python {sys.version.split()[0]}")
    run_logged([sys.executable, "-I", "-m", "venv", VENV])


def install_lock() -> None:
    """Install every locked package with its hash; the lock is complete, so nothing is resolved."""
    total = len(re.findall(r"^[a-z0-9].*==", LOCK.read_text(), flags=re.MULTILINE))
    say(f"installing the {total} packages of requirements.lock")
    install: list[str | Path] = [
        "install",
        "--require-hashes",
        "--no-deps",
        "--prefer-binary",
        "-r",
        LOCK,
    ]
    run_logged([*PIP, *install], f"of {total} packages")


def install_project() -> None:
    """Install Crossdock itself, editable, with the locked build backend."""
    say("installing crossdock (editable)")
    install: list[str | Path] = [
        "install",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
        "-e",
        ROOT,
    ]
    run_logged([*PIP, *install])


def run_logged(command: list[str | Path], counting: str = "") -> None:
    """Run with its output in .venv/install.log; report every tenth package when counting.

    Raises SetupFailed with the last lines when it fails.
    """
    done = 0
    tail: list[str] = []
    with (
        LOG.open("a") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        for line in process.stdout or ():
            log.write(line)
            tail = [*tail[-14:], line]
            if counting and line.startswith(("Collecting ", "Requirement already satisfied")):
                done += 1
                if done % 10 == 0:
                    say(f"  {done} {counting}")
            elif line.startswith("Installing collected"):
                say("  unpacking")
    if process.returncode:
        raise SetupFailed(
            f"{''.join(tail)}this failed: {' '.join(map(str, command))}\n"
            f"Remedy: check the connection to the package index (pip's own settings apply); "
            f"the whole output is in {LOG}. Deleting .venv begins anew."
        )


def build() -> None:
    """Bring .venv up to date; safe to interrupt and to repeat."""
    started = time.monotonic()
    with only_builder():
        if is_current() and PYTHON.exists():
            return
        STAMP.unlink(missing_ok=True)
        LOG.unlink(missing_ok=True)
        stamp = wanted_stamp()
        make_venv()
        install_lock()
        install_project()
        STAMP.write_text(stamp)
    say(f"environment ready after {time.monotonic() - started:.0f} s")


def main() -> int:
    """Exit code 0: ready."""
    if sys.argv[1:] == ["--is-current"]:
        return 0 if is_current() else 1
    try:
        build()
    except SetupFailed as error:
        say(str(error))
    except PermissionError as error:
        say(f"cannot write {error.filename}. Remedy: use a checkout that this user owns.")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
