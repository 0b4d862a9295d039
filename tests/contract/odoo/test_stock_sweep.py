"""The stream stock: what may have changed is found, read once, and said once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from crossdock.connectors.odoo import stock_sweep
from crossdock.connectors.odoo.stock_cursor import SAFELY_PAST, WHOLE_EVERY, StockCursor
from crossdock.connectors.odoo.twin import OdooTwin
from crossdock.connectors.odoo.twin.places import add_warehouse
from crossdock.connectors.odoo.twin.writing import write
from crossdock.engine.clock import ManualClock
from crossdock.ports.errors import Rejected, Unreadable
from crossdock.ports.message import Arrival, Hint, MessageIdentity
from crossdock.testing.twin_server import TwinServer
from tests.contract.odoo.conftest import NOW, House, make_connector
from tests.contract.odoo.stock import CUSTOMERS, STOCK, SUPPLIERS, Shelves


@pytest.fixture
def shelves() -> Iterator[Shelves]:
    clock = ManualClock(NOW)
    with TwinServer(OdooTwin(clock=clock)) as server:
        connector = make_connector(server.url, stock="on")
        yield Shelves(House(server), connector, clock)
        connector.close()


class TestWhatMayHaveChanged:
    def test_a_changed_quant(self, shelves: Shelves):
        shelves.goods(stock="10")
        assert shelves.level().on_hand.amount == 10
        shelves.quiet()
        (quant,) = shelves.database.tables["stock.quant"].values()
        shelves.database.update("stock.quant", quant, {"quantity": 7})
        shelves.goods("OTHER")
        level = shelves.level()
        assert level.on_hand.amount == 7
        assert level.read_at == shelves.clock.now()

    def test_what_did_not_change_is_not_read_again(self, shelves: Shelves):
        shelves.goods("OLD", "3")
        shelves.quiet()
        shelves.goods("NEW", "4")
        shelves.levels()
        assert {i.work_key for i in shelves.seen} == {"odoo:stock:WH:NEW"}

    def test_an_empty_quant_that_odoo_deleted(self, shelves: Shelves):
        product = shelves.goods(stock="5")
        assert shelves.level().on_hand.amount == 5
        shelves.quiet()
        (quant,) = shelves.database.tables["stock.quant"]
        move = shelves.move(product, "5", STOCK, CUSTOMERS, state="done")
        shelves.database.delete("stock.quant", [quant])
        level = shelves.level()
        assert str(level.on_hand) == "0 Units"
        assert move["write_date"] in shelves.seen[0].message_key

    def test_a_cancelled_move(self, shelves: Shelves):
        product = shelves.goods(stock="5")
        move = shelves.move(product, "2", STOCK, CUSTOMERS)
        assert shelves.level().foreign_demand == 2
        shelves.quiet()
        shelves.database.update("stock.move", move, {"state": "cancel"})
        assert shelves.level().foreign_demand == 0

    def test_a_new_code(self, shelves: Shelves):
        product = shelves.goods("OLD", "5")
        shelves.levels()
        shelves.quiet()
        write(shelves.database, "product.product", [product], {"default_code": "NEW"})
        assert shelves.level("NEW").on_hand.amount == 5

    def test_what_moved_no_write_date_is_found_by_the_whole_reading(self, shelves: Shelves):
        shelves.goods(stock="5")
        shelves.levels()
        (quant,) = shelves.database.tables["stock.quant"].values()
        quant["quantity"] = 4
        shelves.later(minutes=30)
        shelves.levels()
        assert not shelves.levels()
        shelves.clock.advance(WHOLE_EVERY)
        assert shelves.level().on_hand.amount == 4

    def test_a_quiet_database_is_not_read_again_and_again(self, shelves: Shelves):
        shelves.goods(stock="5")
        shelves.levels()
        shelves.clock.advance(SAFELY_PAST + timedelta(minutes=3))
        assert shelves.levels()
        assert not shelves.levels()


class TestWhatIsSaid:
    def test_an_unchanged_reading_is_a_duplicate(self, shelves: Shelves):
        shelves.goods(stock="5")
        shelves.later(minutes=2)
        first = shelves.keys()
        shelves.later(minutes=1)
        assert shelves.keys() == first

    def test_a_number_that_comes_back_is_news(self, shelves: Shelves):
        shelves.goods(stock="10")
        (quant,) = shelves.database.tables["stock.quant"].values()
        found: list[str] = []
        for quantity in (10, 8, 10):
            shelves.later(minutes=5)
            shelves.database.update("stock.quant", quant, {"quantity": quantity})
            found += shelves.keys()
        assert len(set(found)) == 3

    def test_a_figure_is_said_again_when_it_has_settled(self, shelves: Shelves):
        shelves.goods(stock="5")
        first = shelves.keys()
        shelves.later(seconds=30)
        assert shelves.keys() == first
        shelves.later(seconds=40)
        settled = shelves.keys()
        assert settled != first
        shelves.later(seconds=40)
        assert shelves.keys() == settled

    def test_versions_sort_as_the_readings(self, shelves: Shelves):
        shelves.goods(stock="5")
        shelves.levels()
        before = shelves.seen[0].version or ""
        shelves.later(seconds=1)
        shelves.levels()
        assert (shelves.seen[0].version or "") > before > ""

    def test_a_warehouse_the_product_never_was_in_says_nothing(self, shelves: Shelves):
        add_warehouse(shelves.database, "EAST")
        shelves.goods(stock="5")
        assert shelves.levels().keys() == {("WH", "BOX")}

    def test_what_the_sweep_did_not_write_is_refused(self, shelves: Shelves):
        with pytest.raises(Unreadable):
            shelves.connector.identify(Arrival("stock.level", {}, b'{"sku": "X"}'))

    def test_a_webhook_of_a_quant_is_a_hint(self, shelves: Shelves):
        found = shelves.connector.identify(Arrival("", {}, b'{"_model": "stock.quant"}'))
        assert found == Hint("stock")


class TestProducts:
    def test_one_without_a_code_is_left_out(self, shelves: Shelves):
        shelves.goods("", "3")
        shelves.goods("BOX", "1")
        assert shelves.levels().keys() == {("WH", "BOX")}

    def test_blanks_around_a_code_are_none_of_it(self, shelves: Shelves):
        shelves.goods(" BOX ", "3")
        shelves.goods("  ", "4")
        assert shelves.levels().keys() == {("WH", "BOX")}

    def test_an_archived_one_is_read(self, shelves: Shelves):
        product = shelves.goods(stock="5")
        write(shelves.database, "product.product", [product], {"active": False})
        assert shelves.level().on_hand.amount == 5

    def test_two_with_one_code_are_refused_once(self, shelves: Shelves):
        first, second = shelves.goods("TWIN", "5"), shelves.goods("TWIN", "6")
        (arrival,) = shelves.swept()
        identity = shelves.connector.identify(arrival)
        assert isinstance(identity, MessageIdentity)
        with pytest.raises(Unreadable) as refused:
            shelves.connector.translate(identity.kind, arrival)
        assert refused.value.field == "default_code"
        assert f"{first}, {second}" in refused.value.reason
        shelves.later(minutes=1)
        (again,) = shelves.swept()
        assert shelves.connector.identify(again).message_key == identity.message_key  # type: ignore[union-attr]

    def test_an_archived_namesake_does_no_harm(self, shelves: Shelves):
        old = shelves.goods("TWIN", "5")
        shelves.goods("TWIN", "6")
        write(shelves.database, "product.product", [old], {"active": False})
        assert shelves.level("TWIN").on_hand.amount == 6


class TestReading:
    def test_switched_off_it_asks_nothing_and_begins_when_switched_on(self, shelves: Shelves):
        shelves.goods(stock="5")
        off = make_connector(shelves.house.server.url)
        shelves.house.twin.log.reset()
        (page,) = off.sweep("stock", None, shelves.clock.now())
        off.close()
        assert (page.arrivals, page.last) == ((), True)
        assert not shelves.house.twin.log.calls
        shelves.cursor = page.cursor
        assert shelves.level().on_hand.amount == 5

    def test_a_reading_that_broke_off_goes_on(self, shelves: Shelves, monkeypatch):
        monkeypatch.setattr(stock_sweep, "PAGE", 3)
        for number in range(8):
            shelves.goods(f"B{number}", "1")
        pages = shelves.connector.sweep("stock", None, shelves.clock.now())
        first = next(iter(pages))
        shelves.cursor = first.cursor
        rest = shelves.levels()
        assert len(first.arrivals) == 3
        assert {sku for _, sku in rest} == {f"B{n}" for n in range(3, 8)}
        assert shelves.cursor > first.cursor

    def test_a_whole_reading_that_broke_off_stays_whole(self, shelves: Shelves, monkeypatch):
        monkeypatch.setattr(stock_sweep, "PAGE", 2)
        for number in range(4):
            shelves.goods(f"B{number}", "1")
        shelves.quiet()
        shelves.clock.advance(WHOLE_EVERY)
        first = next(iter(shelves.connector.sweep("stock", shelves.cursor, shelves.clock.now())))
        shelves.cursor = first.cursor
        assert {sku for _, sku in shelves.levels()} == {"B2", "B3"}

    def test_the_calls_of_a_page(self, shelves: Shelves):
        for number in range(40):
            product = shelves.goods(f"B{number}", "1")
            shelves.keyed_in(product, "1")
        shelves.house.twin.log.reset()
        shelves.levels()
        assert len(shelves.house.twin.log.calls) <= 15
        shelves.later(minutes=20)
        shelves.levels()
        shelves.house.twin.log.reset()
        shelves.levels()
        assert len(shelves.house.twin.log.calls) == 4

    def test_many_moves_come_in_pages(self, shelves: Shelves, monkeypatch):
        monkeypatch.setattr("crossdock.connectors.odoo.stock_reader.MOVES_PAGE", 2)
        product = shelves.goods(stock="9")
        for _ in range(5):
            shelves.move(product, "1", STOCK, CUSTOMERS)
            shelves.move(product, "2", SUPPLIERS, STOCK)
        level = shelves.level()
        assert level.foreign_demand == 5
        assert sum(receipt.quantity.amount for receipt in level.receipts) == 10

    def test_warehouses_that_share_a_code_are_refused(self, shelves: Shelves):
        add_warehouse(shelves.database, "WH")
        shelves.goods(stock="1")
        with pytest.raises(Rejected) as refused:
            shelves.levels()
        assert refused.value.field == "company_id"

    @pytest.mark.parametrize(
        "cursor", ["yesterday", "a|1|2|b|never|whole", f"{StockCursor()}".replace("changed", "?")]
    )
    def test_a_cursor_that_is_none_is_refused(self, shelves: Shelves, cursor: str):
        with pytest.raises(Rejected):
            list(shelves.connector.sweep("stock", cursor, NOW))
