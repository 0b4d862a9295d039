"""Shipments against the twin: what leaves, what is refused, and every kind of interruption."""

import json

import pytest

from crossdock.connectors.odoo.twin.errors import user_error
from crossdock.connectors.odoo.twin.methods import ACTIONS
from crossdock.connectors.odoo.twin.pickings import button_validate
from crossdock.ports.effect import Absent, Conflicting, Failed, Observed
from crossdock.ports.errors import Ambiguous, NotYet, Rejected, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.odoo.conftest import House, external_id
from tests.contract.odoo.shipping import Dock, seen

LINE = external_id("A") + "_l1"
VALIDATE = "stock.picking/button_validate"
FOREIGN = {"skip_backorder": True}


@pytest.fixture
def dock(house: House) -> Dock:
    return Dock(house)


def ship(dock: Dock, *effects):
    return dock.house.connector.deliver(effects)


def error_of(outcome, kind):
    assert isinstance(outcome, Failed), outcome
    assert isinstance(outcome.error, kind), vars(outcome.error)
    assert outcome.error.remedy
    return outcome.error


class TestShipment:
    def test_a_part_leaves_and_the_rest_stays_open(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        first = seen(ship(dock, effect)[0])
        assert first == {
            "pickings": ["WH/OUT/00001"], "delivered": {LINE: "6"}, "remaining": {LINE: "4"},
            "invoice_status": "to invoice",
        }  # fmt: skip
        done, rest = dock.pickings(order)
        assert (done["carrier_tracking_ref"], rest["carrier_tracking_ref"]) == ("T1, T2", False)
        assert seen(ship(dock, effect)[0]) == first
        second = seen(ship(dock, dock.shipment("A", "s2", "4", product))[0])
        assert (second["delivered"], second["remaining"]) == ({LINE: "10"}, {})
        assert second["pickings"] == [rest["name"]]
        assert dock.left(order) == 10
        assert dock.on_hand(product) == 10

    def test_few_calls(self, dock: Dock):
        product = dock.goods(200)
        orders = [dock.ordered(f"A{n}", product) for n in range(20)]
        effects = [
            dock.shipment(f"A{n}", "s1", "10", product, order_id=o) for n, o in enumerate(orders)
        ]
        ship(dock, dock.shipment("A0", "warm", "11", product, order_id=orders[0]))
        dock.house.twin.log.reset()
        assert all(isinstance(outcome, Observed) for outcome in ship(dock, *effects))
        assert dock.calls() == [
            "sale.order/web_read", "sale.order.line/get_external_id", "stock.picking/load",
            VALIDATE,
            "sale.order/web_read", "stock.move.line/get_external_id",
        ]  # fmt: skip

    def test_without_a_tracking_number_one_that_is_there_stays(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        dock.pickings(order)[0]["carrier_tracking_ref"] = "by hand"
        seen(ship(dock, dock.shipment("A", "s1", "6", product, tracking=()))[0])
        assert dock.pickings(order)[0]["carrier_tracking_ref"] == "by hand"

    def test_a_second_shipment_of_the_order_waits_for_the_first(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effects = [dock.shipment("A", name, "5", product) for name in ("s1", "s2")]
        first, second = ship(dock, *effects)
        assert isinstance(first, Observed)
        assert isinstance(second, Failed)
        assert isinstance(second.error, Unavailable)
        seen(ship(dock, effects[1])[0])
        assert dock.left(order) == 10

    def test_pick_pack_and_ship(self, dock: Dock):
        dock.house.twin.database.tables["stock.warehouse"][1]["delivery_steps"] = "pick_pack_ship"
        product = dock.goods(20)
        order = dock.ordered("A", product)
        first = seen(ship(dock, dock.shipment("A", "s1", "6", product))[0])
        assert (first["pickings"], first["remaining"]) == (["WH/OUT/00001"], {LINE: "4"})
        assert seen(ship(dock, dock.shipment("A", "s2", "4", product))[0])["remaining"] == {}
        assert dock.left(order) == 10
        assert dock.on_hand(product) == 10

    def test_goods_picked_by_hand_need_no_picking(self, dock: Dock):
        dock.house.twin.database.tables["stock.warehouse"][1]["delivery_steps"] = "pick_ship"
        product = dock.goods(20)
        order = dock.ordered("A", product)
        button_validate(dock.house.twin.database, [dock.pickings(order)[0]["id"]], {})
        seen(ship(dock, dock.shipment("A", "s1", "6", product))[0])
        assert len(dock.pickings(order)) == 3
        assert dock.left(order) == 6

    def test_dozens_are_moved_by_the_piece(self, dock: Dock):
        product = dock.goods(100)
        order = dock.ordered("A", product, "3")
        database = dock.house.twin.database
        (line,) = [
            li for li in database.tables["sale.order.line"].values() if li["product_id"] == product
        ]
        line["product_uom_id"] = 31
        (move,) = [
            m for m in database.tables["stock.move"].values() if m["sale_line_id"] == line["id"]
        ]
        move["product_uom_qty"] = 36
        first = seen(ship(dock, dock.shipment("A", "s1", "1.5", product))[0])
        assert (first["delivered"], first["remaining"]) == ({LINE: "1.5"}, {LINE: "1.5"})
        assert dock.left(order) == 18
        refused = ship(dock, dock.shipment("A", "s2", "0.0001", product))[0]
        assert error_of(refused, Rejected).code == "unit"


class TestLots:
    def test_the_lots_named_leave(self, dock: Dock):
        product = dock.goods(tracking="lot")
        for lot in ("L1", "L2", "L3"):
            dock.count(product, 5, lot)
        order = dock.ordered("A", product, "6")
        lots = [("L2", "1"), ("L3", "3")]
        seen(ship(dock, dock.shipment("A", "s1", "4", product, lots))[0])
        quants = dock.house.twin.database.tables["stock.quant"].values()
        assert [q["quantity"] for q in quants if q["lot_id"]] == [5, 4, 2]
        assert dock.left(order) == 4

    @pytest.mark.parametrize(
        ("lots", "code"), [([], "lots_missing"), ([("X", "2")], "lot_unknown")]
    )
    def test_lots_that_are_missing_or_unknown(self, dock: Dock, lots, code):
        product = dock.goods(tracking="lot")
        dock.count(product, 5, "L1")
        order = dock.ordered("A", product, "2")
        refused = ship(dock, dock.shipment("A", "s1", "2", product, lots))[0]
        assert error_of(refused, Rejected).code == code
        assert dock.left(order) == 0

    def test_lots_that_are_not_all_of_the_line(self, dock: Dock):
        with pytest.raises(Rejected, match="3 shipped, 2 of it in lots"):
            dock.shipment("A", "s1", "3", 1, [("L1", "2")])


class TestRefusals:
    def test_more_than_is_open(self, dock: Dock):
        product = dock.goods(50)
        order = dock.ordered("A", product)
        error = error_of(ship(dock, dock.shipment("A", "s1", "11", product))[0], Rejected)
        assert error.code == "over_shipped"
        assert "11 shipped, 10 open" in error.reason
        assert dock.left(order) == 0
        assert dock.on_hand(product) == 50

    def test_a_person_has_validated_it(self, dock: Dock):
        product = dock.goods(50)
        order = dock.ordered("A", product)
        button_validate(dock.house.twin.database, [dock.pickings(order)[0]["id"]], {})
        effect = dock.shipment("A", "s1", "10", product)
        assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
        error = error_of(ship(dock, effect)[0], Rejected)
        assert "validated there, not by us: WH/OUT/00001" in error.reason
        assert dock.left(order) == 10

    def test_a_person_is_picking(self, dock: Dock):
        product = dock.goods(50)
        order = dock.ordered("A", product)
        for table in ("stock.move.line", "stock.move"):
            for row in dock.house.twin.database.tables[table].values():
                row["picked"] = True
        error = error_of(ship(dock, dock.shipment("A", "s1", "4", product))[0], Rejected)
        assert error.code == "being_picked"
        assert dock.left(order) == 0

    def test_one_of_a_batch_fails_alone(self, dock: Dock):
        product = dock.goods(100)
        orders = [dock.ordered(f"A{n}", product, "5") for n in range(5)]
        quantities = ["5", "5", "6", "5", "5"]
        outcomes = ship(
            dock, *(dock.shipment(f"A{n}", "s", q, product) for n, q in enumerate(quantities))
        )
        assert error_of(outcomes[2], Rejected).code == "over_shipped"
        assert [dock.left(order) for order in orders] == [5, 5, 0, 5, 5]

    def test_odoos_own_refusal_stops_only_its_order(self, dock: Dock, monkeypatch):
        product = dock.goods(100)
        orders = [dock.ordered(f"A{n}", product, "5") for n in range(4)]
        dock.pickings(orders[1])[0]["picking_type_code"] = "outgoing"
        bad = dock.pickings(orders[1])[0]["id"]
        monkeypatch.setattr(
            "crossdock.connectors.odoo.twin.pickings._check", lambda _, p: _refuse(p, bad)
        )
        outcomes = ship(dock, *(dock.shipment(f"A{n}", "s", "5", product) for n in range(4)))
        assert error_of(outcomes[1], Rejected).code == "user_error"
        assert [dock.left(order) for order in orders] == [5, 0, 5, 5]

    @pytest.mark.parametrize("change", [{"product": 1}, {"line": "2"}])
    def test_a_line_that_is_not_there(self, dock: Dock, change):
        product = dock.goods(5)
        dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "1", change.get("product", product))
        if "line" in change:
            request = effect.request.replace(b"_l1", b"_l2")
            effect = type(effect)(effect.effect_key, effect.operation, "A", request, 1)
        assert error_of(ship(dock, effect)[0], Rejected).code == "line_missing"

    def test_an_order_that_is_not_there_or_not_confirmed(self, dock: Dock):
        product = dock.goods(5)
        assert error_of(ship(dock, dock.shipment("Z", "s", "1", 1))[0], Rejected).code == "missing"
        dock.house.connector.deliver([dock.house.create("D", product=product)])
        refused = ship(dock, dock.shipment("D", "s", "1", product))[0]
        assert error_of(refused, Rejected).code == "not_confirmed"


def _refuse(picking, bad):
    if picking["id"] == bad:
        raise user_error("No.")


class TestExactlyOnce:
    """Wherever it is cut off, a probe and a second try ship it once."""

    @pytest.mark.parametrize("operation", ["*/load", f"*{VALIDATE[13:]}", "*/get_external_id"])
    @pytest.mark.parametrize("kind", [FaultKind.RESET_BEFORE, FaultKind.REPLY_LOST])
    @pytest.mark.parametrize("steps", ["ship_only", "pick_ship"])
    def test_cut_off(self, dock: Dock, operation, kind, steps):
        dock.house.twin.database.tables["stock.warehouse"][1]["delivery_steps"] = steps
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        dock.house.twin.faults.add(Fault(kind, operations=(operation,), count=1))
        (outcome,) = ship(dock, effect)
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, Ambiguous | Unavailable)
        (found,) = dock.house.connector.probe([effect])
        if isinstance(found, Absent):
            (found,) = ship(dock, effect)
        assert seen(found)["remaining"] == {LINE: "4"}
        assert dock.left(order) == 6
        assert dock.on_hand(product) == 14

    def test_the_answer_to_the_last_reading_is_lost(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        dock.house.twin.faults.add(
            Fault(FaultKind.RESET_BEFORE, operations=("stock.move.line/get_external_id",), count=1)
        )
        error_of(ship(dock, effect)[0], Ambiguous)
        (found,) = dock.house.connector.probe([effect])
        assert isinstance(found, Observed)
        assert found.adopted
        assert dock.left(order) == 6

    def written_only(self, dock: Dock, effect) -> None:
        """As a worker leaves it that is killed before the validation."""
        fault = Fault(FaultKind.RESET_BEFORE, operations=(f"*{VALIDATE[13:]}",), count=1)
        dock.house.twin.faults.add(fault)
        error_of(ship(dock, effect)[0], Ambiguous)

    def test_the_second_try_goes_on_with_the_same_delivery(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        self.written_only(dock, effect)
        assert dock.house.connector.probe([effect]) == [Absent(effect.effect_key)]
        dock.house.twin.log.reset()
        seen(ship(dock, effect)[0])
        assert "stock.picking/load" not in dock.calls()
        assert dock.left(order) == 6

    def test_a_person_validates_what_we_wrote(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        self.written_only(dock, effect)
        button_validate(dock.house.twin.database, [dock.pickings(order)[0]["id"]], FOREIGN)
        assert isinstance(dock.house.connector.probe([effect])[0], Observed)
        seen(ship(dock, effect)[0])
        assert dock.left(order) == 6

    def test_a_person_changes_what_we_wrote(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        self.written_only(dock, effect)
        for line in dock.house.twin.database.tables["stock.move.line"].values():
            if line["picked"]:
                line["quantity"] = 5
        assert error_of(ship(dock, effect)[0], Rejected).code == "conflict"
        assert dock.left(order) == 0
        button_validate(dock.house.twin.database, [dock.pickings(order)[0]["id"]], FOREIGN)
        (found,) = dock.house.connector.probe([effect])
        assert isinstance(found, Conflicting)
        assert "shipped 5 of this shipment, ours is 6" in found.difference
        assert error_of(ship(dock, effect)[0], Rejected).code == "conflict"
        assert dock.left(order) == 5

    @pytest.mark.parametrize("validated", [False, True])
    def test_a_person_changes_the_lot_of_what_we_wrote(self, dock: Dock, validated):
        product = dock.goods(tracking="lot")
        for lot in ("L1", "L2"):
            dock.count(product, 9, lot)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product, [("L1", "6")])
        self.written_only(dock, effect)
        tables = dock.house.twin.database.tables
        (other,) = [number for number, lot in tables["stock.lot"].items() if lot["name"] == "L2"]
        for line in tables["stock.move.line"].values():
            if line["picked"]:
                line["lot_id"] = other
        if validated:
            button_validate(dock.house.twin.database, [dock.pickings(order)[0]["id"]], FOREIGN)
        (found,) = dock.house.connector.probe([effect])
        assert isinstance(found, Conflicting)
        assert "6 of the lot with id" in found.difference
        assert error_of(ship(dock, effect)[0], Rejected).code == "conflict"
        assert dock.left(order) == (6 if validated else 0)

    def test_a_person_resets_what_we_wrote(self, dock: Dock):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        self.written_only(dock, effect)
        database = dock.house.twin.database
        ours = [n for n, li in database.tables["stock.move.line"].items() if li["picked"]]
        database.delete("stock.move.line", ours)
        seen(ship(dock, effect)[0])
        assert dock.left(order) == 6

    def test_a_window_is_no_validation(self, dock: Dock, monkeypatch):
        product = dock.goods(20)
        order = dock.ordered("A", product)
        effect = dock.shipment("A", "s1", "6", product)
        monkeypatch.setattr("crossdock.connectors.odoo.ship_orders.CONTEXT", {})
        error = error_of(ship(dock, effect)[0], NotYet)
        assert "stock.backorder.confirmation" in error.reason
        assert dock.calls().count(VALIDATE) == 1
        assert dock.left(order) == 0
        monkeypatch.undo()
        seen(ship(dock, effect)[0])
        assert dock.left(order) == 6

    def test_a_window_after_the_work_is_done_does_not_hide_it(self, dock: Dock, monkeypatch):
        """Odoo answers a printing window after it has validated."""
        product = dock.goods(20)
        order = dock.ordered("A", product)
        printing = {"type": "ir.actions.client", "tag": "do_multi_print"}
        monkeypatch.setitem(
            ACTIONS, ("stock.picking", "button_validate"),
            lambda *given: button_validate(*given) and printing,
        )  # fmt: skip
        seen(ship(dock, dock.shipment("A", "s1", "6", product))[0])
        assert dock.left(order) == 6

    def test_the_request_is_final(self, dock: Dock):
        request = json.loads(dock.shipment("A", "s1", "6", 7).request)
        assert request["marker"] == "crossdock_shop.shipment_A_2f_s1"
        assert request["tracking"] == "T1, T2"
