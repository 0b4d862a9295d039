"""A fact about stock that cannot be true as it stands is asked about, and changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crossdock.domain.fulfilment import StockAdjustment, StockCount
from crossdock.domain.quantity import Quantity
from crossdock.engine.use_case import Context, Decision, End
from crossdock.ports.message import Source
from crossdock.processes.inventory.observe_stock import observe_stock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def count(amount: str, at: datetime) -> StockCount:
    quantity = Quantity(amount=Decimal(amount), unit="EA")
    return StockCount(event_id="e", sku="A", quantity=quantity, counted_at=at)


def change(amount: str, at: datetime) -> StockAdjustment:
    quantity = Quantity(amount=Decimal(amount), unit="EA")
    return StockAdjustment(event_id="e", sku="A", change=quantity, adjusted_at=at)


def decided(fact: StockCount | StockAdjustment, *, now: datetime = NOW) -> Decision:
    context = Context(
        now=now, company_id=1, connection="wms", settings={}, work_key="wms:stock:A", message_id=1,
        received_at=NOW, source=Source.WEBHOOK, released=True,
    )  # fmt: skip
    return observe_stock(fact, None, {}, context)


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (count("5", FAR), "dated_ahead"),
        (count("5", LAST), "dated_ahead"),
        (change("5", NOW + timedelta(hours=1, seconds=1)), "dated_ahead"),
        (count("-5", NOW), "negative_count"),
    ],
)
def test_it_is_a_persons(fact: StockCount | StockAdjustment, code: str) -> None:
    decision = decided(fact)
    (hold,) = decision.holds
    assert (decision.end, decision.state, hold.code, hold.owner) == (
        End.HELD, None, code, "warehouse",
    )  # fmt: skip
    assert hold.reason.startswith("A: ")
    assert "`crossdock holds release ID --as done`" in hold.fix


@pytest.mark.parametrize(
    "fact", [count("5", NOW + timedelta(minutes=59)), count("0", NOW), change("-5", NOW)]
)
def test_a_clock_may_be_a_little_ahead_and_stock_may_shrink(
    fact: StockCount | StockAdjustment,
) -> None:
    assert decided(fact).end is End.DONE


def test_what_was_of_the_future_is_taken_when_its_time_has_come() -> None:
    assert decided(count("5", FAR), now=FAR).end is End.DONE
