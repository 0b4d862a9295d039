"""Failures that hurt users of comparable products (T13 for cancellations, T19, T23)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.order_to_cash.moves import confirmation_leaves
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import PaperWarehouse, event

THREE = [["1", "A-1", "4", "10.00"], ["2", "B-2", "2", "5.00"], ["3", "C-3", "3", "1.00"]]
TWO_SITES = {"warehouses": "annex=B-*, wms"}


def fulfilment(of: PaperWarehouse) -> dict[str, Any]:
    (found,) = of.orders.values()
    return found


@pytest.mark.parametrize("policies", [TWO_SITES])
@pytest.mark.parametrize("warehouse", [{"short_pick": "close_short"}])
def test_t19_three_parcels_from_two_warehouses_and_a_cancelled_rest(house: PaperHouse) -> None:
    """Each side has exactly the shipped lines once, and the order completes with the rest gone."""
    house.arrive({**order_body(1), "lines": THREE})
    house.settle()
    main, annex = fulfilment(house.wms), fulfilment(house.annex)
    assert [line["sku"] for line in main["lines"]] == ["A-1", "C-3"]
    parcels = [{"parcel_id": p, "tracking_number": f"T-{p}", "carrier": "UPS"} for p in ("1", "2")]
    shipped = event("shipped", main, shipment_id="S1", quantities={"1": "4", "3": "1"},
                    parcels=parcels)  # fmt: skip
    third = [{"parcel_id": "1", "tracking_number": "T-3", "carrier": "DHL"}]
    other = event("shipped", annex, shipment_id="S1", parcels=third)
    house.report(shipped, event("closed", main, quantities={"3": "2"}), shipped)
    house.report(other, other, by=house.annex)
    house.settle()
    (order,) = house.erp.orders.values()
    assert order["delivered"] == {"1": "4", "3": "1", "2": "2"}
    assert (order["closed"], len(order["invoices"])) == (True, 1)
    shipments = [
        document for operation, document in house.shop.told if operation != "cancel_remainder"
    ]
    tracking = sorted(p["tracking_number"] for s in shipments for p in s["parcels"])
    assert tracking == ["T-1", "T-2", "T-3"]
    (rest,) = [d for operation, d in house.shop.told if operation == "cancel_remainder"]
    left = [(line["line_id"], Decimal(line["quantity"]["amount"])) for line in rest["lines"]]
    assert left == [("3", Decimal(2))]
    assert house.status() == "invoiced"
    check_at_rest(house)


def test_t23_our_own_writes_come_back_and_cause_nothing(house: PaperHouse) -> None:
    """The shop echoes each thing it is told: as many calls go out as without the echo."""
    orders = range(1, 26)
    house.arrive(*(order_body(n) for n in orders))
    house.settle(steps=500)
    for number, order in enumerate(list(house.wms.orders.values()), start=1):
        house.report(event("shipped", order, shipment_id=f"S{number}"))
    house.settle(steps=500)
    before = house.rows("SELECT count(*) AS n FROM effect")[0].n
    for version in range(2, 6):
        house.arrive(*(order_body(n, version=version, note=f"told {version}") for n in orders))
        house.settle(steps=500)
    assert house.rows("SELECT count(*) AS n FROM effect")[0].n == before
    assert {house.status(n) for n in orders} == {"invoiced"}
    kept = house.rows("SELECT data -> 'progress' ->> 'told' AS told FROM document")
    assert all(row.told != "[]" for row in kept), "an old order taken in again clears no field"
    check_at_rest(house)


STATES = {
    "held": ("cancelled", None),
    "accepted": ("cancelled", None),
    "confirming": ("cancelled", None),
    "confirmed": ("cancelled", None),
    "picking": ("invoiced", "shipped_after_cancellation"),
    "part_shipped": ("invoiced", None),
    "shipped": ("invoiced", "shipped_after_cancellation"),
}
"""Where the order stood when its channel cancelled → how it ends, and what a person is asked."""


@pytest.mark.parametrize("state", STATES)
def test_t13_a_cancellation_has_its_result_in_every_state(house: PaperHouse, state: str) -> None:
    later = bring_to(house, state)
    house.arrive(order_body(1, version=9, quantity="4", cancelled=True))
    house.applier().apply_once()
    later()
    house.settle()
    for order in list(house.wms.orders.values()):
        name = order["fulfilment_id"]
        if name in house.wms.picked and state == "picking":
            house.report(event("shipped", order, shipment_id="S1"))
    house.settle()
    end, asked = STATES[state]
    assert house.status() == end
    codes = [h.code for h in house.rows("SELECT code FROM hold WHERE closed_at IS NULL")]
    if asked:
        assert asked in codes
    told = [a["status"] for a in house.shop.answers]
    assert told[-1] in ("cancelled", "cancellation_refused"), "never silence"
    check_at_rest(house)


def bring_to(house: PaperHouse, state: str) -> Callable[[], None]:
    """Answers what is still on the wire."""
    if state == "confirming":
        return confirmation_leaves(house)
    sku = "NO-SUCH" if state == "held" else "A-1"
    house.arrive(order_body(1, quantity="4", sku=sku))
    house.applier().apply_once()
    if state in ("held", "accepted"):
        return lambda: None
    house.settle()
    (order,) = house.wms.orders.values()
    if state == "picking":
        house.wms.pick(order["fulfilment_id"])
    elif state == "part_shipped":
        house.report(event("shipped", order, shipment_id="S1", quantities={"1": "1"}))
        house.settle()
        house.report(event("closed", order, quantities={"1": "3"}))
    elif state == "shipped":
        house.report(event("shipped", order, shipment_id="S1"))
    house.settle()
    return lambda: None
