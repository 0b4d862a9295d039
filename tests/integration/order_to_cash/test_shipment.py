"""From the confirmed order to the parcel, the channel's tracking and the invoice."""

from typing import Any

import pytest

from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event


def taken(house: PaperHouse, quantity: str = "4") -> dict[str, Any]:
    """One order, confirmed, at the warehouse; its fulfilment order."""
    house.arrive(order_body(1, quantity=quantity))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    return fulfilment


def erp_order(house: PaperHouse) -> dict[str, Any]:
    (order,) = house.erp.orders.values()
    return order


def operations(house: PaperHouse) -> list[str]:
    return [operation for operation, _ in house.shop.told]


def test_a_confirmed_order_goes_to_the_warehouse_with_its_key(house: PaperHouse) -> None:
    fulfilment = taken(house)
    assert fulfilment["order_key"] == "shop:order:1"
    assert [(ln["sku"], ln["quantity"]["amount"]) for ln in fulfilment["lines"]] == [("A-1", "4")]
    assert house.status() == "released"
    check_at_rest(house)


def test_what_left_is_booked_told_and_invoiced_once(house: PaperHouse) -> None:
    fulfilment = taken(house)
    parcels = [{"parcel_id": "P1", "carrier": "UPS", "tracking_number": "1Z1"}]
    shipped = event("shipped", fulfilment, shipment_id="W1", parcels=parcels)
    house.report(event("accepted", fulfilment, quantities={}), shipped, shipped)
    house.settle()
    order = erp_order(house)
    assert order["shipments"] == [f"{fulfilment['fulfilment_id']}/W1"]
    assert order["invoices"] == [{"1": "4"}]
    assert house.status() == "invoiced"
    ((operation, document),) = house.shop.told
    assert operation == "send_shipment"
    assert document["parcels"][0]["tracking_number"] == "1Z1"
    check_at_rest(house)


def test_a_partial_shipment_waits_for_the_rest(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(event("shipped", fulfilment, shipment_id="W1", quantities={"1": "1"}))
    house.settle()
    assert house.status() == "partly_shipped"
    assert "invoices" not in erp_order(house)
    house.report(event("shipped", fulfilment, number=2, shipment_id="W2", quantities={"1": "3"}))
    house.settle()
    assert house.status() == "invoiced"
    assert erp_order(house)["delivered"] == {"1": "4"}
    assert len(erp_order(house)["invoices"]) == 1
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"invoice": "per_shipment"}])
def test_an_invoice_for_each_shipment(house: PaperHouse) -> None:
    fulfilment = taken(house)
    for number, amount in ((1, "1"), (2, "3")):
        house.report(
            event("shipped", fulfilment, number=number, shipment_id=f"W{number}",
                  quantities={"1": amount})
        )  # fmt: skip
        house.settle()
    assert len(erp_order(house)["invoices"]) == 2
    assert house.status() == "invoiced"


@pytest.mark.parametrize("policies", [{"invoice": "never"}])
def test_no_invoice_where_the_policy_says_so(house: PaperHouse) -> None:
    house.report(event("shipped", taken(house), shipment_id="W1"))
    house.settle()
    assert "invoices" not in erp_order(house)
    assert house.status() == "shipped"


def test_a_short_pick_becomes_a_backorder(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"}),
        event("closed", fulfilment, quantities={"1": "1"}),
    )
    house.settle()
    first, second = house.wms.orders.values()
    assert first is not second
    assert [ln["quantity"]["amount"] for ln in second["lines"]] == ["1"]
    assert house.status() == "partly_shipped"
    house.report(event("shipped", second, shipment_id="W2"))
    house.settle()
    assert erp_order(house)["delivered"] == {"1": "4"}
    assert house.status() == "invoiced"
    assert operations(house) == ["send_shipment", "send_shipment"]
    check_at_rest(house)


@pytest.mark.parametrize("warehouse", [{"short_pick": "close_short"}])
def test_a_short_pick_is_closed_short_where_the_policy_says_so(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(
        event("closed", fulfilment, quantities={"1": "1"}),
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"}),
    )
    house.settle()
    assert len(house.wms.orders) == 1
    order = erp_order(house)
    assert (order["closed"], order["invoices"]) == (True, [{"1": "3"}])
    assert operations(house) == ["send_shipment", "cancel_remainder"]
    (remainder,) = house.shop.told[1][1]["lines"]
    assert (remainder["line_id"], remainder["quantity"]["amount"]) == ("1", "1")
    assert house.status() == "invoiced"
    house.arrive(order_body(1, version=2, quantity="3"))
    house.settle()
    assert house.message_states()[-1] == "done", "our own remainder comes back: nothing to do"
    check_at_rest(house)


@pytest.mark.parametrize("warehouse", [{"short_pick": "close_short"}])
def test_nothing_found_at_all_cancels_the_order_everywhere(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(event("closed", fulfilment))
    house.settle()
    assert house.status() == "cancelled"
    assert erp_order(house)["state"] == "cancel"
    assert operations(house) == ["cancel_order"]
    check_at_rest(house)


def test_more_than_ordered_is_a_persons(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(event("shipped", fulfilment, shipment_id="W1", quantities={"1": "5"}))
    house.settle()
    assert "shipments" not in erp_order(house)
    (hold,) = house.rows("SELECT code, reason FROM hold WHERE closed_at IS NULL")
    assert hold.code == "contradiction"
    assert "A-1 by 1" in hold.reason


def test_a_refused_fulfilment_order_is_sent_again_when_released(house: PaperHouse) -> None:
    house.wms.refuse = "no such carrier"
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "confirmed"
    assert house.rows("SELECT 1 FROM hold WHERE closed_at IS NULL")
    house.wms.refuse = ""
    house.release()
    house.settle()
    assert house.status() == "released"
    assert len(house.wms.sent) == 1
    check_at_rest(house)


def test_what_the_warehouse_rejects_is_a_persons_and_goes_out_anew(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(event("rejected", fulfilment, quantities={}, reason="hazardous goods"))
    house.settle()
    (hold,) = house.rows("SELECT code, owner FROM hold WHERE closed_at IS NULL")
    assert (hold.code, hold.owner) == ("warehouse_refused", "warehouse")
    house.release()
    house.settle()
    assert len(house.wms.orders) == 2
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": "elsewhere=Z-*"}])
def test_goods_no_warehouse_ships_are_a_persons(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "confirmed"
    (hold,) = house.rows("SELECT code FROM hold WHERE closed_at IS NULL")
    assert hold.code == "no_warehouse"


@pytest.mark.parametrize("policies", [{"warehouses": ""}])
def test_without_a_warehouse_odoo_ships_itself(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    assert (house.status(), house.wms.orders) == ("confirmed", {})
    assert house.rows("SELECT 1 FROM hold") == []


def test_who_amends_a_released_order_is_told_which_warehouse_has_it(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.arrive(order_body(1, version=2, quantity="1"))
    house.settle()
    ((fix,),) = house.rows("SELECT fix FROM hold WHERE closed_at IS NULL")
    assert f"tell wms (fulfilment {fulfilment['fulfilment_id']})" in fix
    assert house.held() == ["changed_after_acceptance"]
