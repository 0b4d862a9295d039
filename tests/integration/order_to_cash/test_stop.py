"""Cancellation before the wave, at the warehouse, and its race with the pick."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from tests.support.invariants import check_always, check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

WAVES = {"release": "waves", "cutoffs": "16:00", "site_time_zone": "UTC", "work_days": "1,2,3,4,5"}


def cancel(house: PaperHouse) -> None:
    house.arrive(order_body(1, version=9, cancelled=True))


def erp_states(house: PaperHouse) -> list[str]:
    return [order["state"] for order in house.erp.orders.values()]


def answers(house: PaperHouse) -> list[tuple[str, str]]:
    return [(a["about"], a["status"]) for a in house.shop.answers]


def held(house: PaperHouse) -> list[str]:
    return [h.code for h in house.rows("SELECT code FROM hold WHERE closed_at IS NULL")]


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
    assert held(house) == ["shipped_after_cancellation"]
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


def cancelled_by_hand(house: PaperHouse) -> None:
    from crossdock.ports.erp import ErpOrderSeen
    from crossdock.processes.order_to_cash.observe_erp_order import OBSERVE_ERP_ORDER

    (order,) = house.erp.orders.values()
    order["state"] = "cancel"
    seen = ErpOrderSeen(
        id=order["id"], name=order["name"], state="cancel", amount_total=order["amount_total"],
        currency="EUR", seen_version="2",
    )  # fmt: skip
    house.decide_about("shop:order:1", OBSERVE_ERP_ORDER, seen)


def test_a_newer_version_asks_the_person_again_until_it_is_settled(house: PaperHouse) -> None:
    """A shop sends the cancelled order anew, as an echo of our answer: the question stays."""
    house.arrive(order_body(1))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    cancel(house)
    house.settle()
    assert held(house) == ["shipped_after_cancellation"]
    house.arrive(order_body(1, version=10, cancelled=True, note="echo"))
    house.settle()
    assert held(house) == ["shipped_after_cancellation"]
    with house.store.transaction() as tx:
        tx.run("UPDATE hold SET closed_at = opened_at")
        tx.run("UPDATE message SET state = 'done', ended_at = received_at WHERE state = 'held'")
    house.arrive(order_body(1, version=11, cancelled=True, note="echo again"))
    house.settle()
    assert held(house) == []
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
    assert held(house) == ["shipped_after_cancellation"]
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


def pick(house: PaperHouse) -> None:
    """Everything the warehouse has and was not told to leave: picked and shipped at once."""
    for name, fulfilment in house.wms.orders.items():
        if name not in house.wms.picked and house.wms.pick(name):
            house.report(event("shipped", fulfilment, shipment_id="W1"))
