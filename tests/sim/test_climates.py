"""Each climate with the faults on: what R1-R3, R11, R15, A13 and the scenarios ask of it.

The invariants are the test: every effect once, nothing kept is lost, versions and statuses go
forwards, everything has an owner, and at rest the shop, the ledger and Odoo say the same.
"""

from collections.abc import Iterable

import pytest

from crossdock.rehearsal.sim.climates import CLIMATES, ORDINARY, SPECIAL, Climate, climate_of
from crossdock.rehearsal.sim.day import DayPlan
from crossdock.rehearsal.sim.run import Simulator

SMALL = DayPlan(orders=2, seconds=200.0)
SEED = 4


def each(climates: Iterable[Climate]) -> list[object]:
    return [pytest.param(c, id=" ".join([c.name, *c.stands_for.split(", ")])) for c in climates]


@pytest.mark.parametrize("climate", each(CLIMATES.values()))
def test_no_invariant_breaks(simulator: Simulator, climate: Climate) -> None:
    verdict = simulator.run(SEED, SMALL, climate=climate)
    again = f"crossdock sim run --seed {SEED} --climate {climate.name}"
    assert verdict.violation is None, f"{again}: {verdict.violation}"
    assert verdict.orders == SMALL.orders
    assert sum(verdict.struck.values()) > 20
    for kind in climate.changed:
        assert verdict.struck[kind], f"{kind} did not strike"


def test_half_of_the_seeds_are_ordinary_and_every_climate_has_its_turn() -> None:
    drawn = [climate_of(seed) for seed in range(2 * len(SPECIAL))]
    assert drawn.count(ORDINARY) == len(SPECIAL)
    assert {c.name for c in drawn} == set(CLIMATES)
