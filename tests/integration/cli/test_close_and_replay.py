"""`crossdock close` and `crossdock replay` of a window, as a person and as a script use them."""

import random
from datetime import timedelta

import pytest

from crossdock.engine.breaker import FAILURES_TO_OPEN, failed
from tests.integration.cli.conftest import Run, RunJson
from tests.support.paper_connectors import PaperShop, order_body
from tests.support.paper_house import PaperHouse


def a_day(house: PaperHouse) -> None:
    house.arrive(order_body(1), order_body(1), order_body(2, sku="NEW"))
    house.settle()


def test_a_close_is_shown_kept_and_shown_again(
    house: PaperHouse, run: Run, run_json: RunJson
) -> None:
    a_day(house)
    today = f"{house.clock.now():%Y-%m-%d}"
    found = run_json("close")
    assert (found["difference"], found["repeated"]) == (0, False)
    shop = next(a for a in found["close"]["accounts"] if a["connection"] == "shop")
    messages = shop["messages"]
    assert messages["arrivals"] == messages["ended"] + messages["open"]
    assert messages["repeats"] == 1
    owners = {i["work_key"]: i["owner"] for i in found["close"]["open"]}
    assert owners["shop:order:2"] == "order_desk"
    page = run("close", "--date", today)
    assert page.exit_code == 0
    assert "difference 0" in page.stdout
    assert "order_desk" in page.stdout
    assert "unchanged since" in page.stdout
    shown = run_json("close", "--date", today, "--show")
    assert shown["run_id"] == found["run_id"]
    assert [a["action"] for a in run_json("audit", "list")] == ["day.close"]


def test_a_difference_is_the_exit_code(house: PaperHouse, run: Run) -> None:
    a_day(house)
    house.rows("UPDATE hold SET closed_at = now() WHERE code = 'unknown_sku' RETURNING 1")
    result = run("close")
    assert result.exit_code == 1
    assert "1 difference" in result.stdout
    assert "ownerless" in result.stdout
    assert "nobody" in result.stdout


def test_what_was_not_closed_cannot_be_shown(house: PaperHouse, run: Run) -> None:
    result = run("close", "--date", "2026-01-01", "--show")
    assert (result.exit_code, "was not closed" in result.stderr) == (3, True)
    assert run("close", "--date", "yesterday").exit_code == 2
    assert run("close", "--date", "").exit_code == 2
    assert run("close", "--connection", "nobody").exit_code == 3


@pytest.mark.parametrize("day", ["0001-01-01", "2099-01-01", "9999-12-31"])
def test_a_day_that_was_not_is_not_closed(house: PaperHouse, run: Run, day: str) -> None:
    house.rows(
        "UPDATE connection SET settings = settings || %(zone)s::jsonb RETURNING 1",
        zone='{"time_zone": "Asia/Tokyo"}',
    )
    result = run("close", "--date", day)
    assert (result.exit_code, "cannot be closed" in result.stderr) == (4, True)
    assert house.rows("SELECT 1 FROM close_run") == []


def test_a_window_without_a_state_asks_nobody_again(
    house: PaperHouse, run: Run, run_json: RunJson
) -> None:
    a_day(house)
    found = run_json("replay", "--since", "2026-01-01", "--yes")
    assert (found["replayed"] > 1, found["peoples"]) == (True, 1)
    house.settle()
    assert (house.held(), house.message_states()) == (["unknown_sku"], ["done", "held"])
    page = run("replay", "--since", "2026-01-01", "--dry-run").stdout
    assert "1, asked of people or answered by them" in page


def test_a_window_is_counted_asked_about_and_replayed(
    house: PaperHouse, run: Run, run_json: RunJson
) -> None:
    a_day(house)
    house.settle()
    house.rows("UPDATE projection_key SET key = 'sku:NEW' WHERE key = 'sku:A-1' RETURNING 1")
    window = ["--since", "2026-01-01", "--connection", "shop", "--state", "held"]
    dry = run_json("replay", *window, "--dry-run")
    assert (dry["messages"], dry["effects"], dry["new_effects"]) == (1, 1, 1)
    [change] = dry["changes"]
    assert (change["change"], change["work_key"]) == ("new effects", "shop:order:2")
    page = run("replay", *window, "--dry-run").stdout
    assert "0 no change, 0 state change, 1 new effects; 1 new effect on outside systems" in page
    assert "held → done" in page
    refused = run("replay", *window)
    assert refused.exit_code == 4
    assert "connection shop, state held" in refused.stderr
    assert house.message_states().count("held") == 1
    assert run_json("replay", *window, "--yes")["replayed"] == 1
    assert house.message_states().count("waiting") == 1


def test_a_window_and_a_message_are_two_things(house: PaperHouse, run: Run) -> None:
    assert run("replay").exit_code == 2
    assert run("replay", 1, "--since", "2026-01-01").exit_code == 2
    assert run("replay", "--since", "soon").exit_code == 2
    assert run("replay", "--since", "").exit_code == 2
    assert run("replay", "--until", "0001-01-01T00:00+14:00").exit_code == 2
    assert run("replay", "--connection", "nobody", "--dry-run").exit_code == 3


def test_a_window_may_be_empty(house: PaperHouse, run: Run) -> None:
    until = (house.clock.now() - timedelta(days=1)).isoformat()
    result = run("replay", "--until", until)
    assert (result.exit_code, result.stdout) == (0, "0 messages are in line again\n")


def test_a_connection_that_is_down_shows(house: PaperHouse, run: Run, run_json: RunJson) -> None:
    now = house.clock.now()
    with house.store.transaction() as tx:
        for _ in range(FAILURES_TO_OPEN):
            failed(tx, house.registry.by_name("erp"), "connection refused", now, random.Random(1),
                   probing=False)  # fmt: skip
    assert "erp down for" in run("status").stdout
    reasons = {c["name"]: c["down_reason"] for c in run_json("connections", "list")}
    assert (reasons["erp"], reasons["shop"]) == ("connection refused", None)
    assert "down" in run("connections", "list").stdout
    assert "connection refused" in run("connections", "show", "erp").stdout


def test_a_replay_that_would_end_dead_again_is_refused(
    house: PaperHouse, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(PaperShop, "translate", crash)
    house.arrive(order_body(1))
    house.settle()
    result = run("replay", 1, "--yes")
    assert result.exit_code == 4, result.output
    assert "would end dead again" in result.stderr
    assert "Traceback" not in result.output
    assert "locals" not in result.output
