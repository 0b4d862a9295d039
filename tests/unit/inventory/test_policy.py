"""A policy refuses what cannot be meant, and says for each SKU what holds."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from crossdock.processes.inventory.exposure.policy import (
    ChannelPolicy,
    ExposureRules,
    RuleOverride,
    policy_at,
)
from crossdock.processes.inventory.exposure.sku_pattern import matches
from crossdock.processes.inventory.exposure.terms import micro, pieces
from tests.unit.inventory.drawn import START

DEFAULTS = ExposureRules(locations=("EAST",), buffer=1)


def policy(*overrides: RuleOverride, **given) -> ChannelPolicy:
    return ChannelPolicy(
        channel="shop", valid_from=START, defaults=DEFAULTS, overrides=overrides, **given
    )


def test_the_most_specific_override_that_sets_a_rule_decides_it():
    overrides = (
        RuleOverride(pattern="A-1", cap=9),
        RuleOverride(pattern="A-*", buffer=3, cap=7),
        RuleOverride(pattern="*", buffer=2, step=6),
    )
    for order in itertools.permutations(overrides):
        assert policy(*order).rules_for("A-1") == DEFAULTS.model_copy(
            update={"cap": 9, "buffer": 3, "step": 6}
        )
        assert policy(*order).rules_for("B-1") == DEFAULTS.model_copy(
            update={"buffer": 2, "step": 6}
        )


def test_an_exclusion_beats_every_override():
    assert policy(RuleOverride(pattern="A-1", buffer=0), exclude=("A*",)).rules_for("A-1") is None


def test_an_override_can_set_every_rule():
    assert set(RuleOverride.model_fields) == {"pattern", *ExposureRules.model_fields}


def test_a_policy_is_data():
    version = policy(RuleOverride(pattern="A*", cap=5), exclude=("B?",))
    assert ChannelPolicy.model_validate_json(version.model_dump_json()) == version


@pytest.mark.parametrize(
    ("pattern", "sku", "is_one"),
    [
        ("A*", "A-1", True), ("A*", "a-1", False), ("?-1", "A-1", True), ("?", "AB", False),
        ("A.1", "A-1", False), ("A[1]", "A[1]", True), ("*", "", True),
    ],
)  # fmt: skip
def test_patterns(pattern, sku, is_one):
    assert matches(pattern, sku) is is_one


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"locations": ("EAST", "EAST")}, "one is named twice"),
        ({"locations": ()}, "at least 1 item"),
        ({"cap": 5, "step": 12}, "cap 5 is below the step 12"),
        ({"ring_fence_only": True}, "set ring_fence"),
        ({"buffer": -1}, "greater than or equal to 0"),
        ({"percentage": 101}, "less than or equal to 100"),
        ({"lag_aware_max": 201}, "less than or equal to 200"),
        ({"bufer": 1}, "Extra inputs"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        ExposureRules(**{"locations": ("EAST",), **given})


def test_overrides_that_cannot_be_meant_are_refused():
    with pytest.raises(ValidationError, match=r"two overrides for A\*"):
        policy(RuleOverride(pattern="A*", cap=1), RuleOverride(pattern="A*", cap=2))
    with pytest.raises(ValidationError, match="sets nothing"):
        RuleOverride(pattern="A*")
    with pytest.raises(ValidationError, match=r"override A\*: .*ring_fence_only"):
        policy(RuleOverride(pattern="A*", ring_fence_only=True))


def test_the_newest_version_that_has_begun_is_in_force():
    old = policy()
    new = old.model_copy(update={"valid_from": START + timedelta(days=1)})
    assert policy_at([new, old], "shop", START + timedelta(hours=5)) == old
    assert policy_at([new, old], "shop", START + timedelta(days=1)) == new
    assert policy_at([new, old], "shop", START - timedelta(days=1)) is None
    assert policy_at([new, old], "other", START) is None
    with pytest.raises(ValueError, match="two versions begin at one instant"):
        policy_at([old, old], "shop", START)


def test_amounts_are_exact():
    assert micro(Decimal("1.500001")) == 1_500_001
    assert str(pieces(1_500_000)) == "1.5"
    with pytest.raises(ValueError, match="more than six decimal places"):
        micro(Decimal("0.0000001"))
