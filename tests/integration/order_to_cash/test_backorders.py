"""Goods that are not found are sent for again, and in the end a person is asked: once."""

from typing import Any

import pytest

from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

WAVES = {"release": "waves", "cutoffs": "09:00", "site_time_zone": "UTC", "work_days": "1,2,3,4,5"}


def sent(house: PaperHouse) -> list[dict[str, Any]]:
    return list(house.wms.orders.values())


def nothing_found(house: PaperHouse) -> None:
    house.report(event("closed", sent(house)[-1]))
    house.settle()


def test_after_two_rounds_that_found_nothing_a_person_is_asked(house: PaperHouse) -> None:
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    nothing_found(house)
    assert (house.held(), len(sent(house))) == ([], 2)
    nothing_found(house)
    assert (house.held(), len(sent(house))) == (["found_nothing"], 2)
    house.release()
    house.settle()
    assert (house.held(), len(sent(house))) == ([], 3)
    nothing_found(house)
    assert (house.held(), len(sent(house))) == (["found_nothing"], 3)
    check_at_rest(house)
    house.release()
    house.settle()
    house.report(event("shipped", sent(house)[-1], shipment_id="W1"))
    house.settle()
    assert (house.held(), house.status()) == ([], "invoiced")
    check_at_rest(house)


def test_instead_the_channel_may_cancel(house: PaperHouse) -> None:
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    nothing_found(house)
    nothing_found(house)
    house.arrive(order_body(1, version=9, quantity="4", cancelled=True))
    house.settle()
    assert (house.held(), house.status(), len(sent(house))) == ([], "cancelled", 2)
    check_at_rest(house)


def test_a_round_that_found_something_does_not_count(house: PaperHouse) -> None:
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    for left in ("3", "2", "1"):
        (now,) = sent(house)[-1:]
        house.report(
            event("shipped", now, shipment_id="W1", quantities={"1": "1"}),
            event("closed", now, quantities={"1": left}),
        )
        house.settle()
    assert (house.held(), len(sent(house))) == ([], 4)
    check_at_rest(house)


@pytest.mark.parametrize("warehouse", [WAVES])
def test_settings_that_cannot_be_read_are_one_question(house: PaperHouse) -> None:
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    house.set_policy("wms", "cutoffs", "99:99")
    (first,) = sent(house)
    shipped = [
        event("shipped", first, number=n, shipment_id=f"W{n}", quantities={"1": "1"})
        for n in (1, 2)
    ]
    house.report(*shipped, event("closed", first, quantities={"1": "2"}))
    house.settle()
    house.report(event("delivered", first, quantities={}, shipment_id="W1"))
    house.settle()
    assert house.held() == ["warehouse_settings"]
    house.set_policy("wms", "cutoffs", "09:00")
    house.release()
    house.settle()
    assert (house.held(), len(sent(house))) == ([], 2)
    check_at_rest(house)
