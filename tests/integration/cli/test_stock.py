"""What is in stock, and whose word counts, from the command line."""

import pytest

from tests.integration.cli.conftest import Run, RunJson
from tests.integration.inventory.test_stock_ledger import count, level
from tests.support.paper_house import PaperHouse
from tests.support.paper_stock import counter, say


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """As somebody who works for one of several companies."""
    monkeypatch.setenv("CROSSDOCK_COMPANY", "1")
    return run


def test_sources_are_seen_and_one_of_them_counts(
    house: PaperHouse, run: Run, run_json: RunJson
) -> None:
    say(house, counter(house, "odoo"), level(-4), level(7, sku="B"))
    say(house, counter(house, "hall"), count(8))
    page = run("stock", "list").stdout
    assert "odoo:WH speaks of 2 SKUs and no location names it" in page
    made = run("stock", "location", "set", "main", "--erp", "odoo:WH", "--warehouse", "hall")
    assert made.exit_code == 4
    assert "say which one counts" in made.stderr
    arguments = ["stock", "location", "set", "main", "--erp", "odoo:WH", "--warehouse", "hall"]
    assert run(*arguments, "--goes-by", "erp").exit_code == 0
    assert [(p["sku"], p["amount"]) for p in run_json("stock", "list")] == [("A", "-4"), ("B", "7")]
    shown = run("stock", "show", "A").stdout
    assert "available where it counts: 0 EA" in shown
    assert {p["connection"]: p["counts"] for p in run_json("stock", "show", "A")} == {
        "odoo": True, "hall": False,
    }  # fmt: skip


def test_a_switch_shows_what_will_count_differently(house: PaperHouse, run: Run) -> None:
    say(house, counter(house, "odoo"), level(10))
    say(house, counter(house, "hall"), count(8))
    run("stock", "location", "set", "main", "--erp", "odoo:WH")
    asked = run("stock", "location", "set", "main", "--warehouse", "hall", "--goes-by", "warehouse")
    assert asked.exit_code == 4
    assert "add --yes" in asked.stderr
    switch = ["--goes-by", "warehouse"]
    assert run("stock", "location", "set", "main", "--warehouse", "hall").exit_code == 0
    asked = run("stock", "location", "set", "main", *switch)
    assert "1 SKU will count differently" in asked.stderr
    assert "A: ERP 10, warehouse 8" in asked.stderr
    assert run("stock", "location", "set", "main", *switch, "--yes").exit_code == 0
    assert "available where it counts: 8 EA" in run("stock", "show", "A").stdout


def test_names_nobody_knows_are_answered_with_those_there_are(house: PaperHouse, run: Run) -> None:
    counter(house, "odoo")
    assert run("stock", "show", "NOTHING").exit_code == 3
    run("stock", "location", "set", "main", "--erp", "odoo:WH")
    missing = run("stock", "location", "remove", "annex", "--yes")
    assert missing.exit_code == 3
    assert "there are: main" in missing.stderr
    assert run("stock", "location", "set", "x", "--erp", "odoo").exit_code == 4
    gone = run("stock", "location", "remove", "main", "--yes")
    assert gone.stdout == "removed: main\n"
    assert "no locations" in run("stock", "location", "list").stdout


def test_a_back_test_says_which_buffers_cost_more(run: Run, run_json: RunJson) -> None:
    told = run_json("stock", "backtest", "--seeds", 2)
    assert told["seeds"] == [1000, 1001]
    assert set(told["outcomes"]) >= {"lag-aware", "buffer 2", "hold back 10 %"}
    assert not set(told["better_than_lag_aware"]) & set(told["worse_than_lag_aware"])
    page = run("stock", "backtest", "--seeds", 2).stdout
    assert "worse on both" in page
    assert "over histories 1000 to 1001" in page
