"""Every command teaches: what it does, and an example."""

from collections.abc import Iterator

import pytest
import typer

from crossdock.cli.errors import EXIT_CODES
from crossdock.cli.main import app
from tests.integration.cli.conftest import Run

COMMAND = typer.main.get_command(app)


def leaves(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    if not children:
        yield path
        return
    for name, child in children.items():
        yield from leaves(child, (*path, name))


PATHS = sorted(leaves(COMMAND))
WITHOUT_JSON = {
    ("up",), ("worker",), ("companies", "add"), ("connections", "add"), ("connections", "pause"),
    ("connections", "resume"), ("database", "start"), ("database", "stop"), ("keys", "revoke"),
    ("map", "remove"), ("connections", "remove"), ("stock", "location", "set"),
    ("stock", "location", "remove"),
}  # fmt: skip
"""Commands that print one line, or run for ever."""


def test_the_commands_of_the_plan_are_there() -> None:
    wanted = """up · worker · migrate · status · replay · connections check · connections add
        · connections list · connections show · connections pause · connections resume
        · connections maintain · orders list · orders show · orders timeline · holds list
        · holds release · messages list · messages show · map sku · map unit · map customer
        · keys create · keys list · keys revoke · ownership show · events list · schema export"""
    assert {tuple(part.split()) for part in wanted.split("·")} <= set(PATHS)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_teaches_with_an_example(run: Run, path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert f"crossdock {' '.join(path)}" in " ".join(result.stdout.split())
    assert ("--json" in result.stdout) is (path not in WITHOUT_JSON)


def test_exit_codes_are_documented(run: Run) -> None:
    words = " ".join(run("--help").stdout.split())
    for code, meaning in EXIT_CODES.items():
        assert f"{code} {meaning}" in words


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout.strip() == "0.1.0"
