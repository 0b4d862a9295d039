from datetime import timedelta

import pytest

from crossdock.connectors.odoo.check import check
from crossdock.engine.clock import SystemClock
from crossdock.ports.check import CheckResult, Verdict
from tests.contract.odoo.conftest import House, make_connector


@pytest.fixture
def now():
    return SystemClock().now()


def results(house: House, now) -> dict[str, CheckResult]:
    return {result.name: result for result in house.connector.check(now)}


def test_a_healthy_connection(house: House, now):
    found = results(house, now)
    assert {result.verdict for result in found.values()} == {Verdict.OK}
    assert set(found) == {
        "version", "authentication", "clock", "rights", "units of measure", "pricelists",
        "key expiry", "credit", "tracking numbers", "concurrency",
    }  # fmt: skip


def bad(house: House, now, name: str, verdict: Verdict) -> CheckResult:
    result = results(house, now)[name]
    assert result.verdict is verdict, result
    assert result.finding
    assert result.remedy
    return result


def test_a_missing_right_is_named(house: House, now):
    house.twin.methods.denied.add(("sale.order", "create"))
    assert "create sale.order" in bad(house, now, "rights", Verdict.FAILED).finding


def test_features_that_are_off(house: House, now):
    house.twin.methods.groups.clear()
    bad(house, now, "units of measure", Verdict.WARNING)
    bad(house, now, "pricelists", Verdict.WARNING)


def test_a_key_that_ends_soon(house: House, now):
    ends = (now + timedelta(days=9, hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    values = {"name": "crossdock", "scope": "rpc", "expiration_date": ends, "user_id": 2}
    house.twin.database.insert("res.users.apikeys", values)
    assert "in 9 days" in bad(house, now, "key expiry", Verdict.WARNING).finding
    later = results(house, now - timedelta(days=40))
    assert later["key expiry"].verdict is Verdict.OK


def test_clocks_that_differ(house: House, now):
    result = results(house, now - timedelta(minutes=2))["clock"]
    assert result.verdict is Verdict.WARNING
    assert "by 1" in result.finding


def test_an_odoo_without_tracking_numbers(house: House, now):
    house.twin.methods.hidden.add("stock.picking.carrier_tracking_ref")
    assert "stock_delivery" in bad(house, now, "tracking numbers", Verdict.FAILED).remedy


def test_hidden_credit(house: House, now):
    house.twin.methods.hidden.add("res.partner.credit")
    bad(house, now, "credit", Verdict.WARNING)


@pytest.mark.parametrize(("workers", "verdict"), [("1", Verdict.WARNING), ("x", Verdict.FAILED)])
def test_more_calls_than_workers(house: House, now, workers, verdict):
    found = check(house.connector._client, workers, now)[-1]
    assert (found.name, found.verdict) == ("concurrency", verdict)


def test_a_wrong_key_ends_the_examination(house: House, now):
    house.twin.key = "another"
    bad(house, now, "authentication", Verdict.FAILED)
    assert list(results(house, now)) == ["version", "authentication"]


def test_nobody_there(now):
    (result,) = make_connector("http://127.0.0.1:9").check(now)
    assert (result.name, result.verdict) == ("version", Verdict.FAILED)
    assert result.remedy


def test_an_older_odoo(house: House, now, monkeypatch):
    monkeypatch.setattr(
        "crossdock.connectors.odoo.twin.odoo_twin.VERSION",
        {"version_info": [18, 0, 0, "final", 0, ""], "version": "18.0"},
    )
    bad(house, now, "version", Verdict.FAILED)
