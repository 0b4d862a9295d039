"""The stream stock against a real Odoo 19, and Odoo's own figures beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from crossdock.connectors.odoo.connector import OdooConnector
from crossdock.domain.stock import StockLevel
from crossdock.engine.clock import SystemClock
from crossdock.ports.message import MessageIdentity
from tests.contract.odoo.stock import whole
from tests.live.odoo.conftest import LiveHouse
from tests.live.odoo.shipping import Dock


@dataclass(slots=True)
class LiveStock:
    """Goods of this run in a real Odoo, and the stream that reads them."""

    house: LiveHouse
    connector: OdooConnector
    cursor: str | None = None
    keys: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def dock(self) -> Dock:
        return Dock(self.house)

    def goods(self, name: str, stock: int = 0, location: int = 0) -> tuple[int, str]:
        sku = f"{self.house.odoo.prefix}-{name}"
        return self.dock.goods(stock, location, default_code=sku), sku

    def levels(self) -> dict[tuple[str, str], StockLevel]:
        """What one sweep says, by warehouse and SKU."""
        found = {}
        for page in self.connector.sweep("stock", self.cursor, SystemClock().now()):
            assert self.cursor is None or page.cursor >= self.cursor
            self.cursor = page.cursor
            for arrival in page.arrivals:
                identity = self.connector.identify(arrival)
                assert isinstance(identity, MessageIdentity)
                level = self.connector.translate(identity.kind, arrival)
                assert isinstance(level, StockLevel)
                found[level.location, level.sku] = level
                self.keys[level.location, level.sku] = identity.message_key
        return found

    def level(self, sku: str, warehouse: str = "") -> StockLevel:
        return self.levels()[warehouse or self.warehouse()["code"], sku]

    def warehouse(self, steps: str = "ship_only") -> dict[str, Any]:
        """The first warehouse that delivers so."""
        fields = ["code", "lot_stock_id", "in_type_id", "int_type_id", "wh_qc_stock_loc_id"]
        domain = [["delivery_steps", "=", steps]]
        found: list[dict[str, Any]] = self.house.odoo.find("stock.warehouse", domain, fields)
        if not found:
            pytest.skip(f"no warehouse delivers by {steps}")
        return found[0]

    def unit(self, name: str) -> int:
        (row,) = self.house.odoo.find("uom.uom", [["name", "=", name]], ["name"])
        return int(row["id"])

    def keyed_in(self, product: int, quantity: int, **values: Any) -> int:
        """A confirmed order that did not come through us."""
        odoo = self.house.odoo
        unit = {"product_uom_id": values.pop("unit")} if "unit" in values else {}
        line = {"product_id": product, "product_uom_qty": quantity, **unit}
        order = {"partner_id": self.house.partner, "order_line": [[0, 0, line]], **values}
        number = odoo.create("sale.order", order)
        odoo.call("sale.order", "action_confirm", ids=[number])
        return number

    def transfer(
        self, product: int, quantity: int, kind: int, source: int, target: int, **values: Any
    ) -> int:
        """A confirmed picking of one move; its id."""
        odoo = self.house.odoo
        unit, origin = values.pop("unit", 0) or self.house.unit, values.pop("origin", False)
        ends = {"location_id": source, "location_dest_id": target}
        move = {
            "product_id": product, "product_uom_qty": quantity, "product_uom": unit,
            "origin": origin, **ends,
        }  # fmt: skip
        picking = {"picking_type_id": kind, "move_ids": [[0, 0, move]], **ends, **values}
        number = odoo.create("stock.picking", picking)
        odoo.call("stock.picking", "action_confirm", ids=[number])
        return number

    def validate(self, picking: int, *, assign: bool = False) -> None:
        odoo = self.house.odoo
        if assign:
            odoo.call("stock.picking", "action_assign", ids=[picking])
        done = odoo.call(
            "stock.picking", "button_validate", ids=[picking],
            context={"skip_backorder": True, "skip_sms": True},
        )  # fmt: skip
        assert done is True

    def suppliers(self) -> int:
        found = self.house.odoo.find("stock.location", [["usage", "=", "supplier"]], ["name"])
        return int(found[0]["id"])

    def odoos_own(self, product: int, warehouse: dict[str, Any]) -> dict[str, Decimal]:
        """What Odoo's forecast says of a product in a warehouse."""
        names = ["qty_available", "incoming_qty", "outgoing_qty"]
        (row,) = self.house.odoo.call(
            "product.product", "read", ids=[product], fields=names, load=None,
            context={"warehouse_id": warehouse["id"]},
        )  # fmt: skip
        return {name: Decimal(str(row[name])) for name in names}


