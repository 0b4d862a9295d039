"""A position is the same in every order in which its facts came."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crossdock.domain.fulfilment import StockAdjustment, StockCount
from crossdock.domain.quantity import Quantity
from crossdock.processes.inventory.stock_position import StockPosition

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EMPTY = StockPosition(connection="wms", sku="A-1", unit="EA")


def fact(number: int, spec: tuple[bool, int, int, str]) -> StockCount | StockAdjustment:
    is_count, minute, amount, state = spec
    at = START + timedelta(minutes=minute)
    quantity = Quantity(amount=Decimal(amount), unit="EA")
    name = {"event_id": f"e{number}", "sku": "A-1", "state": state}
    if is_count:
        return StockCount(**name, quantity=quantity, counted_at=at)
    return StockAdjustment(**name, change=quantity, adjusted_at=at)


def fold(facts: list[StockCount | StockAdjustment]) -> StockPosition:
    position = EMPTY
    for f in facts:
        if isinstance(f, StockCount):
            position = position.with_count(f)
        else:
            position = position.with_adjustment(f)
    return position


specs = st.lists(
    st.tuples(
        st.booleans(), st.integers(0, 9), st.integers(-5, 50),
        st.sampled_from(["available", "damaged"]),
    ),
    max_size=8,
)  # fmt: skip


@given(specs, st.randoms(use_true_random=False), st.integers(0, 3))
def test_shuffled_and_doubled_facts_lead_to_the_same_position(drawn, chance, doubled):
    facts = [fact(n, spec) for n, spec in enumerate(drawn)]
    shuffled = facts + facts[:doubled]
    chance.shuffle(shuffled)
    assert fold(shuffled) == fold(facts)


@given(specs)
def test_the_amount_is_the_newest_count_and_what_came_after_it(drawn):
    facts = [fact(n, spec) for n, spec in enumerate(drawn)]
    counts = [f for f in facts if isinstance(f, StockCount) and f.state == "available"]
    newest = max(counts, key=lambda c: (c.counted_at, c.event_id), default=None)
    expected = newest.quantity.amount if newest else Decimal(0)
    for f in facts:
        if (
            isinstance(f, StockAdjustment)
            and f.state == "available"
            and (newest is None or f.adjusted_at > newest.counted_at)
        ):
            expected += f.change.amount
    assert fold(facts).amount() == expected
