"""The Markdown of the repository: files, links, headings."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_SOURCE = re.compile(r'(?:src|srcset|href)="([^"]+)"')
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def markdown_files(root: Path = ROOT) -> list[Path]:
    """All pages that people read; none of other projects' in the environment."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def links(text: str) -> Iterator[str]:
    """Targets of links and pictures outside of code."""
    prose = _FENCE.sub("", text)
    yield from _SOURCE.findall(prose)
    yield from _LINK.findall(_CODE.sub("code", prose))


def anchors(text: str) -> set[str]:
    """Names by which headings are linked to, as the common renderers make them."""
    return {_anchor(heading) for heading in _HEADING.findall(_FENCE.sub("", text))}


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def broken_links(page: Path) -> list[str]:
    """Relative links of a page that lead nowhere."""
    return [link for link in links(page.read_text("utf-8")) if not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    if not target.exists():
        return False
    return not anchor or anchor in anchors(target.read_text("utf-8"))


_PLACES = ("", "src/crossdock", "tests", "tests/integration/engine")
_PATH = re.compile(r"`((?:[\w-]+/)*[\w-]+\.(?:py|sql)|(?:[\w-]+/)+)`")
_EXAMPLE = re.compile(
    r"^(?:mapping|twin|samples|connectors/acme|tests/contract/acme)/$|^[a-z]+\.py$"
)


def missing_files(page: Path) -> list[str]:
    """Files and folders of ours that a page names and that do not exist."""
    named = _PATH.findall(_FENCE.sub("", page.read_text("utf-8")))
    return [
        name
        for name in named
        if not _EXAMPLE.match(name) and not any((ROOT / place / name).exists() for place in _PLACES)
    ]
