"""Shipments and closings in a real Odoo 19: never twice, never more than is open."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.erp import CLOSE_SALES_ORDER
from crossdock.testing.tcp_proxy import StrikePlan, TcpProxy
from tests.live.odoo.conftest import LiveHouse
from tests.live.odoo.shipping import Dock, seen


@pytest.fixture(scope="module")
def dock(house: LiveHouse) -> Dock:
    return Dock(house)


def code(outcome: object) -> str:
    assert isinstance(outcome, Failed), outcome
    return outcome.error.code


def test_a_part_leaves_and_the_rest_becomes_a_backorder(dock: Dock):
    product = dock.goods(20)
    order = dock.ordered("part", product)
    effect = dock.shipment("part", "s1", "6", product)
    line = f"{dock.house.external_id('part')}_l1"
    first = seen(dock.house.connector.deliver([effect])[0])
    assert (first["delivered"][line], first["remaining"][line]) == ("6", "4")
    done, rest = dock.pickings(order)
    assert first["pickings"] == [done["name"]]
    assert done["carrier_tracking_ref"] == "T-s1, U-s1"
    assert (rest["state"], rest["backorder_id"]) == ("assigned", done["id"])
    assert rest["carrier_tracking_ref"] is False
    assert dock.on_hand(product) == (14, 4)
    again = seen(dock.house.connector.deliver([effect])[0])
    assert again == first
    assert seen(dock.house.connector.probe([effect])[0]) == first
    second = seen(dock.house.connector.deliver([dock.shipment("part", "s2", "4", product)])[0])
    assert second["remaining"] == {}
    assert second["pickings"] == [rest["name"]]
    assert (dock.left(order), dock.on_hand(product)) == (10, (10, 0))


def test_more_than_is_open_is_refused_by_us(dock: Dock):
    product = dock.goods(50)
    order = dock.ordered("over", product)
    (outcome,) = dock.house.connector.deliver([dock.shipment("over", "s1", "11", product)])
    assert code(outcome) == "over_shipped"
    assert dock.left(order) == 0


def test_goods_that_odoo_thinks_are_not_there_leave_all_the_same(dock: Dock):
    """The warehouse has shipped them: its word counts, and Odoo's stock becomes negative."""
    product = dock.goods(1)
    order = dock.ordered("short", product, "3")
    seen(dock.house.connector.deliver([dock.shipment("short", "s1", "3", product)])[0])
    assert (dock.left(order), dock.on_hand(product)) == (3, (-2, 0))


def test_goods_on_a_shelf_are_taken_from_that_shelf(dock: Dock):
    (warehouse, *_) = dock.house.odoo.find("stock.warehouse", [], ["lot_stock_id"])
    name = f"{dock.house.odoo.prefix} shelf"
    values = {"name": name, "location_id": warehouse["lot_stock_id"], "usage": "internal"}
    shelf = dock.house.odoo.create("stock.location", values, admin=True)
    product = dock.goods(10, shelf)
    dock.ordered("shelf", product)
    seen(dock.house.connector.deliver([dock.shipment("shelf", "s1", "4", product)])[0])
    (quant,) = dock.house.odoo.find(
        "stock.quant", [["product_id", "=", product], ["location_id.usage", "=", "internal"]],
        ["location_id", "quantity"],
    )  # fmt: skip
    assert (quant["location_id"], quant["quantity"]) == (shelf, 6)


def test_lots_and_serial_numbers(dock: Dock):
    odoo = dock.house.odoo
    for tracking, count in (("lot", 5), ("serial", 1)):
        product = dock.goods(tracking=tracking)
        names = [f"{odoo.prefix}-{tracking}-{n}" for n in (1, 2, 3)]
        for name in names:
            lot = odoo.create("stock.lot", {"name": name, "product_id": product})
            dock.count(product, count, lot=lot)
        order = dock.ordered(tracking, product, "3")
        refused = [
            dock.shipment(tracking, "none", "1", product),
            dock.shipment(tracking, "unknown", "1", product, [("nobody", "1")]),
        ]
        assert [code(dock.house.connector.deliver([e])[0]) for e in refused] == [
            "lots_missing", "lot_unknown",
        ]  # fmt: skip
        lots = [(names[1], "1"), (names[2], "1")]
        effect = dock.shipment(tracking, "s1", "2", product, lots)
        seen(dock.house.connector.deliver([effect])[0])
        lines = odoo.find(
            "stock.move.line", [["picking_id.sale_id", "=", order], ["state", "=", "done"]],
            ["lot_id", "quantity"],
        )  # fmt: skip
        found = odoo.find("stock.lot", [["id", "in", [li["lot_id"] for li in lines]]], ["name"])
        assert [lot["name"] for lot in found] == names[1:]
        assert [line["quantity"] for line in lines] == [1, 1]


