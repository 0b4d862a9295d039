import json
from pathlib import Path

import psycopg
import pytest

from crossdock.bootstrap import open_deployment
from crossdock.engine.store import Store
from crossdock.governance.api_keys import KeyRefused, verify_key
from tests.integration.cli.conftest import FACTORIES, Run, RunJson
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


@pytest.fixture
def one_company(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("DELETE FROM crossdock.company WHERE company_id = 2")


def test_migrate_makes_schema_and_first_company(
    blank_database: str, run_json: RunJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", blank_database)
    for _ in range(2):
        made = run_json("migrate", "--company", "Demo Ltd")
        assert made["companies"] == [{"company_id": 1, "code": "main", "name": "Demo Ltd"}]
    assert run_json("status")["connections"] == []


def test_keys_are_made_listed_and_revoked(
    one_company: None, run: Run, run_json: RunJson, store: Store
) -> None:
    made = run_json("keys", "create", "portal", "--role", "integration", "--days", 30)
    with store.transaction() as tx:
        assert verify_key(tx, made["key"], store.clock().now()).name == "portal"
    [listed] = run_json("keys", "list")
    assert (listed["key_id"], listed["state"]) == (made["key_id"], "active")
    assert made["key"] not in json.dumps(run_json("audit", "list"))
    assert run("keys", "revoke", made["key_id"]).exit_code == 4
    assert run("keys", "revoke", made["key_id"], "--yes").exit_code == 0
    with store.transaction() as tx, pytest.raises(KeyRefused, match="revoked"):
        verify_key(tx, made["key"], store.clock().now())
    plain = run("keys", "create", "anna", "--person", "-r", "order_desk")
    assert plain.stdout.startswith("cdk_")
    assert plain.stdout.count("\n") == 1


def test_several_companies_must_be_told_apart(run: Run) -> None:
    result = run("keys", "create", "portal", "-r", "service")
    assert result.exit_code == 4
    assert "add --company with one of 1 (Company one), 2 (Company two)" in result.stderr
    assert run("keys", "create", "portal", "-r", "service", "--company", 3).exit_code == 3


def test_a_connection_is_added_changed_paused_and_resumed(
    one_company: None, run: Run, run_json: RunJson
) -> None:
    assert run("connections", "add", "odoo", "--system", "paper_erp").exit_code == 0
    assert run("connections", "add", "shop", "--set", "erp=odoo").exit_code == 4
    added = run("connections", "add", "shop", "-s", "paper_shop", "--set", "erp=odoo")
    assert added.exit_code == 0, added.output
    add = ("connections", "add", "shop")
    shown = run_json("connections", "show", "shop")
    assert (shown["settings"]["erp"], shown["settings"]["test_orders"]) == ("odoo", "reject")
    assert "(default)" in run("connections", "show", "shop").stdout
    unasked = run(*add, "--set", "test_orders=accept")
    assert unasked.exit_code == 4
    assert "reject → accept" in unasked.stderr
    assert run(*add, "--set", "test_orders=accept", "--yes").exit_code == 0
    settings = run_json("connections", "show", "shop")["settings"]
    assert (settings["erp"], settings["test_orders"]) == ("odoo", "accept")
    for command, paused in (("pause", True), ("resume", False)):
        assert run("connections", command, "shop").exit_code == 0
        assert [c["paused"] for c in run_json("connections", "list")] == [False, paused]
    assert [a["action"] for a in run_json("audit", "list")] == [
        "connection.resume",
        "connection.pause",
        "connection.change",
        "connection.add",
        "connection.add",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["Shop!", "-s", "paper_shop"], 2, "a-z, 0-9 and _"),
        (["shop", "-s", "paper_shop", "--set", "colour=red"], 4, "has no setting 'colour'"),
        (["shop", "-s", "paper_shop", "--set", "test_orders=maybe"], 4, "one of reject, accept"),
        (["shop", "-s", "paper_shop", "--set", "total_tolerance=abc"], 4, "'abc': it is an amount"),
        (["shop", "-s", "paper_shop", "--set", "erp=nosuch"], 4, "no such connection (configured:"),
        (["shop", "-s", "paper_shop", "--set", "outage_minutes=x"], 4, "whole number of minutes"),
        (["wms", "-s", "paper_wms", "--set", "cutoffs=noon"], 4, "local times of day"),
        (["wms", "-s", "paper_wms", "--set", "work_days=Mon"], 4, "days of the week"),
        (["wms", "-s", "paper_wms", "--set", "site_time_zone=CET2"], 4, "IANA time zone"),
        (["shop", "-s", "paper_shop", "--set", "noequals"], 2, "NAME=VALUE"),
    ],
)
def test_a_wrong_connection_is_refused_with_words(
    one_company: None, run: Run, arguments: list[str], code: int, words: str
) -> None:
    result = run("connections", "add", *arguments)
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())


def test_the_value_of_a_secret_is_refused_and_not_repeated(one_company: None, run: Run) -> None:
    arguments = ("connections", "add", "shop", "-s", "paper_shop", "--secret", "key=hunter2hunter2")
    result = run(*arguments)
    assert result.exit_code == 4
    assert "env:VARIABLE or file:PATH" in result.stderr
    assert "hunter2" not in result.output


