"""A replayed window raises no question that was answered."""

from datetime import timedelta

from crossdock.engine.clock import ManualClock
from crossdock.ops.replay_window import Window, replay_window
from crossdock.ops.word import Word
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event


def test_a_refusal_that_was_mended_and_tried_again(house: PaperHouse, clock: ManualClock) -> None:
    house.wms.refuse = "no such carrier"
    house.arrive(order_body(1))
    house.settle()
    house.wms.refuse = ""
    house.release()
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(event("shipped", fulfilment, shipment_id="W1"))
    house.settle()
    effects = house.rows("SELECT effect_key FROM effect")
    clock.advance(timedelta(seconds=1))
    replay_window(house.store, Window(until=clock.now()), Word("anna", clock.now()))
    house.settle()
    assert (house.held(), house.status()) == ([], "invoiced")
    assert house.rows("SELECT effect_key FROM effect") == effects
    check_at_rest(house)
