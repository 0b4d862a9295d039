"""What is generated says what the code says."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossdock.rehearsal.bench.cases import Declared
from scripts.lib.reference import help_text, markdown, pages, performance, pictures


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


MOMENT = {"commit": "abc1234+", "date": "2026-03-01", "load_before": [0.1, 0.2, 0.3]}
RECORD: dict[str, Any] = {
    "machine": {"cores": 2, "system": "Linux"},
    "results": [
        {
            "name": "ingest", "metric": "acknowledged", "value": 9876.5, "unit": "1/s",
            "baseline": "one commit each", "baseline_value": 5000, "ratio": 1.9753,
            "interval": [1.8021, 2.1234], "aim": "at least 9900", "met": False,
        },
        {"name": "ingest", "metric": "p99", "value": 63.01660799999809, "unit": "ms"},
        {
            "name": "recovery", "metric": "killed", "value": 3.9, "unit": "s", "baseline": "ended",
            "baseline_value": 3.8, "ratio": 1.026, "limit": "at most 3 ×",
        },
    ],
    "paired": [
        {
            "name": "growth", "metric": "cost of an order", "baseline": "10,000 messages",
            "ratio": 1.0412, "interval": [0.9812, 1.1049], "pairs": 7, "limit": 1.3015,
            "better": "lower", "recorded": MOMENT,
        }
    ],
}  # fmt: skip


def test_figures_come_from_the_committed_result(tmp_path: Path) -> None:
    result = tmp_path / "benchmark.json"
    assert performance.NONE_YET in performance.page_text(performance.read(result))
    result.write_text(json.dumps(RECORD), encoding="utf-8")
    page = performance.page_text(performance.read(result))
    assert "cores 2, system Linux." in page
    assert "| growth | held ratio | abc1234+ | 2026-03-01 | 0.1 / 0.2 / 0.3 |" in page
    assert "| ingest | figure | not noted |" in page
    row = (
        "| **9,876** 1/s | one commit each: 5,000 | 1.98 × | 1.8 to 2.12 | at least 9900 | **no** |"
    )
    assert f"| ingest | acknowledged {row}" in page
    assert "| ingest | p99 | **63** ms |  |  |  |  |  |" in page
    held = "| 10,000 messages | 7 | 1.04 × | 0.981 to 1.1 | at most 1.3 × |"
    assert f"| growth | cost of an order {held}" in page
    assert "| recovery | killed | ended | 1 | 1.03 × |  | at most 3 × |" in page
    assert "p99" not in performance.figures(performance.read(result)), "it has no aim"


def test_rows_that_no_benchmark_gives_disappear_and_those_without_a_record_are_named() -> None:
    rows = [dict(r, baseline=r.get("baseline", "")) for r in RECORD["results"]]
    given = Declared(
        [("recovery", "killed", "ended"), ("footprint", "memory at rest", "bare Pythons")],
        [("growth", "cost of an order", "10,000 messages"), ("scale", "orders", "1 worker")],
    )
    now = performance.current({**RECORD, "results": rows}, given)
    page = performance.page_text(now)
    figures, _, missing = page.partition("## Not recorded yet")
    missing = missing.partition("## Ratios that are held")[0]
    assert "| recovery | killed |" in figures
    assert "acknowledged" not in page + performance.figures(now), "no benchmark gives it any more"
    assert "| footprint | figure | memory at rest | bare Pythons |" in missing
    assert "| scale | held ratio | orders | 1 worker |" in missing
    assert "recovery" not in missing
    assert "growth" not in missing
    assert "Not recorded yet, wholly or in part: footprint, scale." in performance.figures(now)
    assert performance.current(None, given) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [("8776.5", "8,776"), ("63.01660799999809", "63"), ("2.6999", "2.7"), ("0.38349", "0.383"),
     ("0.0412345", "0.0412"), ("99.96", "100"), ("0", "0")],
)  # fmt: skip
def test_a_figure_has_no_more_digits_than_were_measured(value: str, text: str) -> None:
    assert performance.number(Decimal(value)) == text
