"""One history, all 720 orders of arrival: the same end. An order for each, all of them at once."""

from collections import Counter
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from crossdock.domain.identifiers import document_identity
from crossdock.engine.clock import ManualClock
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

ORDERS = list(permutations(range(6)))
PAUSE = timedelta(seconds=6)


def fulfilment_of(number: int) -> dict[str, Any]:
    """As the process will number it: the id is a function of the order alone."""
    identity = document_identity(1, "connection:shop", str(number))
    quantity = {"amount": "4", "unit": "EA"}
    return {
        "fulfilment_id": f"{identity}-1", "order_key": f"shop:order:{number}",
        "lines": [{"line_id": "1", "sku": "A-1", "quantity": quantity}],
    }  # fmt: skip


def shipped_history(number: int) -> list[tuple[str, dict[str, Any]]]:
    """Created, updated, paid; part-shipped, shipped, delivered."""
    fulfilment = fulfilment_of(number)
    parts = [
        event("shipped", fulfilment, number=n, minutes=n, shipment_id=f"W{n}",
              quantities={"1": amount})
        for n, amount in ((1, "1"), (2, "3"))
    ]  # fmt: skip
    delivered = event("delivered", fulfilment, minutes=9, quantities={}, shipment_id="W2")
    return [
        ("shop", order_body(number, quantity="4", version=1)),
        ("shop", order_body(number, quantity="4", version=2, note="please ring")),
        ("shop", order_body(number, quantity="4", version=3, note="paid")),
        *(("wms", fact) for fact in (*parts, delivered)),
    ]


def found_history(number: int) -> list[tuple[str, dict[str, Any]]]:
    """Created; accepted, picked, packed, shipped, and closed with nothing left."""
    fulfilment = fulfilment_of(number)
    said = [
        event(kind, fulfilment, minutes=minute, quantities={})
        for minute, kind in enumerate(("accepted", "picked", "packed"), start=1)
    ]
    shipped = event("shipped", fulfilment, minutes=4, shipment_id="W1")
    closed = event("closed", fulfilment, minutes=5, quantities={})
    created = order_body(number, quantity="4")
    return [("shop", created), *(("wms", fact) for fact in (*said, shipped, closed))]


def short_history(number: int) -> list[tuple[str, dict[str, Any]]]:
    """Created; accepted, one piece not found, three shipped in two parcels, closed."""
    fulfilment = fulfilment_of(number)
    facts = [
        event("accepted", fulfilment, minutes=1, quantities={}),
        event("short_picked", fulfilment, minutes=2, quantities={"1": "1"}),
        event("shipped", fulfilment, minutes=3, shipment_id="W1", quantities={"1": "1"}),
        event("shipped", fulfilment, number=2, minutes=4, shipment_id="W2", quantities={"1": "2"}),
        event("closed", fulfilment, minutes=5, quantities={"1": "1"}),
    ]
    return [("shop", order_body(number, quantity="4")), *(("wms", fact) for fact in facts)]


def cancelled_history(number: int) -> list[tuple[str, dict[str, Any]]]:
    """Created, updated, paid, noted, cancelled, updated after that."""
    return [
        ("shop", order_body(number, version=n + 1, note=str(n), cancelled=n > 3)) for n in range(6)
    ]


def play(house: PaperHouse, clock: ManualClock, history: Any, orders: Any = ORDERS) -> None:
    for step in range(6):
        due = [history(number + 1)[order[step]] for number, order in enumerate(orders)]
        house.arrive(*(body for to, body in due if to == "shop"))
        house.report(*(body for to, body in due if to == "wms"))
        house.settle(steps=2000)
        clock.advance(PAUSE)
    for _ in range(3):
        house.settle(steps=2000)
        clock.advance(PAUSE)


def statuses(house: PaperHouse) -> Counter[str]:
    return Counter(row.status for row in house.rows("SELECT status FROM document"))


def delivered(house: PaperHouse) -> Counter[tuple[str, int, int]]:
    """Pieces, shipments and invoices of each order in the ERP."""
    return Counter(
        (order["delivered"]["1"], len(order["shipments"]), len(order.get("invoices", ())))
        for order in house.erp.orders.values()
    )


def kept(house: PaperHouse) -> Counter[tuple[str, ...]]:
    """The kinds of the facts that each order's first fulfilment knows."""
    rows = house.rows(
        "SELECT data -> 'progress' -> 'fulfilments' -> 0 -> 'facts' AS facts FROM document"
    )
    return Counter(tuple(fact["kind"] for fact in row.facts) for row in rows)


def test_shipped_in_720_orders_of_arrival(house: PaperHouse, clock: ManualClock) -> None:
    play(house, clock, shipped_history)
    assert statuses(house) == {"invoiced": 720}
    assert delivered(house) == {("4", 2, 1): 720}
    assert Counter(operation for operation, _ in house.shop.told) == {"send_shipment": 1440}
    assert kept(house) == {("shipped", "shipped", "delivered"): 720}
    assert house.rows("SELECT 1 FROM hold") == []
    check_at_rest(house)


def test_found_in_720_orders_of_arrival(house: PaperHouse, clock: ManualClock) -> None:
    play(house, clock, found_history)
    assert statuses(house) == {"invoiced": 720}
    assert delivered(house) == {("4", 1, 1): 720}
    assert Counter(operation for operation, _ in house.shop.told) == {"send_shipment": 720}
    kinds = ("accepted", "picked", "packed", "shipped", "closed")
    assert kept(house) == {kinds: 720}
    assert house.rows("SELECT 1 FROM hold") == []
    check_at_rest(house)


SHORT = ("accepted", "short_picked", "shipped", "shipped", "closed")


@pytest.mark.parametrize("warehouse", [{"short_pick": "close_short"}])
def test_closed_short_in_720_orders_of_arrival(house: PaperHouse, clock: ManualClock) -> None:
    play(house, clock, short_history)
    assert kept(house) == {SHORT: 720}
    assert statuses(house) == {"invoiced": 720}
    assert delivered(house) == {("3", 2, 1): 720}
    told = Counter(operation for operation, _ in house.shop.told)
    assert told == {"send_shipment": 1440, "cancel_remainder": 720}
    assert house.rows("SELECT 1 FROM hold") == []
    check_at_rest(house)


def test_a_backorder_in_every_sixth_order_of_arrival(house: PaperHouse, clock: ManualClock) -> None:
    """Each rest is sent for again, once."""
    play(house, clock, short_history, ORDERS[::6])
    assert kept(house) == {SHORT: 120}
    assert statuses(house) == {"partly_shipped": 120}
    assert delivered(house) == {("3", 2, 0): 120}
    assert len(house.wms.orders) == 240
    assert house.rows("SELECT 1 FROM hold") == []
    check_at_rest(house)


def test_cancelled_in_720_orders_of_arrival(house: PaperHouse, clock: ManualClock) -> None:
    play(house, clock, cancelled_history)
    assert statuses(house) == {"cancelled": 720}
    assert {order["state"] for order in house.erp.orders.values()} <= {"cancel"}
    assert set(house.wms.orders) <= house.wms.cancelled
    assert house.rows("SELECT 1 FROM hold WHERE closed_at IS NULL") == []
    check_at_rest(house)
