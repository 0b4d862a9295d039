"""A changed order that a person amended and released as done: its version is what was agreed."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.ops.daily_close import DailyClose
from crossdock.ops.loss.vital_signs import read_vital_signs
from crossdock.ops.replay import replay_message
from crossdock.ops.word import Resolution, Word
from crossdock.processes.order_to_cash.agree_change import NotAgreed
from crossdock.processes.order_to_cash.change_sales_order import CHANGED
from crossdock.processes.order_to_cash.order_state import SalesOrderState
from tests.support.closing_house import DAY, nights, of
from tests.support.listing_house import ListingHouse
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import event

RAISED = [["0", "A-1", "3", "10.00"]]


def amend(trade: ListingHouse, total: str) -> None:
    """What a person does in the ERP."""
    for order in trade.house.erp.orders.values():
        order["amount_total"] = total


def done(house: PaperHouse) -> None:
    house.release(CHANGED, as_=Resolution.DONE)
    house.settle()


def kept(house: PaperHouse, number: int = 1) -> SalesOrderState:
    [row] = house.rows(
        "SELECT data::text AS data FROM document WHERE work_key = %(k)s", k=f"shop:order:{number}"
    )
    return SalesOrderState.model_validate_json(row.data)


def quantities(house: PaperHouse) -> dict[str, str]:
    return {n.line_id: f"{n.quantity.amount:f}" for n in kept(house).order.lines}


def sent(house: PaperHouse) -> int:
    return int(house.rows("SELECT count(*) AS n FROM effect")[0].n)


def open_alarms(trade: ListingHouse) -> list[str]:
    return [code for code in trade.house.held() if code == "close_differs"]


def test_an_amended_order_is_signed_day_after_day(trade: ListingHouse) -> None:
    chore: DailyClose | None = None
    for number in (1, 2):
        trade.place(number, ("A-1", "2"))
        trade.change(number, lines=RAISED)
        amend(trade, "30.00")
        done(trade.house)
        chore = nights(trade, 1, chore)
    close = trade.close(DAY).close
    assert list(close.differences) == []
    assert all(statement.signed for statement in close.statements)
    trade.later(timedelta(hours=12))
    with trade.house.store.transaction() as tx:
        signs = read_vital_signs(tx, trade.house.clock.now())
    assert not [s.connection for s in signs if s.dead]
    assert open_alarms(trade) == []


def test_an_order_that_was_not_amended_differs_in_the_erp_alone(trade: ListingHouse) -> None:
    trade.place(1, ("A-1", "2"))
    trade.change(1, lines=RAISED)
    done(trade.house)
    close = trade.close(DAY).close
    assert [(d.kind, d.connection, d.ours, d.theirs) for d in close.differences] == [
        ("total", "erp", "30.00 EUR", "20.00 EUR")
    ]
    assert of(close, "shop").signed
    assert not of(close, "erp").signed
    amend(trade, "30.00")
    assert trade.close(DAY).close.clean


def test_what_is_under_way_stays_and_its_end_is_signed(trade: ListingHouse) -> None:
    """A warehouse ships what it was given; the invoice is of what left."""
    trade.place(1, ("A-1", "2"))
    before = sent(trade.house)
    trade.change(1, lines=RAISED)
    amend(trade, "30.00")
    done(trade.house)
    assert (sent(trade.house), trade.house.status()) == (before, "released")
    trade.report("shipped", 1)
    assert trade.house.status() == "invoiced"
    close = trade.close(DAY).close
    assert list(close.differences) == []
    assert all(statement.signed for statement in close.statements)


def test_it_is_an_event_and_in_the_audit(trade: ListingHouse) -> None:
    trade.place(1, ("A-1", "2"))
    trade.change(1, lines=RAISED)
    done(trade.house)
    rows = trade.house.rows("SELECT data FROM event WHERE type = 'sales_order.change_agreed'")
    assert [r.data["differences"] for r in rows] == [
        ["A-1: 2 EA became 3 EA", "total 20.00 EUR became 30.00 EUR"]
    ]
    acts = trade.house.rows("SELECT 1 FROM audit WHERE action = 'hold.release_as_done'")
    assert len(acts) == 1
    [message] = trade.house.rows("SELECT state, end_code FROM message WHERE version LIKE '%%2'")
    assert tuple(message) == ("done", "done_by_hand")


def test_the_newest_of_several_changes_counts(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    house.arrive(order_body(1, version=2, quantity="5"))
    house.settle()
    house.arrive(order_body(1, version=3, quantity="7"))
    house.settle()
    assert house.held() == [CHANGED]
    done(house)
    assert quantities(house) == {"1": "7"}
    replay_all(house)
    assert quantities(house) == {"1": "7"}
    assert house.held() == []
    house.arrive(order_body(1, version=2, quantity="5", note="late"))
    house.arrive(order_body(1, version=4, quantity="8"))
    house.settle()
    assert house.held() == [CHANGED]
    assert quantities(house) == {"1": "7"}


def test_an_older_change_answered_late_does_not_win(house: PaperHouse) -> None:
    """As where a sender's versions have no order of their own."""
    house.arrive(order_body(1))
    house.settle()
    house.arrive(order_body(1, version=2, quantity="5"))
    house.settle()
    house.rows("UPDATE document SET source_message = source_message + 1 RETURNING 1")
    done(house)
    assert house.message_states() == ["done", "done"]
    assert quantities(house) == {"1": "2"}


def replay_all(house: PaperHouse) -> None:
    for row in house.rows("SELECT message_id FROM message WHERE source <> 'outcome' ORDER BY 1"):
        with house.store.transaction() as tx:
            replay_message(tx, row.message_id, Word("anna", house.clock.now()))
        house.settle()


