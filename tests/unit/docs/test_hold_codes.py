"""Each reason for which we hold something stands in the guide for those who work the queue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.docs.markdown_files import ROOT

SOURCE = ROOT / "src" / "crossdock"
GUIDE = ROOT / "docs" / "how-to" / "work-the-hold-queue.md"
MAKERS = {"Problem", "HoldDraft"}


def codes_in(text: str) -> Iterator[str]:
    """Codes of `Problem(code="…")` and `HoldDraft("…")`, as far as they are written out."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id not in MAKERS:
            continue
        given = [k.value for k in node.keywords if k.arg == "code"] or node.args[:1]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def explained(text: str) -> set[str]:
    return set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE))


def used() -> set[str]:
    files: list[Path] = sorted(SOURCE.rglob("*.py"))
    return {code for file in files for code in codes_in(file.read_text("utf-8"))}


def test_every_code_is_explained() -> None:
    assert used() - explained(GUIDE.read_text("utf-8")) == set()


def test_codes_are_found_in_both_spellings() -> None:
    text = 'Problem("a", f)\nHoldDraft(reason=r, code="b")\nHoldDraft(code=x)'
    assert list(codes_in(text)) == ["a", "b"]
    assert len(used()) > 10
