"""The buffer grows with delay and sales, within its cap, and is nothing without either."""

from bisect import bisect_left
from math import exp, factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossdock.processes.inventory.exposure.decay import decayed
from crossdock.processes.inventory.exposure.lag_aware import (
    UNKNOWN_DELAY,
    Door,
    expected_elsewhere,
    lag_buffer,
    lag_buffers,
)
from crossdock.processes.inventory.exposure.poisson import quantile, steps
from crossdock.processes.inventory.exposure.terms import MICRO
from crossdock.processes.inventory.exposure.velocity import DAY, HALF_LIFE, Delay, SalesRate

MINUTE = 60_000
HOUR = 60 * MINUTE
FAST, SLOW = Door("fast", 200, 200), Door("slow", 5 * MINUTE, 10_000)


@pytest.mark.parametrize("mean", [0.01, 0.3, 1.0, 4.7, 20.0])
@pytest.mark.parametrize("certainty", [500, 900, 990])
def test_the_quantile_is_the_poisson_one(mean, certainty):
    k = quantile(int(mean * MICRO), certainty, 200)
    below = [exp(-mean) * mean**i / factorial(i) for i in range(k + 1)]
    assert sum(below) >= certainty / 1000
    assert k == 0 or sum(below[:-1]) < certainty / 1000


@settings(deadline=None)
@given(st.integers(0, 9 * MICRO), st.sampled_from((700, 950)))
def test_the_table_says_the_same(expected, certainty):
    assert bisect_left(steps(certainty, 12), expected) == quantile(expected, certainty, 12)


def test_half_is_left_after_a_half_life():
    assert decayed(1000, HALF_LIFE, HALF_LIFE) == 500
    assert decayed(1000, 0, HALF_LIFE) == 1000
    assert decayed(1000, HALF_LIFE // 2, HALF_LIFE) == 707
    assert decayed(1000, 10**15, HALF_LIFE) == 0


def test_a_steady_rate_is_found():
    rate = SalesRate(since=0, at=0)
    for minute in range(0, 24 * 60, 10):
        rate = rate.sold(1, minute * MINUTE)
    assert rate.per_day(24 * HOUR) / MICRO == pytest.approx(144 * 0.75, rel=0.1)
    assert rate.size() == MICRO


def test_a_rate_fades_and_one_without_sales_is_nothing():
    assert SalesRate(0, 0).per_day(HOUR) == 0
    sold = SalesRate(0, 0).sold(5, HOUR)
    assert sold.per_day(HOUR) > sold.per_day(3 * HOUR) > sold.per_day(48 * HOUR) == 0


def test_a_first_sale_makes_no_rush():
    assert SalesRate(0, 0).sold(1, 1).per_day(1) <= 48 * MICRO


def test_large_orders_are_known_as_large():
    rate = SalesRate(0, 0).sold(1, 1).sold(9, 1)
    assert rate.size() == 82 * MICRO // 10


def test_a_delay_that_was_never_measured_is_taken_for_long():
    assert Delay().expected(UNKNOWN_DELAY) == UNKNOWN_DELAY
    delay = Delay()
    for _ in range(50):
        delay = delay.measured(1000)
    assert delay.expected(UNKNOWN_DELAY) == pytest.approx(1000, abs=10)
    assert delay.measured(-5).mean < delay.mean


def test_no_sales_elsewhere_no_buffer():
    assert lag_buffer(expected_elsewhere(SLOW, [(FAST, 0)]), MICRO, 20) == 0


def test_who_hears_at_once_needs_no_buffer_and_who_hears_late_does():
    per_day = 288 * MICRO
    quick = expected_elsewhere(FAST, [(SLOW._replace(order_delay=200), per_day)])
    late = expected_elsewhere(SLOW, [(FAST, per_day)])
    assert late == pytest.approx(MICRO, rel=0.01)
    assert lag_buffer(quick, MICRO, 20) == 0
    assert lag_buffer(late, MICRO, 20) == 3


@given(st.integers(0, 50 * MICRO), st.integers(0, 50 * MICRO), st.integers(0, 20))
def test_more_sales_never_lower_the_buffer_and_the_cap_is_hard(one, more, most):
    low, high = lag_buffer(one, MICRO, most), lag_buffer(one + more, MICRO, most)
    assert 0 <= low <= high <= most


def test_orders_of_many_pieces_need_more():
    assert lag_buffer(MICRO, 4 * MICRO, 50) > lag_buffer(MICRO, MICRO, 50)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 500 * MICRO)] * 2), max_size=5))
def test_many_at_once_are_each_the_same(sold):
    velocities = {"fast": [row[0] for row in sold], "slow": [row[1] for row in sold]}
    doors = [FAST, SLOW, Door("new", UNKNOWN_DELAY, 0)]
    many = lag_buffers(doors, velocities, 20)
    for place, (fast, slow) in enumerate(sold):
        both = {"fast": (FAST, fast), "slow": (SLOW, slow)}
        for door in doors:
            others = [other for name, other in both.items() if name != door.channel]
            expected = sum(v * (door.publish_delay + o.order_delay) for o, v in others) // DAY
            assert expected == expected_elsewhere(door, others)
            assert many[door.channel][place] == lag_buffer(expected, MICRO, 20)
