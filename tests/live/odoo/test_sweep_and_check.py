"""Every stream, and the examination of the connection, against a real Odoo 19."""

import pytest

from crossdock.engine.clock import SystemClock
from crossdock.ports.check import Verdict
from crossdock.ports.erp import ErpOrderSeen
from crossdock.ports.errors import NotAuthorised
from crossdock.ports.message import MessageIdentity
from tests.live.odoo.conftest import LiveHouse
from tests.live.odoo.live_odoo import LiveOdoo

PROJECTIONS = ("products", "partners", "units", "taxes", "currencies", "prices", "credit")


@pytest.mark.parametrize("stream", PROJECTIONS)
def test_projections(house: LiveHouse, stream: str):
    now = SystemClock().now()
    pages = list(house.connector.sweep(stream, None, now))
    assert pages[-1].full
    cursors = [page.cursor for page in pages]
    again = list(house.connector.sweep(stream, cursors[-1], now))
    cursors += [page.cursor for page in again]
    assert cursors == sorted(cursors)
    rows = [row for page in pages for row in page.rows]
    if stream != "prices":
        assert rows
    keys = {key for row in rows for key in row.lookup}
    expected = {"products": f"sku:{house.odoo.prefix}-G", "units": "unit:Units",
                "taxes": "rate:15:excl", "currencies": "currency:USD"}  # fmt: skip
    if stream in expected:
        assert expected[stream] in keys


def test_a_change_is_found_by_the_next_sweep(house: LiveHouse):
    now = SystemClock().now()
    *_, last = house.connector.sweep("products", None, now)
    code = f"{house.odoo.prefix}-NEW"
    house.odoo.create("product.product", {"name": code, "default_code": code})
    rows = [row for p in house.connector.sweep("products", last.cursor, now) for row in p.rows]
    assert f"sku:{code}" in {key for row in rows for key in row.lookup}


def test_orders_come_as_messages(house: LiveHouse):
    order = house.drafted("swept")
    now = SystemClock().now()
    found = {}
    for page in house.connector.sweep("sale_orders", None, now):
        for arrival in page.arrivals:
            identity = house.connector.identify(arrival)
            assert isinstance(identity, MessageIdentity)
            found[identity.work_key] = house.connector.translate(identity.kind, arrival)
    seen = found[f"odoo:sale.order:{order['id']}"]
    assert isinstance(seen, ErpOrderSeen)
    assert (seen.name, seen.amount_total) == (order["name"], order["amount_total"])


def test_the_examination_finds_nothing_wrong(house: LiveHouse):
    found = {result.name: result for result in house.connector.check(SystemClock().now())}
    assert {r.verdict for r in found.values()} <= {Verdict.OK, Verdict.WARNING}
    for name in ("version", "authentication", "clock", "rights"):
        assert found[name].verdict is Verdict.OK, found[name]


@pytest.mark.parametrize(("key", "database"), [("wrong", ""), ("", "no_such_database")])
def test_a_wrong_key_and_a_wrong_database(house: LiveHouse, key: str, database: str):
    odoo = LiveOdoo(house.odoo.url, database or house.odoo.database, key or house.odoo.key)
    if not house.odoo.url.startswith("http://127.0.0.1"):
        pytest.skip("only where nobody counts failed log-ins")
    with pytest.raises(NotAuthorised):
        list(odoo.connector().sweep("units", None, SystemClock().now()))
