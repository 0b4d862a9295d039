"""A loss at each of the twelve places, in simulated days; long campaigns have their own command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crossdock.cli.main import app
from crossdock.ops.loss.place import Place
from crossdock.rehearsal.losses.campaign import DayResult, LossSimulator, plan_days
from crossdock.rehearsal.losses.day import Found
from crossdock.rehearsal.losses.planter import LONG_AFTER, PLANTED, SILENCED
from crossdock.rehearsal.losses.tally import Tally
from crossdock.rehearsal.sim.database import simulation_database

SEED = 40


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LossSimulator]:
    folder: Path = tmp_path_factory.mktemp("losses")
    with simulation_database(folder) as url:
        simulator = LossSimulator(url)
        with simulator:
            yield simulator


@pytest.fixture(scope="module")
def days(simulator: LossSimulator) -> list[DayResult]:
    """All twelve, in as many days as they need."""
    return [simulator.play(SEED + n, losses) for n, losses in enumerate(plan_days(len(PLANTED)))]


@pytest.fixture(scope="module")
def found(days: list[DayResult]) -> dict[Place, Found]:
    assert [day.failure for day in days if day.failure] == []
    return {one.place: one for day in days for one in day.found}


@pytest.mark.parametrize("place", PLANTED)
def test_what_is_lost_there_is_found_there(found: dict[Place, Found], place: Place) -> None:
    one = found[place]
    assert one.planted, "nothing was lost"
    assert one.located == place
    assert one.late <= 1


def test_nothing_else_is_told(days: list[DayResult]) -> None:
    assert [words for day in days for words in day.false_alarms] == []


def test_what_is_lost_after_the_second_look_at_its_day_is_found(
    simulator: LossSimulator,
) -> None:
    """Number 1 of a place is lost then."""
    day = simulator.play(SEED + 60, [(place, 1) for place in LONG_AFTER])
    assert (day.failure, day.false_alarms) == ("", [])
    assert {one.place: one.located for one in day.found} == {p: p.value for p in LONG_AFTER}
    assert all(one.planted and one.late <= 1 for one in day.found)


def test_a_clean_day_under_faults_is_signed(simulator: LossSimulator) -> None:
    """On this one a customer changes an order that was taken, and the desk amends it."""
    day = simulator.play(SEED + 13, [])
    assert day.failure == ""
    assert day.struck > 10
    assert (day.false_alarms, day.unsigned) == ([], 0)


def test_a_day_has_one_cause_of_what_never_came() -> None:
    days = plan_days(200)
    assert sum(len(day) for day in days) == 200
    for day in days:
        assert len({place for place, _ in day if place in SILENCED}) <= 1
    planted = [place for day in days for place, _ in day]
    assert {planted.count(place) for place in PLANTED} == {16, 17}


def test_a_campaign_holds_true_only_when_everything_does() -> None:
    place = Place.UNDECIDED
    right = Found(place, located=place.value)

    def tally(*found: Found, clean: DayResult | None = None) -> Tally:
        made = Tally(losses=1, clean_days=1, seed=1, commit="c", made_at="2026-03-02")
        made.add(DayResult(1, list(found)), clean=False)
        made.add(clean or DayResult(2), clean=True)
        return made

    assert tally(right).holds_true
    assert "| undecided |" in tally(right).markdown()
    for wrong in (
        Found(place), Found(place, located="passed_over"), Found(place, place.value, late=2),
        Found(place, planted=False),
    ):  # fmt: skip
        assert not tally(wrong).holds_true
    assert not tally().holds_true
    assert not tally(right, clean=DayResult(2, false_alarms=["x"])).holds_true
    assert not tally(right, clean=DayResult(2, unsigned=1)).holds_true
    assert not tally(right, clean=DayResult(2, failure="no end")).holds_true


def test_the_command_writes_its_page(tmp_path: Path) -> None:
    page = tmp_path / "losses.md"
    one_day = ["sim", "losses", "--losses", "0", "--clean-days", "1", "--page", str(page)]
    result = CliRunner().invoke(app, one_day)
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    assert all(f"| {place.value.replace('_', ' ')} |" in text for place in PLANTED)
