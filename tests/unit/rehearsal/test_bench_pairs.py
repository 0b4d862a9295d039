"""The interval of a ratio: what it covers, and that the order of measuring favours nobody."""

import math
import random

import pytest

from crossdock.rehearsal.bench.pairs import in_turn, ratio_interval, student_quantile


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [(2, 4.303), (4, 2.776), (6, 2.447), (10, 2.228), (30, 2.042), (1000, 1.962)],
)
def test_quantiles_are_those_of_the_tables(degrees: int, quantile: float) -> None:
    assert student_quantile(degrees) == pytest.approx(quantile, rel=0.01 if degrees < 4 else 5e-4)


def test_an_interval_worked_by_hand() -> None:
    """Logarithms -0.1, 0 and 0.1: mean 0, deviation 0.1."""
    low, ratio, high = ratio_interval([(math.exp(x), 1.0) for x in (-0.1, 0.0, 0.1)])
    half = student_quantile(2) * 0.1 / math.sqrt(3)
    assert (low, ratio, high) == pytest.approx((math.exp(-half), 1.0, math.exp(half)))


def test_it_covers_the_true_ratio_nineteen_times_in_twenty() -> None:
    """A machine whose speed varies by half from pair to pair, and by a tenth within one."""
    chance, covered, runs = random.Random(4), 0, 2_000
    for _ in range(runs):
        speeds = [chance.uniform(0.5, 1.0) for _ in range(7)]
        found = ratio_interval(
            [(3 * s * chance.gauss(1, 0.1), s * chance.gauss(1, 0.1)) for s in speeds]
        )
        covered += found.low <= 3 <= found.high
    assert 0.93 < covered / runs < 0.97


def test_a_machine_that_slows_down_favours_neither_side() -> None:
    moments = iter(range(100))

    def speed() -> float:
        return 0.99 ** next(moments)

    assert ratio_interval(in_turn(speed, speed, range(6))).ratio == pytest.approx(1.0)


def test_each_goes_first_in_turn() -> None:
    order: list[str] = []

    def note(who: str) -> float:
        order.append(who)
        return 1.0

    in_turn(lambda: note("value"), lambda: note("baseline"), range(3))
    assert order == ["value", "baseline", "baseline", "value", "value", "baseline"]


@pytest.mark.parametrize("pairs", [[(1.0, 1.0)] * 2, [(1.0, 1.0)] * 3 + [(1.0, 0.0)]])
def test_what_tells_nothing_is_refused(pairs: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="pair"):
        ratio_interval(pairs)
