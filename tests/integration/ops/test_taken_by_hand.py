"""An order nobody could take, done by hand: it ends here, and its changes are asked about."""

from decimal import Decimal

import pytest

from crossdock.ops.word import Resolution
from crossdock.processes.order_to_cash.agree_change import NotAgreed
from tests.support.closing_house import DAY
from tests.support.listing_house import ListingHouse
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


def take(house: PaperHouse, code: str = "unknown_sku") -> None:
    house.release(code, as_=Resolution.DONE)
    house.settle()


def test_it_is_theirs_and_every_close_is_signed(trade: ListingHouse) -> None:
    trade.place(1, ("NEW", "2"))
    assert trade.house.status() == "held"
    take(trade.house)
    assert trade.house.status() == "taken_by_hand"
    close = trade.close(DAY).close
    assert list(close.differences) == []
    assert all(statement.signed for statement in close.statements)
    assert (trade.house.erp.calls, trade.house.shop.answers) == ([], [])


def test_it_is_not_taken_when_it_comes_again(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    take(house)
    house.arrive(order_body(1, version=2, sku="NEW", note="thanks"))
    house.settle()
    assert (house.status(), house.held(), house.erp.calls) == ("taken_by_hand", [], [])


def test_a_change_is_asked_about_and_agreed_without_its_products(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    take(house)
    for _ in range(2):
        house.arrive(order_body(1, version=2, sku="NEW", quantity="3"))
        house.settle()
    assert house.held() == ["changed_after_acceptance"]
    take(house, "changed_after_acceptance")
    assert (house.status(), house.held()) == ("taken_by_hand", [])
    house.arrive(order_body(1, version=3, sku="NEW", quantity="3"))
    house.settle()
    assert house.held() == []


def test_a_cancellation_is_asked_about(trade: ListingHouse) -> None:
    house = trade.house
    trade.place(1, ("NEW", "2"))
    take(house)
    trade.change(1, cancelled=True)
    assert house.held() == ["cancelled_after_confirmation"]
    take(house, "cancelled_after_confirmation")
    assert (house.status(), house.held(), house.erp.calls) == ("taken_by_hand", [], [])
    assert list(trade.close(DAY).close.differences) == []


def test_a_refused_cancellation_is_told(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    take(house)
    house.arrive(order_body(1, version=2, sku="NEW", cancelled=True))
    house.settle()
    house.release("cancelled_after_confirmation", as_=Resolution.REJECT)
    house.settle()
    assert [a["status"] for a in house.shop.answers] == ["cancellation_refused"]


def test_what_the_erp_refused_can_be_done_by_hand(house: PaperHouse) -> None:
    house.erp.refuse = {"A-1"}
    house.arrive(order_body(1))
    house.settle()
    [code] = house.held()
    take(house, code)
    assert (house.status(), house.held()) == ("taken_by_hand", [])


def test_a_draft_that_stands_is_not_left_to_nobody(house: PaperHouse) -> None:
    house.erp.surcharge = Decimal("0.02")
    house.arrive(order_body(1))
    house.settle()
    with pytest.raises(NotAgreed, match="Confirm or cancel"):
        house.release("total_mismatch", as_=Resolution.DONE)
    assert (house.status(), house.held()) == ("mismatched", ["total_mismatch"])


def test_while_something_else_is_open_about_it_that_counts(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="NEW"))
    house.settle()
    house.rows(
        "INSERT INTO hold (company_id, connection_id, work_key, kind, code, reason, fix, owner,"
        " opened_at) SELECT company_id, connection_id, work_key, kind, 'contradiction', 'r', 'f',"
        " owner, opened_at FROM hold RETURNING 1"
    )
    take(house)
    assert (house.status(), house.held()) == ("held", ["contradiction"])
