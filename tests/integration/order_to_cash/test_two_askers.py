"""Channel and ERP may both cancel, in any order: the warehouse decides, and each asker hears it."""

from collections.abc import Callable
from itertools import permutations

import pytest

from tests.integration.order_to_cash.moves import (
    answers,
    cancel,
    cancelled_by_hand,
    confirmation_leaves,
    erp_states,
    taken,
    told,
)
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

REFUSED = ("cancellation", "cancellation_refused")


def test_a_second_sighting_in_the_erp_does_not_decide_for_the_warehouse(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.wms.pick(fulfilment["fulfilment_id"])
    cancelled_by_hand(house, "2")
    cancelled_by_hand(house, "3")
    assert house.status() == "cancelling"
    house.settle()
    assert (house.status(), house.held()) == ("released", ["shipped_after_cancellation"])
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    assert house.status() == "invoiced"
    assert told(house) == ["send_shipment"]
    check_at_rest(house)


def test_both_have_asked_and_the_channel_is_told_once_the_warehouse_has_decided(
    house: PaperHouse,
) -> None:
    fulfilment = taken(house)
    house.wms.pick(fulfilment["fulfilment_id"])
    cancel(house)
    house.applier().apply_once()
    cancelled_by_hand(house)
    house.deliverer("shop").deliver_once()
    assert answers(house) == [("order", "accepted")]
    house.settle()
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    assert answers(house) == [("order", "accepted"), REFUSED]
    assert house.held() == ["shipped_after_cancellation"]
    assert house.status() == "invoiced"
    check_at_rest(house)


@pytest.mark.parametrize("picked", [True, False])
@pytest.mark.parametrize("order", list(permutations(("channel", "erp", "warehouse"))), ids="-".join)
def test_whoever_asks_first_all_hear_the_same(
    house: PaperHouse, order: tuple[str, ...], picked: bool
) -> None:
    fulfilment = taken(house)
    if picked:
        house.wms.pick(fulfilment["fulfilment_id"])
    moves: dict[str, Callable[[], object]] = {
        "channel": lambda: cancel(house),
        "erp": lambda: cancelled_by_hand(house),
        "warehouse": lambda: house.deliverer("wms").deliver_once(),
    }
    for move in order:
        moves[move]()
        house.applier().apply_once()
    house.settle()
    if picked:
        house.report(event("shipped", fulfilment, shipment_id="W1"))
        house.settle()
    assert house.status() == ("invoiced" if picked else "cancelled")
    assert bool(house.wms.cancelled) is not picked
    assert answers(house)[-1] == (REFUSED if picked else ("cancellation", "cancelled"))
    assert house.held() == (["shipped_after_cancellation"] if picked else [])
    check_at_rest(house)


def test_the_channel_asks_after_the_warehouse_has_refused_the_erp(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.wms.pick(fulfilment["fulfilment_id"])
    cancelled_by_hand(house)
    house.settle()
    assert answers(house) == [("order", "accepted")]
    cancel(house)
    house.settle()
    assert answers(house) == [("order", "accepted"), REFUSED]
    assert house.held() == ["shipped_after_cancellation"]
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    assert house.status() == "invoiced"
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": ""}])
def test_a_person_cancels_as_told_and_the_channel_hears_of_it(house: PaperHouse) -> None:
    """The ERP's own staff ship: the cancellation came while the order was being confirmed."""
    reply = confirmation_leaves(house)
    cancel(house)
    house.applier().apply_once()
    reply()
    house.settle()
    assert (house.status(), house.held()) == ("confirmed", ["cancelled_after_confirmation"])
    cancelled_by_hand(house)
    house.settle()
    assert (house.status(), erp_states(house)) == ("cancelled", ["cancel"])
    assert answers(house) == [("order", "accepted"), ("cancellation", "cancelled")]
    assert (told(house), house.held()) == ([], [])
    check_at_rest(house)


def test_a_draft_cancelled_in_the_erp_is_answered_and_ends_at_the_channel(
    house: PaperHouse,
) -> None:
    house.erp.surcharge += 1
    house.arrive(order_body(1))
    house.settle()
    assert house.held() == ["total_mismatch"]
    cancelled_by_hand(house)
    house.settle()
    assert answers(house) == [("order", "cancelled")]
    assert (told(house), house.held()) == (["cancel_order"], [])
    check_at_rest(house)
