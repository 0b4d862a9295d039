"""A file's name says what is behind the door."""

from collections.abc import Iterator
from pathlib import Path

from tests.architecture.finding import Finding

RULE = "name"
VAGUE = {
    "base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils",
}  # fmt: skip


def vague_name(path: Path) -> Iterator[Finding]:
    """Files and folders that are called after nothing."""
    if path.stem in VAGUE:
        yield Finding(path, 1, RULE, f"{path.name}: name it after what it holds")