def test_units(dock: Dock):
    """Ordered by the dozen, moved by the piece."""
    values = {
        "name": f"{dock.house.odoo.prefix} dozen", "relative_factor": 12,
        "relative_uom_id": dock.house.unit,
    }  # fmt: skip
    dozen = dock.house.odoo.create("uom.uom", values, admin=True)
    product = dock.goods(100, uom_ids=[[6, 0, [dozen]]])
    dock.house.unit, unit = dozen, dock.house.unit
    try:
        order = dock.ordered("dozen", product, "3")
    finally:
        dock.house.unit = unit
    line = f"{dock.house.external_id('dozen')}_l1"
    first = seen(dock.house.connector.deliver([dock.shipment("dozen", "s1", "1.5", product)])[0])
    assert (first["delivered"][line], first["remaining"][line]) == ("1.5", "1.5")
    assert dock.left(order) == 18
    (outcome,) = dock.house.connector.deliver([dock.shipment("dozen", "s2", "0.0001", product)])
    assert code(outcome) == "unit"


def test_pick_pack_and_ship(dock: Dock):
    odoo = dock.house.odoo
    if not odoo.admin_key:
        pytest.skip("a warehouse is made with CROSSDOCK_LIVE_ODOO_ADMIN_KEY")
    values = {"name": odoo.prefix, "code": odoo.prefix[-5:], "delivery_steps": "pick_pack_ship"}
    warehouse = odoo.create("stock.warehouse", values, admin=True)
    (made,) = odoo.find("stock.warehouse", [["id", "=", warehouse]], ["lot_stock_id"])
    product = dock.goods(20, made["lot_stock_id"])
    order = dock.house.drafted("steps", product=product, quantity="10")["id"]
    odoo.call("sale.order", "write", ids=[order], vals={"warehouse_id": warehouse})
    seen(dock.house.connector.deliver([dock.house.command("confirm_sales_order", "steps")])[0])
    effect = dock.shipment("steps", "s1", "6", product)
    first = seen(dock.house.connector.deliver([effect])[0])
    assert list(first["remaining"].values()) == ["4"]
    assert seen(dock.house.connector.probe([effect])[0]) == first
    second = dock.house.connector.deliver([dock.shipment("steps", "s2", "3", product)])
    assert list(seen(second[0])["remaining"].values()) == ["1"]
    assert (dock.left(order), dock.on_hand(product)[0]) == (9, 11)
    closed = dock.house.connector.deliver([dock.house.command(CLOSE_SALES_ORDER, "steps")])
    assert seen(closed[0])["remaining"] == {}
    states = [p["state"] for p in dock.pickings(order)]
    assert sorted(states) == ["cancel", *["done"] * 6]


def test_closing_short(dock: Dock):
    product = dock.goods(20)
    order = dock.ordered("close", product, "4")
    seen(dock.house.connector.deliver([dock.shipment("close", "s1", "1", product)])[0])
    effect = dock.house.command(CLOSE_SALES_ORDER, "close")
    assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
    closed = seen(dock.house.connector.deliver([effect])[0])
    assert (list(closed["delivered"].values()), closed["remaining"]) == (["1"], {})
    assert seen(dock.house.connector.deliver([effect])[0]) == closed
    assert seen(dock.house.connector.probe([effect])[0]) == closed
    assert sorted(p["state"] for p in dock.pickings(order)) == ["cancel", "done"]
    (outcome,) = dock.house.connector.deliver([dock.shipment("close", "s2", "1", product)])
    assert code(outcome) == "over_shipped"


def test_a_person_validated_it_meanwhile(dock: Dock):
    product = dock.goods(20)
    order = dock.ordered("hand", product, "4")
    (picking,) = dock.pickings(order)
    dock.house.odoo.call("stock.picking", "button_validate", ids=[picking["id"]])
    effect = dock.shipment("hand", "s1", "4", product)
    assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
    (outcome,) = dock.house.connector.deliver([effect])
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "over_shipped"
    assert picking["name"] in outcome.error.reason
    assert dock.left(order) == 4


def written_only(dock: Dock, effect) -> None:
    """As a worker leaves it that is killed after the write and before the validation."""
    host, _, port = dock.house.odoo.url.removeprefix("http://").partition(":")
    plan = StrikePlan(before=9, after=0, paths=("*/button_validate",), seed=1)
    with TcpProxy(host, int(port), plan) as proxy:
        connector = dock.house.odoo.connector(proxy.url)
        (outcome,) = connector.deliver([effect])
        connector.close()
    assert isinstance(outcome, Failed)


def test_killed_between_write_and_validation(dock: Dock):
    product = dock.goods(20)
    order = dock.ordered("killed", product)
    effect = dock.shipment("killed", "s1", "6", product)
    written_only(dock, effect)
    assert dock.left(order) == 0
    assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
    (other,) = dock.house.connector.deliver([dock.shipment("killed", "s2", "2", product)])
    assert code(other) == "being_picked"
    seen(dock.house.connector.deliver([effect])[0])
    assert (dock.left(order), dock.on_hand(product)) == (6, (14, 4))


