"""No machine doubles an effect, and what grade D cannot know goes to a person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crossdock.engine import outcome_policy
from crossdock.engine.outcome_policy import Settlement
from crossdock.ports.effect import Grade
from crossdock.rehearsal.sim import attempts


@pytest.mark.parametrize("unknown", [0.05, 0.4])
def test_no_machine_doubles(unknown: float) -> None:
    tally = attempts.play(20_000, unknown)
    assert tally.holds_true, tally
    assert tally.unknown > 500
    assert tally.ends["D held"] > 100


def test_a_search_before_everything_has_settled_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = replace(attempts.OPERATIONS[Grade.C], settle=timedelta(0))
    monkeypatch.setitem(attempts.OPERATIONS, Grade.C, hasty)
    assert attempts.play(20_000).doubles["C"]


def test_a_blind_repeat_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        outcome_policy, "_held_unknown", lambda reason: Settlement("waiting", "unknown")
    )
    tally = attempts.play(20_000)
    assert tally.blind_repeats
    assert tally.doubles["D"]
