"""`crossdock backup` and `crossdock restore`, as a person runs them."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run, RunJson
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


@pytest.fixture
def saved(house: PaperHouse, run_json: RunJson, tmp_path: Path) -> Path:
    house.arrive(order_body(1))
    house.applier().apply_once()
    return Path(run_json("backup", tmp_path)["file"])


def test_a_restore_says_what_it_will_do_and_waits_for_a_yes(run: Run, saved: Path) -> None:
    asked = run("restore", saved)
    assert asked.exit_code == 4
    assert "in one transaction, and compare" in asked.stderr
    assert "add --yes" in asked.stderr


def test_it_goes_into_an_empty_database_only(run: Run, saved: Path) -> None:
    refused = run("restore", saved, "--yes")
    assert refused.exit_code == 4
    assert "the database is not empty" in refused.stderr
    assert "CROSSDOCK_DATABASE_URL" in refused.stderr


def test_it_prints_its_minutes_and_status_says_where_it_stands(
    run: Run, run_json: RunJson, saved: Path, blank_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", blank_database)
    done = run("restore", saved, "--yes")
    assert done.exit_code == 0, done.output
    for line in ("put the rows in", "in all", "1 effect", "start the workers"):
        assert line in done.stdout
    assert "catching up" in (page := " ".join(run("status").stdout.split()))
    assert "not yet: annex, erp partners" in page
    standing = run_json("status")["restoration"]
    assert (standing["epoch"], standing["restored_by"], standing["caught_up_at"]) == (
        1, "anna", None,
    )  # fmt: skip


def test_nothing_is_overwritten_and_a_strange_file_is_refused(
    run: Run, saved: Path, tmp_path: Path
) -> None:
    again = run("backup", saved)
    assert (again.exit_code, "overwrites nothing" in again.stderr) == (4, True)
    strange = tmp_path / "letter.txt"
    strange.write_text("Dear customer", encoding="utf-8")
    for file, reason in ((strange, "is no backup of Crossdock"), (tmp_path / "none", "No such")):
        refused = run("restore", file, "--yes")
        assert (refused.exit_code, reason in refused.stderr) == (4, True), refused.output
