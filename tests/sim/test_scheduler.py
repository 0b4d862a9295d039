"""Whoever is killed has ended, wherever it stood."""

import pytest

from crossdock.rehearsal.sim.scheduler import Scheduler


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_killed_actor_has_ended_even_before_its_first_step(steps: int) -> None:
    scheduler, ended = Scheduler(1), list[str]()
    scheduler.spawn("api", "hook", scheduler.give_way, ended=lambda: ended.append("hook"))
    scheduler.run(lambda: scheduler.steps == steps, 10)
    scheduler.kill("api")
    assert ended == ["hook"]


def test_who_strikes_itself_dead_has_ended_once() -> None:
    scheduler, ended = Scheduler(1), list[str]()
    scheduler.spawn("api", "hook", scheduler.strike_dead, ended=lambda: ended.append("hook"))
    scheduler.run(lambda: False, 10)
    assert ended == ["hook"]
    assert scheduler.actors == []
