"""What a hold tells a person to do works: the cause is mended, the hold released, it goes on."""

import pytest

from crossdock.ops.word import Resolution
from tests.integration.order_to_cash.moves import answers, cancel, cancelled_by_hand, taken, told
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

CLOSE_SHORT = {"short_pick": "close_short"}


def closed_short(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"}),
        event("closed", fulfilment, quantities={"1": "1"}),
    )
    house.settle()


@pytest.mark.parametrize("policies", [{"warehouses": "elsewhere=Z-*"}])
def test_no_warehouse_the_setting_is_extended(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    assert house.held() == ["no_warehouse"]
    house.set_policy("shop", "warehouses", "elsewhere=Z-*, wms")
    house.release()
    house.settle()
    assert (house.held(), house.status(), len(house.wms.orders)) == ([], "released", 1)
    check_at_rest(house)


@pytest.mark.parametrize("warehouse", [CLOSE_SHORT])
def test_a_refused_close_is_asked_for_again_after_the_invoice(house: PaperHouse) -> None:
    house.erp.refuse_next = {"close_sales_order"}
    closed_short(house)
    (order,) = house.erp.orders.values()
    assert (house.held(), house.status(), order.get("closed")) == (["rejected"], "invoiced", None)
    house.release()
    house.settle()
    assert (house.held(), order["closed"]) == ([], True)
    check_at_rest(house)


@pytest.mark.parametrize("warehouse", [CLOSE_SHORT])
def test_a_refused_remainder_is_told_again_after_the_invoice(house: PaperHouse) -> None:
    house.shop.refuse_next = {"cancel_remainder"}
    closed_short(house)
    assert (house.held(), house.status()) == (["rejected"], "invoiced")
    house.release()
    house.settle()
    assert (house.held(), told(house)) == ([], ["send_shipment", "cancel_remainder"])
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": ""}])
def test_a_refused_cancellation_is_told_again_after_the_end(house: PaperHouse) -> None:
    house.shop.refuse_next = {"cancel_order"}
    house.arrive(order_body(1))
    house.settle()
    cancelled_by_hand(house)
    house.settle()
    assert (house.held(), house.status(), told(house)) == (["rejected"], "cancelled", [])
    house.release()
    house.settle()
    assert (house.held(), told(house)) == ([], ["cancel_order"])
    check_at_rest(house)


@pytest.mark.parametrize("operation", ["ship_sales_order", "invoice_sales_order"])
def test_what_the_erp_refused_is_asked_for_again(house: PaperHouse, operation: str) -> None:
    house.erp.refuse_next = {operation}
    house.report(event("shipped", taken(house), shipment_id="W1"))
    house.settle()
    assert house.held() == ["rejected"]
    house.release()
    house.settle()
    assert (house.held(), house.status()) == ([], "invoiced")
    (order,) = house.erp.orders.values()
    assert (len(order["shipments"]), len(order["invoices"])) == (1, 1)
    check_at_rest(house)


def test_a_refused_shipment_is_told_again(house: PaperHouse) -> None:
    house.shop.refuse_next = {"send_shipment"}
    house.report(event("shipped", taken(house), shipment_id="W1"))
    house.settle()
    house.release()
    house.settle()
    assert (house.held(), told(house)) == ([], ["send_shipment"])
    check_at_rest(house)


def test_the_warehouse_refused_to_take_it_and_the_channel_cancels(house: PaperHouse) -> None:
    house.wms.refuse = "no such carrier"
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    assert house.held() == ["rejected"]
    cancel(house)
    house.settle()
    assert_cancelled(house)


def test_the_warehouse_rejected_it_and_the_channel_cancels(house: PaperHouse) -> None:
    house.report(event("rejected", taken(house), quantities={}, reason="hazardous"))
    house.settle()
    assert house.held() == ["warehouse_refused"]
    cancel(house)
    house.settle()
    assert_cancelled(house)
    assert len(house.wms.orders) == 1


def assert_cancelled(house: PaperHouse) -> None:
    (order,) = house.erp.orders.values()
    assert (house.held(), house.status(), order["state"]) == ([], "cancelled", "cancel")
    assert answers(house) == [("order", "accepted"), ("cancellation", "cancelled")]
    check_at_rest(house)


def test_a_rejection_is_shown_with_the_warehouses_own_words(house: PaperHouse) -> None:
    house.report(event("rejected", taken(house), quantities={}, reason="hazardous"))
    house.settle()
    (hold,) = house.rows("SELECT reason FROM hold WHERE closed_at IS NULL")
    assert hold.reason.endswith("rejected: hazardous")


def test_a_contradiction_ends_with_a_report_that_fits(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(event("shipped", fulfilment, shipment_id="W1", quantities={"1": "5"}))
    house.settle()
    (hold,) = house.rows("SELECT code, fix FROM hold WHERE closed_at IS NULL")
    assert "as a new event" in hold.fix
    house.report(event("shipped", fulfilment, number=2, shipment_id="W1", quantities={"1": "4"}))
    house.settle()
    house.release(as_=Resolution.DONE)
    house.settle()
    assert (house.held(), house.status()) == ([], "invoiced")
    check_at_rest(house)
