"""Invoices of what was delivered, and the lists for a close, in a real Odoo 19."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from crossdock.engine.clock import SystemClock
from crossdock.ports.effect import Absent, Failed, Observed
from crossdock.ports.erp import CLOSE_SALES_ORDER, INVOICE_SALES_ORDER, READ_SALES_ORDER
from crossdock.ports.listing import Listed, ListedKind, Sought
from crossdock.testing.tcp_proxy import StrikePlan, TcpProxy
from tests.live.odoo.conftest import LiveHouse
from tests.live.odoo.shipping import Dock, seen


@pytest.fixture(scope="module")
def dock(house: LiveHouse) -> Dock:
    return Dock(house)


@pytest.fixture(scope="module")
def product(dock: Dock) -> int:
    return dock.goods(500, default_code=f"{dock.house.odoo.prefix}-B")


def shipped(dock: Dock, reference: str, product: int, quantity: str = "6") -> int:
    """An order of ten at 10 and a charge of 5, of which `quantity` was shipped."""
    order = dock.ordered(reference, product)
    seen(dock.house.connector.deliver([dock.shipment(reference, "s1", quantity, product)])[0])
    return order


def code(outcome: object) -> str:
    assert isinstance(outcome, Failed), outcome
    return outcome.error.code


def test_each_shipment_is_invoiced_once(dock: Dock, product: int):
    order = shipped(dock, "inv", product)
    effect = dock.house.command(INVOICE_SALES_ORDER, "inv")
    assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
    first = seen(dock.house.connector.deliver([effect])[0])
    assert (first["state"], first["amount_total"], first["currency"]) == ("posted", "65.00", "USD")
    external_id = dock.house.external_id("inv")
    assert first["invoiced"] == {f"{external_id}_l1": "6", f"{external_id}_cs": "1"}
    assert seen(dock.house.connector.deliver([effect])[0]) == first
    assert seen(dock.house.connector.probe([effect])[0]) == first
    seen(dock.house.connector.deliver([dock.shipment("inv", "s2", "4", product)])[0])
    second = seen(dock.house.connector.deliver([effect])[0])
    assert (second["amount_total"], second["invoiced"][f"{external_id}_l1"]) == ("40.00", "10")
    assert [i["amount_total"] for i in dock.invoices(order)] == [65, 40]
    read = seen(dock.house.connector.deliver([dock.house.command(READ_SALES_ORDER, "inv")])[0])
    line = read["lines"][0]
    assert (line["delivered"], line["invoiced"]) == ("10", "10")


def test_a_batch_gets_one_invoice_an_order(dock: Dock, product: int):
    orders = [shipped(dock, f"ib{n}", product, str(n + 1)) for n in range(3)]
    dock.ordered("ibnone", product)
    effects = [dock.house.command(INVOICE_SALES_ORDER, n) for n in ("ib0", "ib1", "ibnone", "ib2")]
    outcomes = list(dock.house.connector.deliver(effects))
    assert code(outcomes.pop(2)) == "nothing_delivered"
    assert [seen(o)["amount_total"] for o in outcomes] == ["15.00", "25.00", "35.00"]
    assert [len(dock.invoices(order)) for order in orders] == [1, 1, 1]


def test_goods_that_would_be_invoiced_as_ordered_are_refused(dock: Dock):
    product = dock.goods(20, invoice_policy="order")
    order = shipped(dock, "policy", product)
    (outcome,) = dock.house.connector.deliver([dock.house.command(INVOICE_SALES_ORDER, "policy")])
    assert code(outcome) == "invoice_policy"
    assert dock.invoices(order) == []


def test_a_draft_of_a_killed_worker_is_posted_not_made_again(dock: Dock, product: int):
    order = shipped(dock, "draft", product)
    effect = dock.house.command(INVOICE_SALES_ORDER, "draft")
    host, _, port = dock.house.odoo.url.removeprefix("http://").partition(":")
    with TcpProxy(host, int(port), StrikePlan(before=9, paths=("*/action_post",))) as proxy:
        connector = dock.house.odoo.connector(proxy.url)
        assert isinstance(connector.deliver([effect])[0], Failed)
        connector.close()
    assert [i["state"] for i in dock.invoices(order)] == ["draft"]
    assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
    assert seen(dock.house.connector.deliver([effect])[0])["state"] == "posted"
    assert [i["state"] for i in dock.invoices(order)] == ["posted"]


def test_racing_deliveries_invoice_once(dock: Dock, product: int):
    for number in range(4):
        order = shipped(dock, f"irace{number}", product)
        effect = dock.house.command(INVOICE_SALES_ORDER, f"irace{number}")
        connectors = [dock.house.odoo.connector() for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda c, e=effect: c.deliver([e])[0], connectors))
        assert any(isinstance(outcome, Observed) for outcome in outcomes), outcomes
        assert [i["amount_total"] for i in dock.invoices(order)] == [65]


def test_resets_before_and_after_the_request_never_invoice_twice(dock: Dock, product: int):
    orders = [shipped(dock, f"istruck{n}", product) for n in range(6)]
    host, _, port = dock.house.odoo.url.removeprefix("http://").partition(":")
    plan = StrikePlan(before=5, after=5, paths=("*/create_invoices", "*/action_post"), seed=7)
    with TcpProxy(host, int(port), plan) as proxy:
        connector = dock.house.odoo.connector(proxy.url)
        effects = [dock.house.command(INVOICE_SALES_ORDER, f"istruck{n}") for n in range(6)]
        struck = sum(dock.until_observed(connector, effect)[1] for effect in effects)
        connector.close()
    assert struck >= 5
    found = [(i["state"], i["amount_total"]) for order in orders for i in dock.invoices(order)]
    assert found == [("posted", 65)] * 6


def test_the_lists_for_the_close(dock: Dock, product: int):
    since = SystemClock().now() - timedelta(hours=1)
    shipped(dock, "list", product)
    connector = dock.house.connector
    connector.deliver([dock.house.command(INVOICE_SALES_ORDER, "list")])
    connector.deliver([dock.house.command(CLOSE_SALES_ORDER, "list")])
    dock.ordered("listopen", product, "3")
    found: dict[tuple[ListedKind, str], Listed] = {}
    for kind in connector.listed_kinds():
        for listed in connector.list_documents(kind, since, since + timedelta(hours=2)):
            assert (kind, listed.key) not in found
            found[kind, listed.key] = listed
    key, other = dock.house.external_id("list"), dock.house.external_id("listopen")
    sku = f"{dock.house.odoo.prefix}-B"
    order, sent = found[ListedKind.ORDER, key], found[ListedKind.SHIPMENT, key]
    invoice = found[ListedKind.INVOICE, key]
    assert (order.status, order.amount, order.currency) == ("confirmed", Decimal("105.00"), "USD")
    assert order.quantities == {sku: Decimal(10)}
    assert sent.quantities == {sku: Decimal(6)}
    assert (invoice.status, invoice.amount) == ("posted", Decimal("65.00"))
    assert invoice.quantities == {sku: Decimal(6)}
    assert (ListedKind.ORDER, other) in found
    assert (ListedKind.SHIPMENT, other) not in found
    assert not list(connector.list_documents(ListedKind.ORDER, since, since))
    nobody = dock.house.external_id("listnone")
    sought = [Sought(key), Sought(other, "999999999"), Sought(nobody)]
    for kind in connector.listed_kinds():
        by_key = {one.key: one for one in connector.find_documents(kind, sought)}
        assert by_key == {k: one for (of, k), one in found.items() if of is kind and k in by_key}
        assert set(by_key) == {k for of, k in found if of is kind and k in (key, other)}
