"""Every relative link in the documentation leads to something that exists."""

from pathlib import Path

import pytest

from tests.unit.docs.markdown_files import (
    ROOT,
    broken_links,
    links,
    markdown_files,
    missing_files,
)


@pytest.mark.parametrize("page", markdown_files(), ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", markdown_files(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_files_it_names_exist(page: Path) -> None:
    assert missing_files(page) == []


def test_a_missing_file_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`engine/deliver.py`, `engine/gone.py`, `docs/gone/`", encoding="utf-8")
    assert missing_files(page) == ["engine/gone.py", "docs/gone/"]


def test_pages_are_found() -> None:
    names = {page.name for page in markdown_files()}
    assert {"README.md", "CHANGELOG.md", "glossary.md", "first-order.md"} <= names


def test_every_page_is_linked_to() -> None:
    """A page nobody links to is a page nobody reads."""
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in markdown_files()
        for link in links(page.read_text("utf-8"))
        if link.partition("#")[0] and ":" not in link
    }
    orphans = [p.name for p in markdown_files() if p.resolve() not in linked and p.parent != ROOT]
    assert orphans == []


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("[a](there.md)", []),
        ("[a](gone.md)", ["gone.md"]),
        ("[a](there.md#a-title-here)", []),
        ("[a](there.md#another)", ["there.md#another"]),
        ('<img src="gone.svg">', ["gone.svg"]),
        ("[a](https://example.org/gone.md)", []),
        ("`[a](gone.md)`", []),
        ("```\n[a](gone.md)\n```", []),
    ],
)
def test_a_broken_link_is_found(tmp_path: Path, text: str, broken: list[str]) -> None:
    (tmp_path / "there.md").write_text("# A title, here\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    assert broken_links(page) == broken