def test_killed_and_then_changed_by_a_person(dock: Dock):
    product = dock.goods(20)
    order = dock.ordered("changed", product)
    effect = dock.shipment("changed", "s1", "6", product)
    written_only(dock, effect)
    (line,) = dock.house.odoo.find(
        "stock.move.line", [["picking_id.sale_id", "=", order], ["picked", "=", True]], ["quantity"]
    )
    dock.house.odoo.call("stock.move.line", "write", ids=[line["id"]], vals={"quantity": 5})
    (picking,) = dock.pickings(order)
    dock.house.odoo.call(
        "stock.picking", "button_validate", ids=[picking["id"]], context={"skip_backorder": True}
    )
    (found,) = dock.house.connector.probe([effect])
    assert isinstance(found, Conflicting)
    assert "Odoo has shipped 5" in found.difference
    assert code(dock.house.connector.deliver([effect])[0]) == "conflict"
    assert dock.left(order) == 5


def test_killed_and_then_given_another_lot(dock: Dock):
    product = dock.goods(tracking="lot")
    names = [f"{dock.house.odoo.prefix}-swap-{n}" for n in (1, 2)]
    lots = [
        dock.house.odoo.create("stock.lot", {"name": name, "product_id": product}) for name in names
    ]
    for lot in lots:
        dock.count(product, 9, lot=lot)
    order = dock.ordered("swapped", product)
    effect = dock.shipment("swapped", "s1", "6", product, [(names[0], "6")])
    written_only(dock, effect)
    (line,) = dock.house.odoo.find(
        "stock.move.line", [["picking_id.sale_id", "=", order], ["picked", "=", True]], ["lot_id"]
    )
    dock.house.odoo.call("stock.move.line", "write", ids=[line["id"]], vals={"lot_id": lots[1]})
    assert isinstance(dock.house.connector.probe([effect])[0], Conflicting)
    assert code(dock.house.connector.deliver([effect])[0]) == "conflict"
    assert dock.left(order) == 0
    (picking,) = dock.pickings(order)
    dock.house.odoo.call(
        "stock.picking", "button_validate", ids=[picking["id"]], context={"skip_backorder": True}
    )
    (found,) = dock.house.connector.probe([effect])
    assert isinstance(found, Conflicting)
    assert "have left for this shipment in Odoo" in found.difference
    assert dock.left(order) == 6


def test_racing_deliveries_ship_once(dock: Dock):
    product = dock.goods(200)
    for number in range(4):
        order = dock.ordered(f"race{number}", product)
        effect = dock.shipment(f"race{number}", "s1", "6", product, order_id=order)
        connectors = [dock.house.odoo.connector() for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda c, e=effect: c.deliver([e])[0], connectors))
        assert any(isinstance(outcome, Observed) for outcome in outcomes), outcomes
        assert isinstance(dock.house.connector.probe([effect])[0], Observed), outcomes
        assert dock.left(order) == 6
        assert len(dock.pickings(order)) == 2


def test_a_batch_with_one_that_cannot_go(dock: Dock):
    product = dock.goods(100)
    orders = [dock.ordered(f"batch{n}", product, "5") for n in range(5)]
    effects = [
        dock.shipment(f"batch{n}", "s1", "9" if n == 2 else "5", product, order_id=order)
        for n, order in enumerate(orders)
    ]
    outcomes = dock.house.connector.deliver(effects)
    assert code(outcomes[2]) == "over_shipped"
    assert [dock.left(order) for order in orders] == [5, 5, 0, 5, 5]
    assert sum(isinstance(outcome, Observed) for outcome in outcomes) == 4


def test_resets_before_and_after_the_request_never_ship_twice(dock: Dock):
    product = dock.goods(200)
    host, _, port = dock.house.odoo.url.removeprefix("http://").partition(":")
    plan = StrikePlan(before=5, after=5, paths=("*/load", "*/button_validate"), seed=19)
    effects, orders = [], []
    for number in range(8):
        orders.append(dock.ordered(f"struck{number}", product))
        effects.append(dock.shipment(f"struck{number}", "s1", "6", product))
    with TcpProxy(host, int(port), plan) as proxy:
        connector = dock.house.odoo.connector(proxy.url)
        struck = sum(dock.until_observed(connector, effect)[1] for effect in effects)
        connector.close()
        assert (proxy.struck["before"], proxy.struck["after"]) == (5, 5)
    assert struck >= 5
    assert [dock.left(order) for order in orders] == [6] * 8
    assert dock.on_hand(product) == (200 - 48, 32)


def test_the_request_is_final(dock: Dock):
    """Nothing of the request depends on when or where it is sent."""
    effect = dock.shipment("final", "s/1", "6", 7)
    assert json.loads(effect.request)["tracking"] == "T-s/1, U-s/1"
    assert dock.shipment("final", "s/1", "6", 7).request == effect.request
