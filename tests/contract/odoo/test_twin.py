import json
import subprocess
import sys
from dataclasses import replace

import httpx
import pytest

from crossdock.connectors.odoo.twin import DATABASE, KEY, OdooTwin
from crossdock.connectors.odoo.twin.errors import value_error
from crossdock.testing.twin import TwinAcceptsNonsense
from crossdock.testing.twin_server import TwinServer
from crossdock.testing.wire import TwinRequest
from tests.contract.odoo.conftest import House


def test_a_twin_that_forgot_its_validation_does_not_start(monkeypatch):
    monkeypatch.setattr(
        "crossdock.connectors.odoo.twin.loading._column", lambda _, path: (path, "")
    )
    monkeypatch.setattr("crossdock.connectors.odoo.twin.loading._values", lambda *_: {})
    monkeypatch.setattr("crossdock.connectors.odoo.twin.loading.missing_required", lambda *_: None)
    twin = OdooTwin()
    monkeypatch.setattr(
        twin.methods, "_load", lambda *_: {"ids": [1], "messages": [], "nextrow": 0}
    )
    with pytest.raises(TwinAcceptsNonsense):
        TwinServer(twin).start()


def test_a_twin_that_lets_any_key_in_does_not_start(monkeypatch):
    twin = OdooTwin()

    def refuse(*_: object) -> None:
        raise value_error("x")

    monkeypatch.setattr(twin, "_authenticate", lambda _: None)
    monkeypatch.setattr(twin.methods, "_load", lambda *_: {"ids": [1]})
    with pytest.raises(TwinAcceptsNonsense):
        twin.refuse_nonsense()


def test_reset_brings_back_the_seed_state(house: House):
    house.connector.deliver([house.create("A")])
    httpx.put(f"{house.server.url}/_twin/reset")
    state = httpx.get(f"{house.server.url}/_twin/state").json()
    assert state["orders"] == []
    assert state["counts"]["uom.uom"] == 6
    assert "product.product" not in state["counts"]


def test_the_checker_counts_orders_by_external_id(house: House):
    for _ in range(2):
        house.connector.deliver([house.create("A"), house.create("B")])
    effects = httpx.get(f"{house.server.url}/_twin/effects").json()
    assert effects["counts"] == {"sale.order created": 2}
    assert {effect["data"]["client_order_ref"] for effect in effects["effects"]} == {"A", "B"}


def test_numbers_are_used_up_by_refused_attempts(house: House):
    house.connector.deliver([house.create("A", product=999)])
    house.connector.deliver([house.create("B")])
    assert house.orders()[0]["name"] != "S00001"


def test_who_loses_a_race_is_told_so_in_a_message(house: House):
    """Recorded: the loser's transaction began before the winner's was committed."""
    house.connector.deliver([house.create("A")])
    request = json.loads(house.create("A").request)
    body = {"fields": ["id"], "data": [[request["rows"][0][0]]], "context": {"mode": "update"}}
    call = TwinRequest(
        "POST", "/json/2/sale.order/load", {}, house.twin._headers(KEY), json.dumps(body).encode()
    )
    lost = json.loads(house.twin.handle(call).body)
    assert lost["ids"] is False
    assert "could not serialize access" in lost["messages"][0]["message"]
    assert "field" not in lost["messages"][0]
    later = replace(call, begun=len(house.twin.log.effects))
    assert json.loads(house.twin.handle(later).body)["ids"]


def test_orders_are_counted_for_the_service_time(house: House):
    house.twin.log.keep_bodies = True
    house.connector.deliver([house.create(str(n)) for n in range(7)])
    (call,) = house.twin.log.called("sale.order/load")
    request = TwinRequest("POST", "/json/2/sale.order/load", body=call.body)
    assert house.twin.orders_in(request) == 7


def test_as_a_process():
    command = [sys.executable, "-m", "crossdock.connectors.odoo.twin", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            reply = httpx.post(
                f"{url}/json/2/res.users/context_get", json={},
                headers={"Authorization": f"bearer {KEY}", "X-Odoo-Database": DATABASE},
            )  # fmt: skip
            assert reply.json()["uid"] == 2
        finally:
            process.terminate()
