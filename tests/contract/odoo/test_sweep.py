from datetime import UTC, datetime, timedelta

import pytest

from crossdock.connectors.odoo.sweep_cursor import SweepCursor
from crossdock.connectors.odoo.twin import OdooTwin, add_tax
from crossdock.connectors.odoo.twin.writing import create, unlink, write
from crossdock.engine.clock import ManualClock
from crossdock.ports.capabilities import Sweeps
from crossdock.ports.effect import Observed
from crossdock.ports.erp import ErpOrderSeen
from crossdock.ports.errors import Rejected
from crossdock.ports.message import MessageIdentity
from crossdock.testing.twin_server import TwinServer
from tests.contract.odoo.conftest import NOW, House


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def house(clock: ManualClock):
    with TwinServer(OdooTwin(clock=clock)) as server:
        yield House(server)


def rows(house: House, stream: str, cursor: str | None = None):
    pages = list(house.connector.sweep(stream, cursor, NOW))
    return [row for page in pages for row in page.rows]


def by_key(house: House, stream: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows(house, stream):
        for key in row.lookup if row.active else ():
            found.setdefault(key, []).append(row.external_id)
    return found


def test_two_products_with_one_code_both_come_with_it(house: House):
    first, second = create(
        house.twin.database, "product.product",
        [
            {"name": "a", "default_code": "X", "barcode": "4006381333931"},
            {"name": "b", "default_code": "X"},
        ],
    )  # fmt: skip
    found = by_key(house, "products")
    assert found["sku:X"] == [str(first), str(second)]
    assert found["gtin:4006381333931"] == [str(first)]


def test_archived_products_come_as_inactive(house: House):
    write(house.twin.database, "product.product", [house.product], {"active": False})
    assert "sku:W-1" not in by_key(house, "products")
    assert any(r.external_id == str(house.product) for r in rows(house, "products"))


def test_services_that_are_not_for_sale_stay(house: House):
    write(
        house.twin.database, "product.product", [house.product, house.shipping], {"sale_ok": False}
    )
    assert "sku:W-1" not in by_key(house, "products")
    assert "sku:SHIPPING" in by_key(house, "products")


def test_partners_by_email_code_vat_and_address(house: House):
    (record,) = create(
        house.twin.database, "res.partner",
        [{"name": "B", "email": " B@X.Example ", "ref": "C1", "vat": "DE1", "street": "Weg 1"}],
    )  # fmt: skip
    found = by_key(house, "partners")
    for key in ("email:b@x.example", "customer_code:C1", "vat:DE1", "address:weg1||||"):
        assert found[key] == [str(record)], key


def test_units_and_taxes_and_currencies(house: House):
    included = add_tax(house.twin.database, "7% incl", "7", included=True)
    assert by_key(house, "units")["unit:Dozens"] == ["31"]
    taxes = by_key(house, "taxes")
    assert taxes["rate:7:incl"] == [str(included)]
    assert taxes["rate:15:excl"] == taxes["tax:1"] == ["1"]
    assert by_key(house, "currencies") == {"currency:USD": ["1"]}


def test_the_sum_of_a_fixed_tax_is_no_rate(house: House):
    house.twin.database.tables["account.tax"][1]["amount_type"] = "fixed"
    assert "rate:15:excl" not in by_key(house, "taxes")


def test_prices_by_what_they_apply_to(house: House):
    create(
        house.twin.database, "product.pricelist.item",
        [{"pricelist_id": 1, "product_id": house.product, "fixed_price": 8.5}],
    )  # fmt: skip
    (row,) = rows(house, "prices")
    assert row.lookup == (f"price:1:product:{house.product}",)
    assert row.data["fixed_price"] == "8.5"


def test_credit_is_empty_where_it_is_hidden(house: House):
    assert rows(house, "credit")
    house.twin.methods.hidden.add("res.partner.credit")
    (page,) = house.connector.sweep("credit", None, NOW)
    assert (page.rows, page.last, page.full) == ((), True, True)


def test_an_unknown_stream_or_cursor_is_refused(house: House):
    for stream, cursor in (("moods", None), ("products", "yesterday")):
        with pytest.raises(Rejected):
            list(house.connector.sweep(stream, cursor, NOW))


def order(house: House, reference: str) -> int:
    (outcome,) = house.connector.deliver([house.create(reference)])
    assert isinstance(outcome, Observed)
    return int(outcome.observation["id"])


def seen(house: House, cursor: str | None) -> tuple[list[ErpOrderSeen], str]:
    found = []
    for page in house.connector.sweep("sale_orders", cursor, NOW):
        for arrival in page.arrivals:
            identity = house.connector.identify(arrival)
            assert isinstance(identity, MessageIdentity)
            order_seen = house.connector.translate(identity.kind, arrival)
            assert isinstance(order_seen, ErpOrderSeen)
            found.append(order_seen)
        cursor = page.cursor
    return found, cursor or ""


def test_orders_come_as_messages(house: House):
    order(house, "A")
    (found,), _ = seen(house, None)
    assert isinstance(found, ErpOrderSeen)
    assert (found.name, found.state, found.amount_total) == ("S00001", "draft", "39.47")
    assert found.client_order_ref == "A"
    assert found.seen_version == "2026-11-21 09:30:00"


def test_orders_older_than_a_day_are_no_news_to_the_first_sweep(house: House, clock: ManualClock):
    order(house, "old")
    clock.advance(timedelta(days=2))
    order(house, "new")
    found = [
        arrival
        for page in house.connector.sweep("sale_orders", None, clock.now())
        for arrival in page.arrivals
    ]
    assert len(found) == 1


class TestCursor:
    def test_the_connector_sweeps(self, house: House):
        assert isinstance(house.connector, Sweeps)

    def test_it_never_moves_backwards_and_sorts_as_text(self, house: House, clock, monkeypatch):
        monkeypatch.setattr("crossdock.connectors.odoo.sweep.ORDERS_PAGE", 2)
        cursors: list[str] = []
        cursor = None
        for n in range(6):
            order(house, str(n))
            clock.advance(timedelta(seconds=50))
            for page in house.connector.sweep("sale_orders", cursor, NOW):
                cursor = page.cursor
                cursors.append(cursor)
        assert len(cursors) > 12
        assert cursors == sorted(cursors)

    def test_rows_that_commit_late_are_found_within_the_overlap(self, house: House, clock):
        """write_date is the start of the transaction: a long one appears in the past."""
        order(house, "A")
        _, cursor = seen(house, None)
        late = house.orders()[0]
        clock.advance(timedelta(seconds=300))
        order(house, "B")
        _, cursor = seen(house, cursor)
        late["write_date"] = (clock.now() - timedelta(seconds=119)).strftime("%Y-%m-%d %H:%M:%S")
        found, _ = seen(house, cursor)
        assert late["name"] in {f.name for f in found}

    def test_more_rows_in_one_second_than_a_page_holds(self, house: House, monkeypatch):
        monkeypatch.setattr("crossdock.connectors.odoo.sweep.ORDERS_PAGE", 3)
        for n in range(10):
            order(house, str(n))
        found, _ = seen(house, None)
        assert sorted(f.client_order_ref for f in found) == sorted(map(str, range(10)))

    def test_a_run_that_broke_off_is_continued(self, house: House, monkeypatch):
        monkeypatch.setattr("crossdock.connectors.odoo.sweep.ORDERS_PAGE", 3)
        for n in range(10):
            order(house, str(n))
        first = next(iter(house.connector.sweep("sale_orders", None, NOW)))
        rest, _ = seen(house, first.cursor)
        assert len(first.arrivals) + len(rest) == 10

    def test_what_changes_during_a_run_comes_in_the_next(self, house: House, clock, monkeypatch):
        monkeypatch.setattr("crossdock.connectors.odoo.sweep.ORDERS_PAGE", 2)
        for n in range(5):
            order(house, str(n))
        cursor = None
        for page in house.connector.sweep("sale_orders", None, NOW):
            if cursor is None:
                clock.advance(timedelta(hours=1))
                write(house.twin.database, "sale.order", [house.orders()[0]["id"]], {"origin": "x"})
                clock.advance(timedelta(hours=1))
                write(house.twin.database, "sale.order", [house.orders()[4]["id"]], {"origin": "y"})
            cursor = page.cursor
        found, _ = seen(house, cursor)
        assert house.orders()[0]["name"] in {f.name for f in found}

    def test_only_what_changed_is_read_again(self, house: House, clock):
        order(house, "A")
        _, cursor = seen(house, None)
        clock.advance(timedelta(seconds=600))
        order(house, "B")
        found, cursor = seen(house, cursor)
        assert [f.client_order_ref for f in found] == ["A", "B"]
        found, _ = seen(house, cursor)
        assert [f.client_order_ref for f in found] == ["B"]

    def test_a_full_reading_is_said_only_of_a_whole_one(self, house: House, monkeypatch):
        from crossdock.connectors.odoo import sweep
        from crossdock.connectors.odoo.streams import PROJECTIONS

        source = PROJECTIONS["products"]
        small = {**PROJECTIONS, "products": type(source)(
            source.model, source.fields, source.to_row, page_size=2)}  # fmt: skip
        monkeypatch.setattr(sweep, "PROJECTIONS", small)
        pages = list(house.connector.sweep("products", None, NOW))
        assert [page.full for page in pages] == [False, False, True]
        assert [page.last for page in pages] == [False, False, True]
        resumed = list(house.connector.sweep("products", pages[0].cursor, NOW))
        assert not any(page.full for page in resumed)

    def test_what_was_deleted_is_missing_from_a_full_reading(self, house: House):
        before = {row.external_id for row in rows(house, "products")}
        unlink(house.twin.database, "product.product", [house.other])
        after = {row.external_id for row in rows(house, "products")}
        assert before - after == {str(house.other)}

    def test_cursors_survive_their_text(self):
        cursor = SweepCursor("2026-11-21 09:00:00", 3, 42, "2026-11-21 10:00:00")
        assert SweepCursor.parse(str(cursor)) == cursor
        assert cursor.read_from(timedelta(seconds=120)) == "2026-11-21 08:58:00"
        assert cursor.ended().since == "2026-11-21 10:00:00"
        assert datetime.fromisoformat(cursor.since).replace(tzinfo=UTC) < NOW

    def test_a_run_of_pages_that_found_nothing_newer_still_ends(
        self, house: House, monkeypatch, clock: ManualClock
    ):
        """The keeper of the cursor takes only what sorts higher: the end must sort after the last
        page, or the next run would go on behind it and miss every change before."""
        from crossdock.connectors.odoo import sweep
        from crossdock.connectors.odoo.streams import PROJECTIONS

        source = PROJECTIONS["products"]
        small = {**PROJECTIONS, "products": type(source)(
            source.model, source.fields, source.to_row, page_size=2)}  # fmt: skip
        monkeypatch.setattr(sweep, "PROJECTIONS", small)
        kept = ""
        for _ in range(3):
            for page in house.connector.sweep("products", kept or None, clock.now()):
                kept = max(kept, page.cursor)
        assert not SweepCursor.parse(kept).running
        clock.advance(timedelta(minutes=10))
        write(house.twin.database, "product.product", [house.product], {"name": "renamed"})
        found = {
            r.external_id
            for p in house.connector.sweep("products", kept, clock.now())
            for r in p.rows
        }
        assert str(house.product) in found