@pytest.fixture
def shipping(store: Store, closed_at: ManualClock) -> Callable[[str], PaperHouse]:
    """A house with a warehouse, by what becomes of what it does not find."""

    def made(short_pick: str) -> PaperHouse:
        return PaperHouse(store, closed_at, {"warehouses": "wms"}, {"short_pick": short_pick})

    return made


@pytest.mark.parametrize("short_pick", ["backorder", "close_short"])
def test_what_is_not_ordered_any_more_is_not_sent_again(
    shipping: Callable[[str], PaperHouse], short_pick: str
) -> None:
    """One line is gone, one is less, one is new: the warehouse closes what it was told of."""
    house = shipping(short_pick)
    rows: list[list[str]] = [["1", "A-1", "4", "10.00"], ["2", "C-3", "2", "10.00"]]
    house.arrive({**order_body(1), "lines": rows})
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    changed = [["1", "A-1", "3", "10.00"], ["3", "B-2", "1", "10.00"]]
    house.arrive({**order_body(1, version=2), "lines": changed})
    house.settle()
    before = sent(house)
    done(house)
    assert sent(house) == before
    assert kept(house).progress.goods == {"1": "A-1", "2": "C-3", "3": "B-2"}
    house.report(
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"}),
        event("closed", fulfilment, quantities={"1": "1", "2": "2"}),
    )
    house.settle()
    assert (len(house.wms.orders), house.status(), house.held()) == (1, "invoiced", [])
    assert [operation for operation, _ in house.shop.told] == ["send_shipment"]


def test_a_line_that_is_gone_is_booked_where_it_left(
    shipping: Callable[[str], PaperHouse],
) -> None:
    house = shipping("close_short")
    rows: list[list[str]] = [["1", "A-1", "4", "10.00"], ["2", "C-3", "2", "10.00"]]
    house.arrive({**order_body(1), "lines": rows})
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.arrive({**order_body(1, version=2), "lines": rows[:1]})
    house.settle()
    done(house)
    house.report(event("shipped", fulfilment, shipment_id="W1", quantities={"1": "4", "2": "2"}))
    house.settle()
    (order,) = house.erp.orders.values()
    assert order["delivered"] == {"1": "4", "2": "2"}
    assert house.held() == []


def test_goods_that_nobody_was_given_do_not_cancel_the_order(
    shipping: Callable[[str], PaperHouse],
) -> None:
    house = shipping("close_short")
    house.arrive({**order_body(1), "lines": [["1", "A-1", "4", "10.00"]]})
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.arrive({**order_body(1, version=2), "lines": [["3", "B-2", "1", "10.00"]]})
    house.settle()
    done(house)
    house.report(event("closed", fulfilment, quantities={"1": "4"}))
    house.settle()
    (order,) = house.erp.orders.values()
    assert order["state"] == "sale"
    assert house.shop.told == []


def test_a_rest_that_was_given_up_counts_once(shipping: Callable[[str], PaperHouse]) -> None:
    """The channel's version is without what we cancelled of it."""
    house = shipping("close_short")
    house.arrive(order_body(1, quantity="4"))
    house.settle()
    (fulfilment,) = house.wms.orders.values()
    house.report(
        event("shipped", fulfilment, shipment_id="W1", quantities={"1": "3"}),
        event("closed", fulfilment, quantities={"1": "1"}),
    )
    house.settle()
    house.arrive(order_body(1, version=2, quantity="3"))
    house.settle()
    assert house.held() == []
    house.arrive(order_body(1, version=3, quantity="5"))
    house.settle()
    done(house)
    assert (quantities(house), kept(house).progress.given_up) == ({"1": "5"}, {})
    house.arrive(order_body(1, version=4, quantity="5", note="thanks"))
    house.settle()
    assert house.held() == []


def test_a_product_that_nobody_knows_is_not_taken_over(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    house.arrive(order_body(1, version=2, sku="NEW"))
    house.settle()
    with pytest.raises(NotAgreed, match="crossdock map sku shop NEW"):
        done(house)
    assert house.held() == [CHANGED]
    house.release(CHANGED, as_=Resolution.REJECT)
    house.settle()
    assert (house.held(), quantities(house)) == ([], {"1": "2"})


def test_the_same_number_is_compared_with_what_was_agreed(house: PaperHouse) -> None:
    house.arrive(order_body(1, po="PO-7"))
    house.settle()
    house.arrive(order_body(1, version=2, po="PO-7", quantity="3"))
    house.settle()
    done(house)
    house.arrive(order_body(2, po="PO-7", quantity="3"))
    house.settle()
    assert house.held() == []
    house.arrive(order_body(3, po="PO-7", quantity="2"))
    house.settle()
    assert house.held() == ["same_number_other_content"]


@pytest.mark.parametrize(("drafted", "held"), [("50.00", []), ("20.00", ["total_mismatch"])])
def test_before_its_draft_is_confirmed_the_agreed_total_counts(
    house: PaperHouse, drafted: str, held: list[str]
) -> None:
    house.erp.surcharge = Decimal(5)
    house.arrive(order_body(1))
    house.settle()
    house.arrive(order_body(1, version=2, quantity="5"))
    house.settle()
    assert sorted(house.held()) == [CHANGED, "total_mismatch"]
    done(house)
    assert house.held() == ["total_mismatch"]
    order: dict[str, Any] = next(iter(house.erp.orders.values()))
    order["amount_total"] = drafted
    house.release("total_mismatch")
    house.settle()
    assert house.held() == held