@pytest.fixture(scope="module")
def stock(house: LiveHouse) -> Iterator[LiveStock]:
    connector = house.odoo.connector(stock="on")
    made = LiveStock(house, connector)
    made.levels()
    yield made
    connector.close()


def test_people_and_we_ask_for_the_same_goods(stock: LiveStock):
    product, sku = stock.goods("DEMAND", 20)
    assert stock.level(sku).on_hand.amount == 20
    stock.dock.ordered("stock-own", product, "4")
    own = stock.level(sku)
    assert whole(own.on_hand.amount, own.foreign_demand, own.reserved) == [20, 0, 4]
    order = stock.keyed_in(product, 2, unit=stock.unit("Pack of 6"))
    seen = stock.level(sku)
    assert whole(seen.on_hand.amount, seen.foreign_demand, seen.reserved) == [20, 12, 16]
    assert stock.odoos_own(product, stock.warehouse())["outgoing_qty"] == seen.foreign_demand + 4
    stock.house.odoo.call("sale.order", "action_cancel", ids=[order])
    assert stock.level(sku).foreign_demand == 0


def test_the_quant_that_a_delivery_emptied(stock: LiveStock):
    product, sku = stock.goods("EMPTY", 3)
    order = stock.keyed_in(product, 3)
    assert stock.level(sku).on_hand.amount == 3
    before = stock.keys[stock.warehouse()["code"], sku]
    (picking,) = stock.dock.pickings(order)
    stock.validate(picking["id"])
    level = stock.level(sku)
    assert whole(level.on_hand.amount, level.foreign_demand, level.reserved) == [0, 0, 0]
    assert stock.keys[stock.warehouse()["code"], sku] != before
    here = [["product_id", "=", product], ["location_id.usage", "=", "internal"]]
    assert [q["quantity"] for q in stock.house.odoo.find("stock.quant", here, ["quantity"])] == [0]
    stock.house.odoo.call("stock.quant", "action_view_inventory")
    assert not stock.house.odoo.find("stock.quant", here, ["quantity"])
    again = LiveStock(stock.house, stock.connector)
    assert again.level(sku).on_hand.amount == 0


def test_a_receipt_in_packs_and_what_came_of_it(stock: LiveStock):
    product, sku = stock.goods("RECEIPT")
    house = stock.warehouse()
    picking = stock.transfer(
        product, 6, house["in_type_id"], stock.suppliers(), house["lot_stock_id"],
        unit=stock.unit("Pack of 6"), origin="P-LIVE", scheduled_date="2026-12-24 10:00:00",
    )  # fmt: skip
    (receipt,) = stock.level(sku).receipts
    assert (receipt.reference, str(receipt.quantity)) == ("P-LIVE", "36 Units")
    (move,) = stock.house.odoo.find("stock.move", [["picking_id", "=", picking]], ["date"])
    assert receipt.expected_on == datetime.fromisoformat(move["date"]).date()
    assert stock.odoos_own(product, house)["incoming_qty"] == 36
    (row,) = stock.house.odoo.find("stock.move", [["picking_id", "=", picking]], ["quantity"])
    stock.house.odoo.call("stock.move", "write", ids=[row["id"]], vals={"quantity": 2})
    stock.house.odoo.call("stock.move", "write", ids=[row["id"]], vals={"picked": True})
    stock.validate(picking)
    level = stock.level(sku)
    assert level.on_hand.amount == 12
    assert [(r.reference, str(r.quantity)) for r in level.receipts] == [("P-LIVE", "24 Units")]


