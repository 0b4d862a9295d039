"""A warehouse's fact that cannot be true beside what is known goes to a person; nothing moves."""

from datetime import timedelta
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.ops.replay_window import Window, replay_window
from crossdock.ops.word import Word
from tests.integration.order_to_cash.moves import taken
from tests.support.invariants import check_at_rest
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event


def short(fulfilment: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"}),
        event("closed", fulfilment, quantities={"1": "1"}),
    ]


def delivered(house: PaperHouse) -> int:
    (order,) = house.erp.orders.values()
    return sum(map(int, order.get("delivered", {}).values()))


def reason(house: PaperHouse) -> str:
    (hold,) = house.rows("SELECT code, reason FROM hold WHERE closed_at IS NULL")
    assert hold.code == "contradiction"
    return str(hold.reason)


def test_what_was_planned_anew_does_not_leave_twice(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(*short(fulfilment))
    house.settle()
    house.report(event("shipped", fulfilment, number=2, shipment_id="W2", quantities={"1": "1"}))
    house.settle()
    assert "4 shipped and 1 closed, of 4" in reason(house)
    backorder = list(house.wms.orders.values())[1]
    house.report(event("shipped", backorder, shipment_id="W3"))
    house.settle()
    assert (delivered(house), house.status()) == (4, "invoiced")
    check_at_rest(house)


@pytest.mark.parametrize("warehouse", [{"short_pick": "close_short"}])
def test_what_was_given_up_does_not_leave_any_more(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(*short(fulfilment))
    house.settle()
    house.report(event("shipped", fulfilment, number=2, shipment_id="W2", quantities={"1": "1"}))
    house.settle()
    assert "4 shipped and 1 closed, of 4" in reason(house)
    assert delivered(house) == 3
    check_at_rest(house)


@pytest.mark.parametrize("turned", [False, True], ids=["shipped first", "closed first"])
def test_a_rest_that_disagrees_with_the_shipments(house: PaperHouse, turned: bool) -> None:
    fulfilment = taken(house)
    shipped = event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"})
    facts = [shipped, event("closed", fulfilment, quantities={"1": "4"})]
    house.report(*(reversed(facts) if turned else facts))
    house.settle()
    assert "3 shipped and 4 closed, of 4" in reason(house)
    check_at_rest(house)


def test_a_second_rest_that_differs_from_the_first(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(*short(fulfilment))
    house.settle()
    house.report(event("closed", fulfilment, number=2, minutes=5, quantities={}))
    house.settle()
    assert "what was left of it is settled" in reason(house)
    check_at_rest(house)


def test_another_product_in_the_place_of_the_one_ordered(house: PaperHouse) -> None:
    fulfilment = taken(house)
    other = event("shipped", fulfilment, shipment_id="W1")
    other["lines"][0]["sku"] = "Z-9"
    house.report(other)
    house.settle()
    assert "Z-9, ordered was A-1" in reason(house)
    assert delivered(house) == 0


def test_a_warehouse_that_was_not_asked(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(event("shipped", fulfilment, shipment_id="W1"), by=house.annex)
    house.settle()
    assert "reported by annex, but wms was asked" in reason(house)
    assert delivered(house) == 0
    house.report(event("shipped", fulfilment, number=2, shipment_id="W1"))
    house.settle()
    assert (delivered(house), house.status()) == (4, "invoiced")


def test_what_is_known_is_no_contradiction_when_it_is_replayed(
    house: PaperHouse, clock: ManualClock
) -> None:
    fulfilment = taken(house)
    house.report(*short(fulfilment))
    house.settle()
    clock.advance(timedelta(seconds=1))
    replay_window(house.store, Window(until=clock.now()), Word("anna", clock.now()))
    house.settle()
    assert (house.held(), len(house.wms.orders)) == ([], 2)
    check_at_rest(house)
