"""What the warehouse lists for a close."""

import json
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from crossdock.ports.errors import Rejected, Unavailable
from crossdock.ports.listing import ListedKind, Sought
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.wms.conftest import NOW
from tests.contract.wms.documents import cancelling, fulfilment_order, send

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("crossdock.connectors.wms.listing.ORDERS_PER_PAGE", 3)


def listed(wms, kind: ListedKind, since=NOW, until=NOW + DAY):
    return {one.key: one for one in wms.list_documents(kind, since, until)}


def test_orders_with_what_was_asked_for(wms, clock):
    assert wms.listed_kinds() == (ListedKind.ORDER, ListedKind.SHIPMENT)
    send(wms, *(fulfilment_order(n, "2", "0.5", sku="A") for n in range(7)))
    found = listed(wms, ListedKind.ORDER)
    assert set(found) == {f"F-{n}" for n in range(7)}
    one = found["F-3"]
    assert (one.name, one.status, one.at) == ("#3", "open", NOW)
    assert one.quantities == {"A": Decimal("2.5")}


def test_shipments_with_what_has_left(twin, wms):
    twin.use(twin.behaviour.from_json({"two_shipments": 1.0}))
    send(wms, fulfilment_order(1, "4", "2"), fulfilment_order(2))
    assert listed(wms, ListedKind.SHIPMENT) == {}
    twin.work(4)
    half = listed(wms, ListedKind.SHIPMENT)["F-1"]
    assert (half.status, half.quantities) == ("shipped", {"SKU-1": 2, "SKU-2": 1})
    twin.work(9)
    whole = listed(wms, ListedKind.SHIPMENT)
    assert whole["F-1"].quantities == {"SKU-1": 4, "SKU-2": 2}
    assert set(whole) == {"F-1", "F-2"}


def test_the_status_is_in_our_words(twin, wms, clock):
    send(wms, fulfilment_order(1), fulfilment_order(2), fulfilment_order(3))
    wms.deliver([cancelling(wms, 2)])
    wms.deliver([cancelling(wms, 9)])
    twin.work(2)
    send(wms, fulfilment_order(4))
    statuses = {key: one.status for key, one in listed(wms, ListedKind.ORDER).items()}
    assert statuses == {
        "F-1": "confirmed", "F-2": "cancelled", "F-3": "confirmed", "F-4": "open",
        "F-9": "cancelled",
    }  # fmt: skip
    twin.use(twin.behaviour.from_json({"short_picks": 1.0}))
    send(wms, fulfilment_order(5, "1"))
    twin.work(9)
    statuses = {key: one.status for key, one in listed(wms, ListedKind.ORDER).items()}
    assert (statuses["F-1"], statuses["F-5"]) == ("shipped", "cancelled")


def test_the_window_is_half_open(wms, clock):
    send(wms, fulfilment_order(1))
    clock.advance(DAY)
    send(wms, fulfilment_order(2))
    assert set(listed(wms, ListedKind.ORDER)) == {"F-1"}
    assert set(listed(wms, ListedKind.ORDER, NOW + DAY, NOW + 2 * DAY)) == {"F-2"}


def test_invoices_are_not_listed(wms):
    with pytest.raises(Rejected):
        listed(wms, ListedKind.INVOICE)


def test_a_look_up_by_key_reaches_beyond_the_window(twin, wms, clock):
    send(wms, fulfilment_order(1, "4"), fulfilment_order(2))
    twin.work(9)
    clock.advance(3 * DAY)
    assert listed(wms, ListedKind.ORDER, clock.now(), clock.now() + DAY) == {}
    sought = [Sought("F-2"), Sought("F-none"), Sought("F-1", record="ignored")]
    found = {one.key: one for one in wms.find_documents(ListedKind.ORDER, sought)}
    assert found == listed(wms, ListedKind.ORDER)
    shipped = {one.key: one for one in wms.find_documents(ListedKind.SHIPMENT, sought)}
    assert shipped == listed(wms, ListedKind.SHIPMENT)
    assert shipped["F-1"].quantities == {"SKU-1": Decimal(4)}
    with pytest.raises(Rejected):
        list(wms.find_documents(ListedKind.INVOICE, sought))


def test_absence_is_not_concluded_from_a_failure(twin, wms):
    twin.faults.add(Fault(FaultKind.SERVER_ERROR))
    with pytest.raises(Unavailable):
        list(wms.find_documents(ListedKind.ORDER, [Sought("F-1")]))


def test_empty_pages_without_end_are_given_up(twin, wms):
    plain, numbers = twin.handle, count(1)

    def endless(request):
        reply = plain(request)
        page = {"fulfilment_orders": [], "more": True, "cursor": f"c{next(numbers)}"}
        return type(reply)(200, json.dumps(page).encode(), reply.headers)

    twin.handle = endless
    with pytest.raises(Unavailable, match="empty"):
        listed(wms, ListedKind.ORDER)
