"""Cancellation before the wave, at the warehouse, and its race with the pick."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from tests.integration.order_to_cash.moves import (
    answers,
    cancel,
    cancelled_by_hand,
    confirmation_leaves,
    erp_states,
)
from tests.support.invariants import check_always, check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

WAVES = {"release": "waves", "cutoffs": "16:00", "site_time_zone": "UTC", "work_days": "1,2,3,4,5"}


@pytest.mark.parametrize("warehouse", [WAVES])
def test_before_its_wave_it_is_withdrawn_and_nobody_asked(
    house: PaperHouse, clock: ManualClock
) -> None:
    house.arrive(order_body(1))
    house.settle()
    assert (house.status(), house.wms.orders) == ("confirmed", {})
    clock.advance(timedelta(hours=6, minutes=59, seconds=59))
    house.settle()
    assert house.wms.orders == {}
    cancel(house)
    house.settle()
    assert (house.status(), erp_states(house)) == ("cancelled", ["cancel"])
    clock.advance(timedelta(seconds=2))
    house.settle()
    assert house.wms.orders == {}
    assert answers(house) == [("order", "accepted"), ("cancellation", "cancelled")]
    check_at_rest(house)


@pytest.mark.parametrize("warehouse", [WAVES])
def test_after_its_wave_the_warehouse_is_asked(house: PaperHouse, clock: ManualClock) -> None:
    house.arrive(order_body(1))
    house.settle()
    clock.advance(timedelta(hours=7))
    house.settle()
    assert len(house.wms.orders) == 1
    cancel(house)
    house.settle()
    assert len(house.wms.cancelled) == 1
    assert (house.status(), erp_states(house)) == ("cancelled", ["cancel"])
    check_at_rest(house)


def test_picked_already_it_ships_and_everybody_is_told(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.wms.pick(fulfilment["fulfilment_id"])
    cancel(house)
    house.settle()
    assert house.status() == "released"
    assert ("cancellation", "cancellation_refused") in answers(house)
    assert house.held() == ["shipped_after_cancellation"]
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    assert (house.status(), erp_states(house)) == ("invoiced", ["sale"])
    check_at_rest(house)


def test_a_part_has_left_the_rest_is_cancelled(house: PaperHouse) -> None:
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "1"}),
        event("closed", fulfilment, quantities={"1": "3"}),
    )
    house.settle()
    assert len(house.wms.orders) == 2
    cancel(house)
    house.settle()
    (order,) = house.erp.orders.values()
    assert (house.status(), order["closed"], order["delivered"]) == ("invoiced", True, {"1": "1"})
    assert ("cancellation", "cancellation_refused") in answers(house)
    check_at_rest(house)


def test_cancelled_in_the_erp_the_warehouse_and_the_channel_hear_of_it(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    cancelled_by_hand(house)
    house.settle()
    assert house.status() == "cancelled"
    assert len(house.wms.cancelled) == 1
    assert [operation for operation, _ in house.shop.told] == ["cancel_order"]
    check_at_rest(house)


def test_a_newer_version_asks_the_person_again_until_it_is_settled(house: PaperHouse) -> None:
    """A shop sends the cancelled order anew, as an echo of our answer: the question stays."""
    house.arrive(order_body(1))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    cancel(house)
    house.settle()
    assert house.held() == ["shipped_after_cancellation"]
    house.arrive(order_body(1, version=10, cancelled=True, note="echo"))
    house.settle()
    assert house.held() == ["shipped_after_cancellation"]
    with house.store.transaction() as tx:
        tx.run("UPDATE hold SET closed_at = opened_at")
        tx.run("UPDATE message SET state = 'done', ended_at = received_at WHERE state = 'held'")
    house.arrive(order_body(1, version=11, cancelled=True, note="echo again"))
    house.settle()
    assert house.held() == []
    check_at_rest(house)


def test_a_newer_version_between_the_refusal_and_the_shipment_keeps_the_question(
    house: PaperHouse,
) -> None:
    """The warehouse has said that it ships; its word that it has shipped is still on the way."""
    house.arrive(order_body(1))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.wms.pick(fulfilment["fulfilment_id"])
    cancel(house)
    house.settle()
    house.arrive(order_body(1, version=10, cancelled=True, note="echo"))
    house.settle()
    assert house.held() == ["shipped_after_cancellation"]
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    assert house.status() == "invoiced"
    check_at_rest(house)


MOVES = ("cancel", "apply", "wms", "pick", "erp")


@pytest.mark.parametrize("order", list(permutations(MOVES)), ids="-".join)
def test_the_race_of_cancellation_and_pick_has_one_end_everywhere(
    house: PaperHouse, order: tuple[str, ...]
) -> None:
    """The pick falls between any two steps: after the release was written, sent, asked to stop."""
    house.arrive(order_body(1))
    for _ in range(2):
        house.applier().apply_once()
        house.deliverer("erp").deliver_once()
    house.applier().apply_once()
    moves: dict[str, Callable[[], Any]] = {
        "cancel": lambda: cancel(house),
        "apply": lambda: house.applier().apply_once(),
        "wms": lambda: house.deliverer("wms").deliver_once(),
        "pick": lambda: pick(house),
        "erp": lambda: house.deliverer("erp").deliver_once(),
    }
    for move in order:
        moves[move]()
        check_always(house)
    house.settle()
    pick(house)
    house.settle()
    picked = bool(house.wms.picked)
    assert picked != bool(house.wms.cancelled) or not house.wms.sent
    expected = ("invoiced", ["sale"]) if picked else ("cancelled", ["cancel"])
    assert (house.status(), erp_states(house)) == expected
    said = "cancellation_refused" if picked else "cancelled"
    assert answers(house)[-1][1] == said
    (booked,) = house.erp.orders.values()
    assert bool(booked.get("shipments")) == picked
    check_at_rest(house)


IN_FLIGHT = ("cancel", "reply", "apply", "wms", "pick")


@pytest.mark.parametrize("order", list(permutations(IN_FLIGHT)), ids="-".join)
def test_cancelled_while_the_confirmation_is_in_flight_it_has_one_end_everywhere(
    house: PaperHouse, order: tuple[str, ...]
) -> None:
    """What the channel cancels before we know of the confirmation reaches no warehouse."""
    moves: dict[str, Callable[[], Any]] = {
        "reply": confirmation_leaves(house),
        "cancel": lambda: cancel(house),
        "apply": lambda: house.applier().apply_once(),
        "wms": lambda: house.deliverer("wms").deliver_once(),
        "pick": lambda: pick(house),
    }
    for move in order:
        moves[move]()
        check_always(house)
    house.settle()
    picked = bool(house.wms.picked)
    assert not picked or order.index("apply") < order.index("cancel")
    expected = ("invoiced", ["sale"]) if picked else ("cancelled", ["cancel"])
    assert (house.status(), erp_states(house)) == expected
    assert answers(house)[-1][1] == ("cancellation_refused" if picked else "cancelled")
    assert house.held() == (["shipped_after_cancellation"] if picked else [])
    check_at_rest(house)


def pick(house: PaperHouse) -> None:
    """Everything the warehouse has and was not told to leave: picked and shipped at once."""
    for name, fulfilment in house.wms.orders.items():
        if name not in house.wms.picked and house.wms.pick(name):
            house.report(event("shipped", fulfilment, shipment_id="W1"))
