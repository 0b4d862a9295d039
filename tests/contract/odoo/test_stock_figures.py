"""What counts: on hand, reserved, unsellable, foreign demand, receipts; each only once."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from crossdock.connectors.odoo.mapping import stock_figures, stock_places
from crossdock.connectors.odoo.mapping.stock_figures import StockFigures
from crossdock.connectors.odoo.mapping.stock_level import level_body, to_stock_level
from crossdock.connectors.odoo.mapping.stock_places import Place, Warehouse
from crossdock.connectors.odoo.stock_reader import QUANT_SUMS
from crossdock.connectors.odoo.stock_sweep import WATCHED
from crossdock.connectors.odoo.twin import OdooTwin
from crossdock.connectors.odoo.twin.pickings import button_validate
from crossdock.connectors.odoo.twin.places import add_location, add_warehouse
from crossdock.connectors.odoo.twin.writing import create
from crossdock.domain.stock import StockLevel
from crossdock.engine.clock import ManualClock
from crossdock.testing.twin_server import TwinServer
from tests.contract.odoo.conftest import NOW, House, make_connector
from tests.contract.odoo.evidence import fields_of, methods_of, needs_evidence, recorded
from tests.contract.odoo.stock import (
    CUSTOMERS,
    INPUT,
    LOSS,
    OUTPUT,
    QUALITY,
    STOCK,
    SUPPLIERS,
    Shelves,
    whole,
)
from tests.contract.odoo.test_recorded_calls import difference, replay

VIEW = 4
DOZENS = 31


@pytest.fixture
def shelves() -> Iterator[Shelves]:
    clock = ManualClock(NOW)
    with TwinServer(OdooTwin(clock=clock)) as server:
        connector = make_connector(server.url, stock="on")
        yield Shelves(House(server), connector, clock)
        connector.close()


def receipts(level: StockLevel) -> list[tuple[str, str, date]]:
    return [(r.reference, str(r.quantity.amount), r.expected_on) for r in level.receipts]


class TestOnHand:
    def test_shelves_below_stock_are_sellable(self, shelves: Shelves):
        product = shelves.goods(stock="5")
        shelf = add_location(shelves.database, "Shelf 1", "internal", STOCK)
        shelves.lay(product, "2", shelf)
        assert shelves.level().on_hand.amount == 7

    def test_what_is_reserved_is_still_there(self, shelves: Shelves):
        product = shelves.goods(stock="10")
        shelves.dock.ordered("A", product, "4")
        level = shelves.level()
        assert whole(level.on_hand.amount, level.reserved) == [10, 4]

    def test_below_zero_is_said_as_it_is(self, shelves: Shelves):
        shelves.goods(stock="-4")
        assert shelves.level().on_hand.amount == -4

    def test_sums_have_no_noise(self):
        found = StockFigures({STOCK: Place("internal", 1, sellable=True)})
        sums = {"quantity:sum": 0.1 + 0.2, "reserved_quantity:sum": Decimal("2.0000000000000004")}
        ends = {"product_id": [7, "Box"], "location_id": [STOCK, "Stock"]}
        found.add_quants([{**ends, **sums, "write_date:max": "2026-11-21 09:30:00"}])
        body = level_body(found.by_pair[7, 1], Warehouse(1, "WH", "", STOCK, {}), "B", "kg", NOW)
        level = to_stock_level(body)
        assert [str(level.on_hand.amount), str(level.reserved)] == ["0.3", "2"]

    def test_other_places_by_their_state(self, shelves: Shelves):
        product = shelves.goods(stock="1")
        for number, name in enumerate(("Quarantine", "Damaged goods", "Show room"), 1):
            room = add_location(shelves.database, name, "internal", VIEW)
            shelves.lay(product, "99", add_location(shelves.database, "Row", "view", room))
            shelves.lay(product, str(number), add_location(shelves.database, "A", "internal", room))
        for number, location in ((10, INPUT), (20, QUALITY), (30, OUTPUT)):
            shelves.lay(product, str(number), location)
        level = shelves.level()
        assert level.on_hand.amount == 1
        assert level.unsellable == {
            "quarantine": 1, "damaged": 2, "in_show_room": 3,
            "input": 10, "quality": 20, "output": 30,
        }  # fmt: skip

    def test_what_is_lost_sold_or_the_vendors_counts_nowhere(self, shelves: Shelves):
        product = shelves.goods(stock="1")
        for location in (LOSS, CUSTOMERS, SUPPLIERS):
            shelves.lay(product, "9", location)
        level = shelves.level()
        assert level.on_hand.amount == 1
        assert not level.unsellable


class TestForeignDemand:
    def test_our_own_order_is_none(self, shelves: Shelves):
        product = shelves.goods(stock="10")
        shelves.dock.ordered("A", product, "4")
        assert shelves.level().foreign_demand == 0

    def test_an_order_keyed_in_is(self, shelves: Shelves):
        product = shelves.goods(stock="10")
        shelves.keyed_in(product, "3")
        shelves.dock.ordered("A", product, "4")
        level = shelves.level()
        assert whole(level.foreign_demand, level.reserved) == [3, 7]

    def test_a_line_that_a_person_added_to_our_order_is(self, shelves: Shelves):
        product = shelves.goods(stock="10")
        order = shelves.dock.ordered("A", product, "4")
        line = {"order_id": order, "product_id": product, "product_uom_qty": Decimal(2)}
        (added,) = create(shelves.database, "sale.order.line", [line])
        shelves.move(product, "2", STOCK, CUSTOMERS, sale_line_id=added)
        assert shelves.level().foreign_demand == 2

    @pytest.mark.parametrize(
        ("state", "counted"),
        [("draft", 0), ("confirmed", 3), ("waiting", 3), ("partially_available", 3),
         ("assigned", 3), ("done", 0), ("cancel", 0)],
    )  # fmt: skip
    def test_only_open_moves(self, shelves: Shelves, state: str, counted: int):
        product = shelves.goods(stock="10")
        shelves.move(product, "3", STOCK, CUSTOMERS, state=state)
        assert shelves.level().foreign_demand == counted

    def test_each_step_of_a_chain_is_counted_once(self, shelves: Shelves):
        """Pick, pack, ship: goods that were picked lie in packing, and are not asked for again."""
        shelves.database.tables["stock.warehouse"][1]["delivery_steps"] = "pick_pack_ship"
        product = shelves.goods(stock="10")
        order = shelves.keyed_in(product, "4")
        assert shelves.level().foreign_demand == 4
        shelves.move(product, "4", OUTPUT, CUSTOMERS, state="waiting")
        assert shelves.level().foreign_demand == 4
        (picking,) = shelves.dock.pickings(order)
        button_validate(shelves.database, [picking["id"]], {})
        level = shelves.level()
        assert whole(level.on_hand.amount, level.foreign_demand) == [6, 0]
        assert level.unsellable == {"packing": 4}

    def test_in_the_products_own_unit(self, shelves: Shelves):
        product = shelves.goods(stock="50")
        shelves.move(product, "2", STOCK, CUSTOMERS, product_uom=DOZENS)
        shelves.move(product, "3", SUPPLIERS, STOCK, product_uom=DOZENS)
        level = shelves.level()
        assert level.foreign_demand == 24
        assert level.receipts[0].quantity.amount == 36
        assert {level.on_hand.unit, level.receipts[0].quantity.unit} == {"Units"}

    def test_to_quarantine_and_to_production_but_not_to_another_shelf(self, shelves: Shelves):
        product = shelves.goods(stock="50")
        shelf = add_location(shelves.database, "Shelf 1", "internal", STOCK)
        shelves.move(product, "1", STOCK, QUALITY)
        shelves.move(product, "2", STOCK, add_location(shelves.database, "Make", "production"))
        shelves.move(product, "4", STOCK, shelf)
        assert shelves.level().foreign_demand == 3


class TestReceipts:
    def test_of_a_purchase(self, shelves: Shelves):
        product = shelves.goods()
        values = {"origin": "P00012", "reference": "WH/IN/1", "purchase_line_id": 31}
        shelves.move(product, "40", SUPPLIERS, STOCK, date="2026-11-25 09:00:00", **values)
        (receipt,) = shelves.level().receipts
        assert (receipt.reference, receipt.line) == ("P00012", "purchase_line:31")
        assert (str(receipt.quantity.amount), receipt.expected_on) == ("40", date(2026, 11, 25))

    def test_what_is_open_of_one_line_comes_together_at_the_latest_date(self, shelves: Shelves):
        product = shelves.goods()
        values = {"origin": "P00012", "purchase_line_id": 31}
        shelves.move(product, "25", SUPPLIERS, STOCK, date="2026-11-25 09:00:00", **values)
        shelves.move(product, "15", SUPPLIERS, STOCK, date="2026-11-28 09:00:00", **values)
        shelves.move(product, "9", SUPPLIERS, STOCK, state="done", **values)
        assert receipts(shelves.level()) == [("P00012", "40", date(2026, 11, 28))]

    @pytest.mark.parametrize(("zone", "day"), [("Europe/Berlin", 26), ("", 25), ("Moon/Sea", 25)])
    def test_the_day_is_the_warehouses(self, shelves: Shelves, zone: str, day: int):
        shelves.database.tables["res.partner"][1]["tz"] = zone
        shelves.move(shelves.goods(), "1", SUPPLIERS, STOCK, date="2026-11-25 23:30:00")
        assert shelves.level().receipts[0].expected_on.day == day

    def test_a_receipt_in_steps_is_expected_once(self, shelves: Shelves):
        product = shelves.goods()
        shelves.move(product, "5", SUPPLIERS, INPUT, location_final_id=STOCK, reference="IN/1")
        shelves.move(product, "5", INPUT, STOCK, state="waiting", reference="INT/1")
        level = shelves.level()
        assert receipts(level) == [("IN/1", "5", NOW.date())]
        assert level.foreign_demand == 0

    def test_what_comes_back_or_only_passes_is_not_expected(self, shelves: Shelves):
        product = shelves.goods(stock="1")
        shelves.move(product, "5", CUSTOMERS, STOCK)
        shelves.move(product, "6", LOSS, STOCK)
        shelves.move(product, "7", SUPPLIERS, INPUT, location_final_id=CUSTOMERS)
        assert shelves.level().receipts == ()


class TestTwoWarehouses:
    def test_each_has_its_own(self, shelves: Shelves):
        east = add_warehouse(shelves.database, "EAST")
        product = shelves.goods(stock="5")
        shelves.lay(product, "8", east["lot_stock_id"])
        found = shelves.levels()
        assert {place: level.on_hand.amount for (place, _), level in found.items()} == {
            "WH": 5, "EAST": 8,
        }  # fmt: skip

    @pytest.mark.parametrize("by_transit", [False, True])
    def test_a_transfer_leaves_one_and_is_expected_in_the_other(
        self, shelves: Shelves, by_transit: bool
    ):
        east = add_warehouse(shelves.database, "EAST")["lot_stock_id"]
        product = shelves.goods(stock="5")
        if by_transit:
            road = add_location(shelves.database, "Transit", "transit")
            shelves.move(product, "3", STOCK, road, location_final_id=east, reference="OUT/1")
            shelves.move(product, "3", road, east, state="waiting", reference="T/1")
        else:
            shelves.move(product, "3", STOCK, east, reference="T/1")
        found = shelves.levels()
        assert found["WH", "BOX"].foreign_demand == 3
        assert found["WH", "BOX"].receipts == ()
        assert found["EAST", "BOX"].foreign_demand == 0
        assert receipts(found["EAST", "BOX"]) == [("T/1", "3", NOW.date())]


@needs_evidence
class TestNames:
    def test_fields_that_are_read_exist(self):
        for model, names in (
            ("stock.move", (*stock_figures.MOVE_FIELDS, stock_figures.PURCHASE_LINE, "write_date")),
            ("stock.quant", [name.partition(":")[0] for name in QUANT_SUMS]),
            ("stock.location", stock_places.LOCATION_FIELDS),
            ("stock.warehouse", stock_places.WAREHOUSE_FIELDS),
            ("product.product", ["is_storable", "default_code", "uom_id", "active"]),
            ("product.product", [name.partition(".")[0] for name in WATCHED]),
            ("res.partner", ["tz"]),
        ):  # fmt: skip
            assert set(names) <= fields_of(model).keys(), model
        states = {state for state, _ in fields_of("stock.move")["state"]["selection"]}
        assert states - {"draft", "done", "cancel"} == set(stock_figures.OPEN)

    def test_calls_name_known_methods_and_parameters(self, shelves: Shelves):
        shelves.keyed_in(shelves.goods(stock="5"), "2")
        shelves.house.twin.log.reset()
        shelves.house.twin.log.keep_bodies = True
        shelves.levels()
        for call in shelves.house.twin.log.calls:
            model, _, method = call.operation.partition("/")
            known = methods_of(model)[method]["parameters"]
            given = set(json.loads(call.body)) - {"ids", "context"}
            assert given - ({"load"} if "read_kwargs" in known else set()) <= known.keys()

    def test_sums_come_as_recorded(self):
        twin = OdooTwin()
        add_warehouse(twin.database, "EAST")
        for product in (2, 3):
            values = {"name": "Widget", "default_code": f"W{product}", "uom_id": 1}
            twin.database.insert("product.product", values, product)
            quant = {"product_id": product, "location_id": STOCK, "quantity": Decimal(110)}
            twin.database.insert("stock.quant", quant)
        call = recorded("150_quant_formatted_read_group")
        reply = replay(twin, call)
        assert not difference(call["response"]["json"], json.loads(reply.body))
