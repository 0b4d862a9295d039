"""What was cancelled goes to no warehouse any more, whoever releases or replays what."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from crossdock.ops.replay_window import Window, replay_window
from crossdock.ops.word import Word
from tests.integration.order_to_cash.moves import (
    answers,
    cancel,
    cancelled_by_hand,
    confirmation_leaves,
    erp_states,
    release,
    taken,
    told,
)
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

Move = Callable[[PaperHouse], None]
TWO = [["1", "A-1", "4", "10.00"], ["2", "B-2", "2", "5.00"]]


def replay_everything(house: PaperHouse) -> None:
    house.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    now = house.clock.now()
    replay_window(house.store, Window(until=now), Word("anna", now))
    house.settle()


def test_cancelled_while_its_confirmation_is_in_flight(house: PaperHouse) -> None:
    """Nothing was given to a warehouse: it is cancelled in the ERP, and nobody need be asked."""
    reply = confirmation_leaves(house)
    cancel(house)
    house.applier().apply_once()
    reply()
    house.settle()
    assert (house.status(), erp_states(house)) == ("cancelled", ["cancel"])
    assert (answers(house), house.held()) == ([("order", "cancelled")], [])
    release(house)
    replay_everything(house)
    assert house.wms.sent == []
    assert (house.status(), answers(house)) == ("cancelled", [("order", "cancelled")])
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": ""}])
def test_releasing_the_question_asks_it_again(house: PaperHouse) -> None:
    reply = confirmation_leaves(house)
    cancel(house)
    house.applier().apply_once()
    reply()
    house.settle()
    for again in (release, replay_everything):
        again(house)
        house.settle()
        assert house.held() == ["cancelled_after_confirmation"]
    assert (house.status(), erp_states(house)) == ("confirmed", ["sale"])
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": ""}])
def test_a_newer_version_neither_doubles_nor_drops_the_question(house: PaperHouse) -> None:
    """The ERP's own staff ship: asked with a version, or with the reply of the confirmation."""
    house.arrive(order_body(1))
    house.settle()
    for version in (9, 10):
        cancel(house, version)
        house.settle()
        assert house.held() == ["cancelled_after_confirmation"]
    release(house)
    house.settle()
    assert house.held() == ["cancelled_after_confirmation"], "nobody has answered the channel"
    cancelled_by_hand(house)
    house.settle()
    assert (house.held(), answers(house)[-1]) == ([], ("cancellation", "cancelled"))
    check_at_rest(house)


def refused_at_once(house: PaperHouse) -> None:
    house.wms.refuse = "no such carrier"
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    house.wms.refuse = ""


def rejected_later(house: PaperHouse) -> None:
    house.report(event("rejected", taken(house), quantities={}, reason="hazardous"))
    house.settle()


@pytest.mark.parametrize("asker", [cancel, cancelled_by_hand])
@pytest.mark.parametrize("bring", [refused_at_once, rejected_later])
@pytest.mark.parametrize("early", [True, False])
def test_refused_by_its_warehouse_and_then_cancelled(
    house: PaperHouse, bring: Move, asker: Move, early: bool
) -> None:
    """The remedy that the question names, and the question released before or after its answer."""
    bring(house)
    assert len(house.held()) == 1
    sent = list(house.wms.sent)
    asker(house)
    house.applier().apply_once()
    if not early:
        house.settle()
    release(house)
    house.settle()
    assert (house.status(), erp_states(house)) == ("cancelled", ["cancel"])
    assert house.wms.sent == sent
    if asker is cancel:
        assert answers(house)[-1] == ("cancellation", "cancelled")
    else:
        assert told(house) == ["cancel_order"]
    assert house.held() == []
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": "elsewhere=Z-*"}])
@pytest.mark.parametrize("asker", [cancel, cancelled_by_hand])
def test_no_warehouse_ships_it_and_then_it_is_cancelled(house: PaperHouse, asker: Move) -> None:
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    assert house.held() == ["no_warehouse"]
    asker(house)
    house.settle()
    assert (house.status(), erp_states(house), house.held()) == ("cancelled", ["cancel"], [])
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": "annex=B-*, wms"}])
def test_a_part_that_its_site_refused_stays_away_once_the_order_is_cancelled(
    house: PaperHouse,
) -> None:
    house.annex.refuse = "closed"
    house.arrive({**order_body(1), "lines": TWO})
    house.settle()
    (main,) = house.wms.orders.values()
    house.report(event("shipped", main, shipment_id="W1"))
    house.settle()
    house.arrive({**order_body(1, version=9, cancelled=True), "lines": TWO})
    house.settle()
    house.annex.refuse = ""
    release(house, "rejected")
    house.settle()
    assert house.annex.orders == {}
    assert house.status() == "invoiced"
    assert answers(house)[-1] == ("cancellation", "cancellation_refused")
    check_at_rest(house)
