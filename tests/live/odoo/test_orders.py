"""Drafts, confirmations and cancellations in a real Odoo 19."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from crossdock.ports.effect import Absent, Conflicting, Failed, Observed, Outcome, ProbeResult
from crossdock.ports.errors import Ambiguous, ConnectorError, Rejected
from crossdock.testing.tcp_proxy import StrikePlan, TcpProxy
from tests.live.odoo.conftest import LiveHouse

CONFIRM, CANCEL, READ = "confirm_sales_order", "cancel_sales_order", "read_sales_order"


def seen(outcome) -> dict:
    assert isinstance(outcome, Observed), vars(outcome.error)
    return dict(outcome.observation)


def error_of(outcome) -> ConnectorError:
    assert isinstance(outcome, Failed), outcome
    return outcome.error


def test_a_draft_and_its_replay(house: LiveHouse):
    first = house.drafted("replay")
    assert (first["state"], first["amount_total"]) == ("draft", "39.47")
    assert house.drafted("replay") == first
    (stands,) = [o for o in house.orders() if o["client_order_ref"].endswith("-replay")]
    assert stands["date_order"] == "2026-11-20 23:30:00"
    assert stands["origin"] == "#replay"


def test_other_content_under_one_key_is_a_conflict(house: LiveHouse):
    house.drafted("conflict")
    (outcome,) = house.connector.deliver([house.create("conflict", quantity="4")])
    assert error_of(outcome).code == "conflict"
    (found,) = house.connector.probe([house.create("conflict", quantity="4")])
    assert isinstance(found, Conflicting)
    assert "product_uom_qty: Odoo has 3" in found.difference


def test_one_bad_order_of_twenty_fails_alone_and_all_are_found_afterwards(house: LiveHouse):
    """Also the probe of a worker whose cache the refused load has poisoned."""
    batch = [house.create(f"b{n}", product=99_999_999 if n == 7 else None) for n in range(20)]
    outcomes = house.connector.deliver(batch)
    refused = error_of(outcomes[7])
    assert isinstance(refused, Rejected)
    assert refused.field == "order_line"
    assert sum(isinstance(outcome, Observed) for outcome in outcomes) == 19
    for _ in range(3):
        found = house.connector.probe(batch)
        assert found[7] == Absent("create:b7")
        assert sum(isinstance(result, Observed) for result in found) == 19


def test_a_quantity_finer_than_odoo_keeps_is_a_conflict_not_a_rounding(house: LiveHouse):
    (outcome,) = house.connector.deliver([house.create("fine", quantity="1.2345")])
    assert error_of(outcome).code == "conflict"


def test_a_price_of_four_decimals_is_kept(house: LiveHouse):
    order = house.drafted("price4", price="0.0125", quantity="1000", taxes=())
    assert order["lines"][0]["unit_price"] == "0.0125"
    assert order["amount_total"] == "17.50"


def test_a_given_price_survives_a_later_quantity(house: LiveHouse):
    order = house.drafted("pinned", price="7.77")
    (line, _) = house.odoo.find("sale.order.line", [["order_id", "=", order["id"]]], ["price_unit"])
    house.odoo.call("sale.order.line", "write", ids=[line["id"]], vals={"product_uom_qty": 9})
    (after, _) = house.odoo.find(
        "sale.order.line", [["order_id", "=", order["id"]]], ["price_unit"]
    )
    assert after["price_unit"] == 7.77


@pytest.mark.parametrize(("allowance", "lines"), [("3", 3), ("2.997", 2)])
def test_allowances(house: LiveHouse, allowance: str, lines: int):
    order = house.drafted(f"allow{lines}", allowance=allowance, taxes=())
    assert len(order["lines"]) == lines
    assert order["amount_untaxed"] == f"{Decimal('34.97') - Decimal(allowance):.2f}"


def test_a_discount_of_one_is_kept_as_a_price(house: LiveHouse):
    """-1 is also what pins a price: the pin must differ from it."""
    order = house.drafted("minus1", price="9.97", allowance="1", taxes=())
    assert order["lines"][1]["unit_price"] == "-1"
    assert order["amount_untaxed"] == "33.91"


def test_taxes_none_included_excluded(house: LiveHouse):
    assert house.drafted("tax0", taxes=())["amount_tax"] == "0.00"
    assert house.drafted("tax15")["amount_tax"] == "4.50"
    if not house.odoo.admin_key:
        pytest.skip("an included tax is made with CROSSDOCK_LIVE_ODOO_ADMIN_KEY")
    included = house.odoo.tax(20, included=True)
    order = house.drafted("tax20", price="12", taxes=(included,), includes_tax=True)
    assert (order["amount_tax"], order["amount_total"]) == ("6.00", "41.00")


def test_confirm_twice_cancel_twice(house: LiveHouse):
    house.drafted("life")
    for _ in range(2):
        (outcome,) = house.connector.deliver([house.command(CONFIRM, "life")])
        assert seen(outcome)["state"] == "sale"
    for _ in range(2):
        (outcome,) = house.connector.deliver([house.command(CANCEL, "life")])
        assert seen(outcome)["state"] == "cancel"
    (outcome,) = house.connector.deliver([house.command(CONFIRM, "life")])
    assert error_of(outcome).code == "cancelled"
    (outcome,) = house.connector.deliver([house.command(READ, "life")])
    assert seen(outcome)["state"] == "cancel"


def test_a_batch_with_one_confirmed_and_one_missing(house: LiveHouse):
    for name in ("c1", "c2", "c3"):
        house.drafted(name)
    house.connector.deliver([house.command(CONFIRM, "c2")])
    effects = [house.command(CONFIRM, name) for name in ("c1", "c2", "c3", "nowhere")]
    *done, gone = house.connector.deliver(effects)
    assert [seen(outcome)["state"] for outcome in done] == ["sale"] * 3
    assert error_of(gone).code == "missing"
    assert [type(found) for found in house.connector.probe(effects[:3])] == [Observed] * 3


def test_racing_deliveries_of_one_order_make_one_order(house: LiveHouse):
    with ThreadPoolExecutor(2) as pool:
        for number in range(5):
            effects = [house.create(f"race{number}")] * 2
            outcomes = list(pool.map(lambda e: house.connector.deliver([e])[0], effects))
            assert len({seen(outcome)["id"] for outcome in outcomes}) == 1
    racers = [o for o in house.orders() if "-race" in o["client_order_ref"]]
    assert len(racers) == 5


def test_resets_before_and_after_the_request_never_double(house: LiveHouse):
    """Every struck delivery is ambiguous; a probe, and a second try where it says absent."""
    host, _, port = house.odoo.url.removeprefix("http://").partition(":")
    plan = StrikePlan(before=3, after=3, paths=("*/load", "*/action_confirm"), seed=19)
    with TcpProxy(host, int(port), plan) as proxy:
        connector = house.odoo.connector(proxy.url)
        struck = 0
        for number in range(6):
            effect = house.create(f"struck{number}")
            outcome: Outcome | ProbeResult
            (outcome,) = connector.deliver([effect])
            struck += isinstance(outcome, Failed) and isinstance(outcome.error, Ambiguous)
            while not isinstance(outcome, Observed):
                (outcome,) = connector.probe([effect])
                if isinstance(outcome, Absent):
                    (outcome,) = connector.deliver([effect])
        connector.close()
        assert (proxy.struck["before"], proxy.struck["after"]) == (3, 3)
    assert struck >= 3
    stands = [o for o in house.orders() if "-struck" in o["client_order_ref"]]
    assert len(stands) == 6