def test_a_transfer_between_two_warehouses(stock: LiveStock):
    product, sku = stock.goods("TRANSFER", 9)
    west, east = stock.warehouse(), stock.warehouse("pick_pack_ship")
    picking = stock.transfer(
        product, 5, west["int_type_id"], west["lot_stock_id"], east["lot_stock_id"]
    )
    found = stock.levels()
    assert found[west["code"], sku].foreign_demand == 5
    assert [r.quantity.amount for r in found[east["code"], sku].receipts] == [5]
    stock.validate(picking, assign=True)
    found = stock.levels()
    assert found[west["code"], sku].on_hand.amount == 4
    assert found[east["code"], sku].on_hand.amount == 5
    assert found[west["code"], sku].foreign_demand == 0
    assert found[east["code"], sku].receipts == ()


def test_a_chain_of_pick_pack_and_ship(stock: LiveStock):
    east = stock.warehouse("pick_pack_ship")
    product, sku = stock.goods("CHAIN", 10, east["lot_stock_id"])
    order = stock.keyed_in(product, 4, warehouse_id=east["id"])
    level = stock.level(sku, east["code"])
    assert whole(level.on_hand.amount, level.foreign_demand) == [10, 4]
    assert not level.unsellable
    for state in ("packing", "output", ""):
        (picking,) = [p for p in stock.dock.pickings(order) if p["state"] not in ("done", "cancel")]
        stock.validate(picking["id"])
        level = stock.level(sku, east["code"])
        assert whole(level.on_hand.amount, level.foreign_demand) == [6, 0]
        assert level.unsellable == ({state: 4} if state else {})


def test_quarantine_and_loss(stock: LiveStock):
    house = stock.warehouse()
    product, sku = stock.goods("QUARANTINE", 10)
    (stock_place,) = stock.house.odoo.find(
        "stock.location", [["id", "=", house["lot_stock_id"]]], ["location_id"]
    )
    name = f"Quarantine {stock.house.odoo.prefix}"
    room = stock.house.odoo.create(
        "stock.location",
        {"name": name, "usage": "internal", "location_id": stock_place["location_id"]},
    )
    shelf = stock.house.odoo.create(
        "stock.location",
        {"name": f"Shelf {name}", "usage": "internal", "location_id": house["lot_stock_id"]},
    )
    stock.dock.count(product, 3, room)
    stock.dock.count(product, 2, shelf)
    level = stock.level(sku)
    assert level.on_hand.amount == 12
    assert level.unsellable == {"quarantine": 3}
    stock.dock.count(product, 7)
    assert stock.level(sku).on_hand.amount == 9


def test_a_whole_reading_agrees_with_odoos_own_figures(stock: LiveStock):
    """On hand and unsellable together are what Odoo says is in the warehouse."""
    house = stock.warehouse()
    again = LiveStock(stock.house, stock.connector)
    mine = {k: v for k, v in again.levels().items() if k[1].startswith(stock.house.odoo.prefix)}
    assert len(mine) >= 6
    products = stock.house.odoo.find(
        "product.product", [["default_code", "=like", f"{stock.house.odoo.prefix}-%"]],
        ["default_code"],
    )  # fmt: skip
    numbers = {row["default_code"]: row["id"] for row in products}
    for (code, sku), level in mine.items():
        if code == house["code"]:
            own = stock.odoos_own(numbers[sku], house)["qty_available"]
            assert level.on_hand.amount + sum(level.unsellable.values()) == own, sku
