"""No file of the repository names a package registry's host or a path of somebody's machine."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.docs.markdown_files import ROOT

# Marked, so that this file does not name them either.
REGISTRIES = tuple(
    name.replace("%", "")
    for name in (
        "py%pi.org", "python%hosted.org", "npm%js.org", "npm%js.com", "yarn%pkg.com", "docker%.io",
        "ghcr%.io", "quay%.io", "deb.debian%.org", "conda.anaconda%.org",
    )
)  # fmt: skip
MACHINE_PATHS = ("work", "root", "home", "Users", "mnt", "workspace")
_MACHINE_PATH = r"(?<![\w.~/$}-])/(?:" + "|".join(MACHINE_PATHS) + r")/[\w.-]"
FORBIDDEN = re.compile("|".join([*map(re.escape, REGISTRIES), _MACHINE_PATH]))
NOT_TEXT = {".png", ".ico", ".woff2", ".gz", ".zip"}


def named(text: str) -> list[str]:
    """What a text should not name."""
    return FORBIDDEN.findall(text)


def repository_files() -> list[Path]:
    """What is, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the repository is not known")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and Path(name).suffix not in NOT_TEXT]


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = {
        str(path.relative_to(ROOT)): hits
        for path in repository_files()
        if path.is_file() and (hits := named(path.read_text("utf-8", errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [f"see https://{REGISTRIES[0]}/x", *(f"({'/'}{folder}/x)" for folder in MACHINE_PATHS)],
)
def test_such_a_text_is_found(text: str) -> None:
    assert named(text)


@pytest.mark.parametrize(
    "text", ["/var/lib/crossdock", "docs/work/x", "https://example.org/home/x", "/run/secrets/key"]
)
def test_other_texts_are_not(text: str) -> None:
    assert not named(text)
