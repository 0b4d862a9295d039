from datetime import timedelta
from decimal import Decimal

import pytest

from crossdock.connectors.odoo.twin.writing import create
from crossdock.engine.clock import SystemClock
from crossdock.ports.erp import CANCEL_SALES_ORDER, INVOICE_SALES_ORDER
from crossdock.ports.listing import Listed, ListedKind, Lists, Sought
from tests.contract.odoo.conftest import House, external_id
from tests.contract.odoo.shipping import Dock, seen


@pytest.fixture
def dock(house: House) -> Dock:
    return Dock(house)


def listed(dock: Dock, kind: ListedKind, hours: int = 1) -> dict[str, Listed]:
    since = SystemClock().now() - timedelta(hours=hours)
    found = list(dock.house.connector.list_documents(kind, since, since + timedelta(hours=2)))
    assert len({document.key for document in found}) == len(found)
    assert all(since <= document.at for document in found)
    return {document.key: document for document in found}


@pytest.fixture
def books(dock: Dock) -> Dock:
    """A shipped and invoiced in part, B open, C cancelled, one that is not ours, D a draft."""
    product = dock.goods(100, default_code="BOX")
    for name in "ABC":
        dock.ordered(name, product)
    connector = dock.house.connector
    seen(connector.deliver([dock.shipment("A", "s1", "6", product)])[0])
    seen(connector.deliver([dock.house.command(INVOICE_SALES_ORDER, "A")])[0])
    seen(connector.deliver([dock.house.command(CANCEL_SALES_ORDER, "C")])[0])
    connector.deliver([dock.house.create("D", product=product, taxes=())])
    create(dock.house.twin.database, "sale.order", [{"partner_id": dock.house.partner}])
    return dock


def test_it_lists(books: Dock):
    assert isinstance(books.house.connector, Lists)
    assert set(books.house.connector.listed_kinds()) == set(ListedKind)


def test_orders(books: Dock):
    found = listed(books, ListedKind.ORDER)
    assert {key: document.status for key, document in found.items()} == {
        external_id("A"): "confirmed", external_id("B"): "confirmed",
        external_id("C"): "cancelled", external_id("D"): "open",
    }  # fmt: skip
    first = found[external_id("A")]
    assert (first.amount, first.currency) == (Decimal("104.90"), "USD")
    assert first.quantities == {"BOX": Decimal(10)}
    assert first.name.startswith("S0")


def test_shipments(books: Dock):
    (sent,) = listed(books, ListedKind.SHIPMENT).values()
    assert (sent.key, sent.status) == (external_id("A"), "shipped")
    assert sent.quantities == {"BOX": Decimal(6)}
    assert sent.amount is None


def test_invoices(books: Dock):
    (invoice,) = listed(books, ListedKind.INVOICE).values()
    assert (invoice.key, invoice.status, invoice.amount, invoice.currency) == (
        external_id("A"), "posted", Decimal("64.94"), "USD",
    )  # fmt: skip
    assert invoice.quantities == {"BOX": Decimal(6)}


def test_a_window_without_orders(books: Dock):
    assert not listed(books, ListedKind.ORDER, hours=5)


def test_pages(books: Dock, monkeypatch):
    monkeypatch.setattr("crossdock.connectors.odoo.listing.PAGE", 2)
    books.house.twin.log.reset()
    assert len(listed(books, ListedKind.ORDER)) == 4
    assert books.calls().count("sale.order/search_read") == 3


@pytest.mark.parametrize("kind", ListedKind)
def test_a_look_up_by_key_finds_what_a_list_finds(books: Dock, kind: ListedKind):
    sought = [Sought(external_id(name)) for name in "ABCDE"]
    found = {one.key: one for one in books.house.connector.find_documents(kind, sought)}
    assert found == listed(books, kind)


def test_a_known_record_spares_the_search_and_a_wrong_one_does_not_mislead(books: Dock):
    orders = books.house.twin.database.tables["sale.order"].values()
    numbers = {order["name"]: order["id"] for order in orders}
    names = {key: one.name for key, one in listed(books, ListedKind.ORDER).items()}
    known = [Sought(key, str(numbers[name])) for key, name in names.items()]
    books.house.twin.log.reset()
    find = books.house.connector.find_documents
    assert {one.key for one in find(ListedKind.ORDER, known)} == set(names)
    assert "ir.model.data/check_object_reference" not in books.calls()
    first, second, *_ = known
    crossed = [Sought(first.key, second.record), Sought(external_id("E"), first.record)]
    assert [one.key for one in find(ListedKind.ORDER, crossed)] == [first.key]
    gone = [Sought(first.key, "999999")]
    assert [one.key for one in find(ListedKind.ORDER, gone)] == [first.key]
