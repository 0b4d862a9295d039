"""Whole days under seeded faults; long campaigns have their own: `crossdock sim certify`."""

from crossdock.rehearsal.sim.day import DayPlan
from crossdock.rehearsal.sim.run import Simulator
from crossdock.rehearsal.sim.shrink import shrink
from tests.sim.planted import BUGS

SHORT = DayPlan(orders=3, seconds=300.0)
TINY = DayPlan(orders=1, seconds=100.0)


def test_one_seed_is_one_history(simulator: Simulator) -> None:
    """Of one in which several wait for one lock."""
    first, second = simulator.run(7, TINY), simulator.run(7, TINY)
    assert (first.trace, first.steps, first.strikes) == (
        second.trace,
        second.steps,
        second.strikes,
    )


def test_without_faults_everything_is_invoiced(simulator: Simulator) -> None:
    day = DayPlan(orders=3, seconds=300.0, changes=0.0, outages=0)
    verdict = simulator.run(2, day, faults_on=False)
    assert verdict.violation is None
    assert not verdict.struck
    assert verdict.statuses["invoiced"] == 3


def test_a_planted_bug_is_caught_and_its_failure_made_small(simulator: Simulator) -> None:
    with BUGS["version_forgotten"].planted():
        failed = next(
            (v for v in (simulator.run(seed, SHORT) for seed in range(1, 9)) if v.violation), None
        )
        assert failed, "it was not noticed"
        assert failed.violation
        assert failed.violation.invariant == "versions go forwards"
        script = shrink(failed, lambda spared: simulator.run(failed.seed, SHORT, spared), tries=3)
    assert script.verdict.violation
    assert len(script.needed) < len(set(failed.strikes))


def test_every_bug_can_be_planted() -> None:
    for bug in BUGS.values():
        with bug.planted():
            pass
