"""The last thing the channel hears is true, and a question about goods outlives every answer."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from crossdock.ops.release_hold import release_hold
from crossdock.ops.replay_window import Window, replay_window
from crossdock.ops.word import Resolution, Word
from crossdock.ports.effect import EffectToSend, Failed, Observed
from crossdock.ports.errors import Rejected
from tests.integration.order_to_cash.moves import (
    answers,
    cancel,
    cancelled_by_hand,
    erp_states,
    release,
    taken,
)
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import PaperShop, order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

ACCEPTED = ("order", "accepted")
REFUSED = ("cancellation", "cancellation_refused")
CANCELLED = ("cancellation", "cancelled")


def test_refused_and_then_cancelled_after_all(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.wms.pick(fulfilment["fulfilment_id"])
    cancel(house)
    house.settle()
    assert answers(house) == [ACCEPTED, REFUSED]
    house.report(event("cancelled", fulfilment, quantities={}))
    house.settle()
    assert (house.status(), erp_states(house)) == ("cancelled", ["cancel"])
    assert answers(house) == [ACCEPTED, REFUSED, CANCELLED]
    assert house.held() == []
    house.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    replay_window(house.store, Window(house.clock.now()), Word("anna", house.clock.now()))
    house.settle()
    assert answers(house) == [ACCEPTED, REFUSED, CANCELLED], "a replay says nothing anew"
    check_at_rest(house)


def test_the_warehouses_word_comes_before_its_refusal(house: PaperHouse) -> None:
    """The same two facts in the other order: refused is never said."""
    fulfilment = taken(house)
    house.wms.pick(fulfilment["fulfilment_id"])
    cancel(house)
    house.applier().apply_once()
    house.report(event("cancelled", fulfilment, quantities={}))
    house.applier().apply_once()
    house.settle()
    assert answers(house) == [ACCEPTED, CANCELLED]
    assert (house.status(), house.held()) == ("cancelled", [])
    check_at_rest(house)


def test_a_part_has_left_when_the_warehouse_stops(house: PaperHouse) -> None:
    fulfilment = taken(house)
    house.report(event("shipped", fulfilment, shipment_id="W1", quantities={"1": "1"}))
    house.settle()
    cancel(house)
    house.settle()
    (order,) = house.erp.orders.values()
    assert (house.status(), order["closed"], order["delivered"]) == ("invoiced", True, {"1": "1"})
    assert answers(house) == [ACCEPTED, REFUSED]
    assert house.held() == ["shipped_after_cancellation"]
    check_at_rest(house)


def test_a_shipment_reported_while_the_erp_cancels_stays_a_question(house: PaperHouse) -> None:
    """The warehouse had agreed to stop, and its parcel left all the same."""
    fulfilment = taken(house)
    cancel(house)
    house.applier().apply_once()
    house.deliverer("wms").deliver_once()
    house.applier().apply_once()
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.applier().apply_once()
    assert house.held() == ["contradiction"]
    house.settle()
    assert house.status() == "cancelled"
    assert house.held() == ["contradiction"]
    check_at_rest(house)


@pytest.mark.parametrize("policies", [{"warehouses": ""}])
def test_a_person_lets_a_cancelled_order_go_and_its_channel_is_told(house: PaperHouse) -> None:
    """The ERP's own staff ship; changing one's mind in the ERP is told too."""
    house.arrive(order_body(1))
    house.settle()
    cancel(house)
    house.settle()
    (hold,) = house.rows("SELECT hold_id, code FROM hold WHERE closed_at IS NULL")
    assert hold.code == "cancelled_after_confirmation"
    word = Word("anna", house.clock.now(), "it is packed")
    with house.store.transaction() as tx:
        release_hold(
            tx, hold_id=hold.hold_id, resolution=Resolution.REJECT, registry=house.registry,
            word=word,
        )  # fmt: skip
    house.settle()
    assert answers(house) == [ACCEPTED, REFUSED]
    assert house.shop.answers[-1]["reason"] == "it is packed"
    assert (house.status(), house.held()) == ("confirmed", [])
    cancelled_by_hand(house)
    house.settle()
    assert answers(house) == [ACCEPTED, REFUSED, CANCELLED]
    assert house.shop.answers[-1]["revises"]
    check_at_rest(house)


@pytest.mark.parametrize("refused", ["order", "cancellation"])
def test_an_answer_that_the_channel_refused_is_given_anew_as_it_is_true_now(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Its key is its own, and it is about what it was about."""
    perform, times = PaperShop.deliver, iter([True])

    def picky(self: PaperShop, batch: Sequence[EffectToSend]) -> list[Observed | Failed]:
        if f'"about":"{refused}"'.encode() in batch[0].request and next(times, False):
            error = Rejected("the app lacks a right", remedy="grant it")
            return [Failed(effect.effect_key, error) for effect in batch]
        return perform(self, batch)

    monkeypatch.setattr(PaperShop, "deliver", picky)
    fulfilment = taken(house)
    house.wms.pick(fulfilment["fulfilment_id"])
    cancel(house)
    house.settle()
    assert sorted(house.held()) == ["rejected", "shipped_after_cancellation"]
    release(house, "rejected")
    house.settle()
    assert sorted(answers(house)) == [REFUSED, ACCEPTED]
    assert house.held() == ["shipped_after_cancellation"]


@pytest.mark.parametrize("warehouse", [{"short_pick": "close_short"}])
def test_what_we_cancelled_of_a_discounted_line_comes_back(house: PaperHouse) -> None:
    """The shop takes a part of the discount off with the goods."""
    house.arrive({**order_body(1), "lines": [["1", "A-1", "4", "10.37", "4.00"]]})
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"}),
        event("closed", fulfilment, quantities={"1": "1"}),
    )
    house.settle()
    assert [operation for operation, _ in house.shop.told] == ["send_shipment", "cancel_remainder"]
    house.arrive({**order_body(1, version=2), "lines": [["1", "A-1", "3", "10.37", "3.00"]]})
    house.settle()
    assert house.held() == []
    house.arrive({**order_body(1, version=3), "lines": [["1", "A-1", "3", "10.37", "4.00"]]})
    house.settle()
    assert house.held() == ["changed_after_acceptance"], "a discount that did not shrink is news"
    check_at_rest(house)