def test_check_reports_each_finding_and_fails_when_one_failed(
    one_company: None, run: Run, run_json: RunJson, database: str
) -> None:
    run("connections", "add", "shop", "-s", "paper_erp")
    assert run_json("connections", "check")[0]["results"][0]["verdict"] == "warning"
    with psycopg.connect(database) as owner:
        owner.execute('UPDATE crossdock.connection SET secrets = \'{"k": ["env:NOT_SET_HERE"]}\'')
    result = run("connections", "check", "shop")
    assert result.exit_code == 1
    assert "NOT_SET_HERE" in result.stdout


def test_a_check_that_crashes_is_a_failed_check(
    one_company: None, run: Run, run_json: RunJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise TypeError("naive and aware")

    run("connections", "add", "erp", "-s", "paper_erp")
    monkeypatch.setitem(FACTORIES, "paper_erp", crash)
    result = run("connections", "check", "--json")
    assert result.exit_code == 1
    [found] = json.loads(result.stdout)
    assert (found["failed"], found["results"][0]["finding"]) == (True, "TypeError: naive and aware")


def test_check_names_a_setting_that_leads_nowhere(one_company: None, run: Run) -> None:
    run("connections", "add", "shop", "-s", "paper_shop")
    result = run("connections", "check", "shop")
    assert result.exit_code == 1
    assert "setting 'erp' names 'odoo'" in " ".join(result.stdout.split())


def test_a_connection_without_a_trace_is_removed_and_another_is_not(
    house: PaperHouse, run: Run, run_json: RunJson
) -> None:
    assert run("connections", "add", "trial", "-s", "paper_erp", "--company", 1).exit_code == 0
    unasked = run("connections", "remove", "trial")
    assert unasked.exit_code == 4
    assert "0 mappings" in unasked.stderr
    assert run("connections", "remove", "trial", "--yes", "--why", "was a trial").exit_code == 0
    assert run("connections", "remove", "trial", "--yes").exit_code == 3
    house.arrive(order_body(1))
    refused = run("connections", "remove", "shop", "--yes")
    assert (refused.exit_code, "1 messages" in refused.stderr) == (4, True)
    assert run("connections", "remove", "erp", "--yes").exit_code == 0
    assert house.rows("SELECT 1 FROM stream") == []
    assert "erp" not in {c["name"] for c in run_json("connections", "list")}


def test_one_bad_connection_stops_no_other(
    house: PaperHouse, run: Run, run_json: RunJson, database: str
) -> None:
    house.arrive(order_body(1))
    house.settle()
    broken = """UPDATE connection SET secrets = '{"k": ["env:NOT_SET_HERE"]}' WHERE name = 'wms'"""
    house.rows(f"{broken} RETURNING 1")
    result = run("replay", 1, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "warning: wms is left out: secret env:NOT_SET_HERE" in result.stderr
    with open_deployment(database, size=2, lasting=True) as deployment:
        assert {"erp", "shop"} <= set(deployment.registry.names())
        assert set(deployment.registry.left_out) == {"wms"}
    assert "wms is left out" in " ".join(run("status").stdout.split())
    assert "wms is left out" in " ".join(run("connections", "list").stdout.split())
    house.rows("UPDATE connection SET secrets = '{}' RETURNING 1")
    with open_deployment(database, size=2, lasting=True) as deployment:
        assert not deployment.registry.left_out
    assert {c["left_out"] for c in run_json("connections", "list")} == {None}


def test_what_needs_a_connection_that_was_left_out_waits_however_often(house: PaperHouse) -> None:
    left = house.registry.attached.pop(house.erp.connection.connection_id)
    house.registry.left_out["erp"] = "no secret"
    house.arrive(order_body(1))
    for _ in range(7):
        house.applier().apply_once()
        [row] = house.rows("SELECT state, end_code, end_detail, attempts FROM message")
        assert (row.state, row.attempts) == ("waiting", 1)
        house.rows("UPDATE message SET ready_at = now() RETURNING 1")
    house.registry.attached[left.connection.connection_id] = left
    house.registry.left_out.clear()
    house.settle()
    assert house.status() == "confirmed"


def test_schemas_and_audit(one_company: None, run: Run, run_json: RunJson, tmp_path: Path) -> None:
    files = [Path(f) for f in run_json("schema", "export", tmp_path)]
    assert {f.name for f in files} >= {"SalesOrder.schema.json", "OrderResponse.schema.json"}
    run("keys", "create", "portal", "-r", "service")
    verdict = run_json("audit", "verify")
    assert verdict["ok"]
    head = verdict["chains"][0]["head"]
    assert run("audit", "verify", "--head", f"{head['sequence']}:{head['hash']}").exit_code == 0
    assert run("audit", "verify", "--head", f"{head['sequence']}:{'0' * 64}").exit_code == 1


def test_the_ownership_of_the_real_connectors_has_no_conflict(run: Run) -> None:
    result = run("ownership", "show", "--json")
    assert result.exit_code == 0, result.output
    assert {"field", "owner", "declared_by"} == set(json.loads(result.stdout)[0])
