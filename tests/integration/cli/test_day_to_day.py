import json

from crossdock.engine.receive import KeptArrival, identify_arrival, keep
from crossdock.ports.message import Arrival, Source
from tests.integration.cli.conftest import Run, RunJson
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


def test_orders_are_listed_shown_and_told(house: PaperHouse, run: Run, run_json: RunJson) -> None:
    house.arrive(order_body(1, po="PO-4711"), order_body(2, sku="NEW"))
    house.settle()
    assert {o["name"]: o["status"] for o in run_json("orders", "list")} == {
        "#1": "confirmed",
        "#2": "held",
    }
    [held] = run_json("orders", "list", "--status", "held")
    assert (held["total_amount"], held["total_currency"], held["open_holds"]) == ("20", "EUR", 1)
    shown = run_json("orders", "show", "S00001")
    assert shown["state"]["order"]["reference"] == "PO-4711"
    told = run_json("orders", "timeline", "PO-4711")
    assert (told["work_key"], told["found_by"]) == ("shop:order:1", "alias")
    assert "sales_order.confirmed" in [e["title"] for e in told["entries"]]
    for command in (["list"], ["show", "#2"], ["timeline", "#2"]):
        page = run("orders", *command).stdout
        assert "#2" in page or "shop:order:2" in page
        assert "unknown_sku" in page or command == ["list"]


def test_a_map_releases_what_was_held(house: PaperHouse, run_json: RunJson) -> None:
    house.arrive(order_body(1, sku="MINE"))
    house.settle()
    [hold] = run_json("holds", "list")
    assert hold["need"] == "sku:shop:MINE"
    assert hold["candidates"]
    mapped = run_json("map", "sku", "shop", "MINE", "B-2", "--why", "same pear")
    assert mapped["released"] == [hold["hold_id"]]
    house.settle()
    assert house.status() == "confirmed"
    assert run_json("holds", "list") == []
    assert [m["canonical_code"] for m in run_json("map", "list")] == ["B-2"]
    [act] = run_json("audit", "list")
    assert (act["principal"], act["action"], act["detail"]["why"]) == (
        "anna",
        "mapping.put",
        "same pear",
    )


def test_a_release_shows_what_it_will_do_and_needs_a_yes(house: PaperHouse, run: Run) -> None:
    house.arrive(order_body(1, sku="MINE"))
    house.settle()
    result = run("holds", "release", 1, "--as", "reject")
    assert result.exit_code == 4
    assert "its sender is told why" in result.stderr
    assert "add --yes" in result.stderr
    assert house.message_states() == ["held"]
    result = run("holds", "release", 1, "--as", "reject", "--why", "not sold", "--yes")
    assert result.exit_code == 0
    assert "rejected" in result.stdout
    house.settle()
    assert [a["reason"] for a in house.shop.answers] == ["not sold"]
    assert "closed by anna: reject: not sold" in run("holds", "show", 1).stdout


def test_replay_dry_and_real(house: PaperHouse, run: Run, run_json: RunJson) -> None:
    house.arrive(order_body(1))
    house.settle()
    first = run_json("messages", "list", "--kind", "paper.order")[0]["message_id"]
    dry = run_json("replay", first, "--dry-run")
    assert (dry["message_before"], dry["message_after"], dry["new_effects"]) == ("done", "done", 0)
    assert "no new effect" in run("replay", first, "--dry-run").stdout
    assert run("replay", first).exit_code == 4
    assert run_json("replay", first, "--yes")["was"] == "done"
    assert house.message_states() == ["waiting"]


def test_messages_are_shown_raw(house: PaperHouse, run_json: RunJson) -> None:
    house.arrive(order_body(1, note="g"), order_body(2))
    found = run_json("messages", "show", 1)
    assert json.loads(found["body"])["note"] == "g"
    assert found["arrivals"] == 1
    assert run_json("messages", "list", "--of", "message:1")[0]["state"] == "waiting"


def test_secret_headers_are_not_shown(house: PaperHouse, run: Run) -> None:
    headers = {"authorization": "Basic hunter2", "x-topic": "orders"}
    body = json.dumps(order_body(1)).encode()
    connection = house.shop.connection
    named = identify_arrival(
        connection, house.shop, Arrival("orders", headers, body), Source.WEBHOOK, "integration"
    )
    assert isinstance(named, KeptArrival)
    with house.store.transaction() as tx:
        keep(tx, [named], house.clock.now())
    for more in ((), ("--json",)):
        shown = run("messages", "show", 1, *more).stdout
        assert "x-topic" in shown
        assert "hunter2" not in shown


def test_events_are_listed(house: PaperHouse, run: Run, run_json: RunJson) -> None:
    house.arrive(order_body(1))
    house.settle()
    [event] = run_json("events", "list", "--type", "sales_order.confirmed")
    assert event["data"]["erp_name"] == "S00001"
    assert "sales_order.confirmed" in run("events", "list").stdout
    assert {e["type"] for e in run_json("events", "catalog")} >= {event["type"]}


def test_status_tells_the_recovery_point(house: PaperHouse, run: Run, run_json: RunJson) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    found = run_json("status")
    assert found["held"][0]["code"] == "unknown_sku"
    assert found["ownerless"] == 0
    assert found["recovery_point"]["settings"]["synchronous_commit"] == "on"
    assert found["recovery_point"]["survives"] in " ".join(run("status").stdout.split())
    house.rows("UPDATE hold SET closed_at = now() RETURNING 1")
    assert run("status", "--check").exit_code == 1
