"""What is generated says what the code says."""

import shutil
from pathlib import Path

import pytest

from scripts.lib.reference import benchmark, help_text, markdown, pages, pictures


def test_nothing_is_stale() -> None:
    names = [str(path.relative_to(pages.ROOT)) for path in pages.stale()]
    assert names == [], "run scripts/docs and commit what it writes"


def test_a_changed_page_is_stale_and_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(pages.ROOT / "docs", root / "docs")
    shutil.copy(pages.ROOT / "README.md", root)
    reference = root / "docs" / "reference"
    monkeypatch.setattr(pages, "ROOT", root)
    monkeypatch.setattr(pages, "REFERENCE", reference)
    monkeypatch.setattr(pages, "PICTURES", root / "docs" / "pictures")
    pages.write()
    page, surplus = reference / "events.md", reference / "schemas" / "Gone.schema.json"
    page.write_text(page.read_text("utf-8").replace("order.held", "order.kept"), "utf-8")
    surplus.write_text("{}", "utf-8")
    assert pages.stale() == [page, surplus]
    pages.write()
    assert pages.stale() == []
    assert "sales_order.held" in page.read_text("utf-8")
    assert not surplus.exists()


def test_a_page_without_its_markers_is_named() -> None:
    with pytest.raises(markdown.NoSuchBlock, match="figures"):
        markdown.with_block("# No markers", "figures", "…")


def test_a_picture_in_an_unknown_colour_is_refused() -> None:
    assert pictures.dark('fill="#FFFFFF"') == 'fill="#0d1117"'
    with pytest.raises(pictures.UnknownColour, match="#123456"):
        pictures.dark('fill="#123456"')


def test_help_becomes_markdown() -> None:
    options = "  [bold]--as x[/]  meaning\n\n  [bold]--as y[/]  other"
    text = f"Do it.\n\n{options}\n\nExamples:\n\n  one\n\n  two\n    more"
    assert help_text.markdown(text) == (
        "Do it.\n\n- `--as x`: meaning\n- `--as y`: other\n\n```sh\none\ntwo \\\n    more\n```"
    )


def test_figures_come_from_the_committed_result(tmp_path: Path) -> None:
    result = tmp_path / "benchmark.json"
    assert benchmark.NONE_YET in benchmark.page_text(benchmark.read(result))
    result.write_text(
        '{"machine": {"cores": 2}, "results": [{"name": "ingest", "metric": "acknowledged",'
        ' "value": 9876.5, "unit": "requests/s", "baseline": "one commit each",'
        ' "baseline_value": 5000, "ratio": 1.98, "aim": "≥ 8,000"}]}',
        encoding="utf-8",
    )
    page = benchmark.page_text(benchmark.read(result))
    assert "cores 2" in page
    row = "| **9,876** requests/s | one commit each: 5,000 | 1.98 × | ≥ 8,000 |"
    assert f"| ingest | acknowledged {row}" in page
