"""One SKU on every channel: each number is the sum of its reasons, and never too much."""

from hypothesis import given, settings
from hypothesis import strategies as st

from crossdock.processes.inventory.exposure.columns import columns_of
from crossdock.processes.inventory.exposure.compute import compute, fences_granted
from crossdock.processes.inventory.exposure.compute_many import compute_many
from crossdock.processes.inventory.exposure.explanation import Explanation
from crossdock.processes.inventory.exposure.limits import limit, shown_of
from crossdock.processes.inventory.exposure.policy import ChannelPolicy, ExposureRules
from crossdock.processes.inventory.exposure.silence import Feed
from crossdock.processes.inventory.exposure.terms import (
    MICRO,
    BelowZero,
    ChannelFacts,
    Component,
    Item,
    LocationTerms,
    Receipt,
)
from tests.unit.inventory.drawn import START, catalogues, located, policies, rules, silences


def there(pieces: int, unsellable=0, shipped=0, foreign_demand=0, allocated=0) -> LocationTerms:
    return LocationTerms(
        supply=pieces * MICRO,
        unsellable=unsellable * MICRO,
        shipped=shipped * MICRO,
        foreign_demand=foreign_demand * MICRO,
        allocated=allocated * MICRO,
    )


def policy(channel: str = "shop", exclude: tuple[str, ...] = (), **given) -> ChannelPolicy:
    defaults = ExposureRules(**{"locations": ("EAST", "WEST"), **given})
    return ChannelPolicy(channel=channel, valid_from=START, defaults=defaults, exclude=exclude)


def shown(item: Item, *versions: ChannelPolicy, **silence: int) -> dict[str, int]:
    """Both ways of reckoning must say the same."""
    one = {e.channel: e.quantity for e in compute(item, versions, silence).exposures}
    items = [*(part.item for part in item.components), item]
    many = compute_many(columns_of(items), versions, silence).quantities
    assert {channel: column[-1] for channel, column in many.items()} == one
    return one


def names(item: Item, version: ChannelPolicy, **silence: int) -> list[str]:
    return [row.name for row in compute(item, [version], silence).exposures[0].explanation.rows]


@settings(max_examples=60, deadline=None)
@given(catalogues(), policies(), silences)
def test_the_reasons_come_to_the_number(items, versions, silence):
    for item in items:
        for exposure in compute(item, versions, silence).exposures:
            assert exposure.explanation.total == exposure.quantity >= 0
            for _, part in exposure.parts:
                assert part.total * MICRO == part.millionths >= 0


@settings(max_examples=120, deadline=None)
@given(located("A-1"), policies(), silences)
def test_the_bound_holds(item, versions, silence):
    found = {v.channel: r for v in versions if (r := v.rules_for(item.sku))}
    granted = fences_granted(item, found)
    for location, owners in granted.items():
        assert sum(owners.values()) * MICRO <= item.locations[location].now
    horizon = max((r.horizon_days for r in found.values()), default=0)
    supply = sum(max(0, t.now + t.within(horizon)) for t in item.locations.values()) // MICRO
    own = {c: sum(owners.get(c, 0) for owners in granted.values()) for c in found}
    beyond, fenced_only = 0, 0
    for exposure in compute(item, versions, silence).exposures:
        beyond = max(beyond, exposure.quantity - own.get(exposure.channel, 0))
        if exposure.quantity and found[exposure.channel].ring_fence_only:
            fenced_only += exposure.quantity
    assert sum(own.values()) + beyond <= supply
    free = sum(max(0, t.now) for t in item.locations.values()) // MICRO
    assert fenced_only <= sum(own.values()) <= free


@given(rules(), st.integers(0, 60), st.integers(0, 9))
def test_the_short_form_is_the_long_one(given_rules, pieces, lag_buffer):
    plain = given_rules.model_copy(update={"ring_fence": 0, "ring_fence_only": False})
    start = Explanation()
    start.tell("supply", pieces * MICRO, "")
    facts = ChannelFacts(lag_buffer=lag_buffer)
    long = limit(start, plain, facts, own_fence=0, is_slower=False, is_frozen=False)
    assert long.millionths == shown_of(pieces, plain, lag_buffer) * MICRO


def test_a_location_below_zero_counts_as_nothing_and_is_reported():
    item = Item("A-1", {"EAST": there(-4), "WEST": there(10)})
    computed = compute(item, [policy()], {})
    assert computed.exposures[0].quantity == 10
    assert computed.below_zero == (BelowZero("A-1", "EAST", -4 * MICRO),)
    assert "EAST: below zero" in names(item, policy())


def test_what_is_owed_is_taken_from_receipts_first():
    owed = LocationTerms(supply=-4 * MICRO, receipts=(Receipt(2, 10 * MICRO),))
    assert shown(Item("A-1", {"EAST": owed}), policy(horizon_days=7)) == {"shop": 6}


def test_every_term_is_taken_away():
    terms = there(20, unsellable=1, shipped=2, foreign_demand=3, allocated=4)
    assert shown(Item("A-1", {"EAST": terms}), policy()) == {"shop": 10}


def test_a_channel_sees_its_own_locations():
    item = Item("A-1", {"EAST": there(3), "WEST": there(10)})
    versions = policy("east", locations=("EAST",)), policy("both"), policy("x", exclude=("A*",))
    assert shown(item, *versions) == {"east": 3, "both": 13, "x": 0}


def test_limits_in_their_order():
    item = Item(
        "A-1", {"EAST": there(40)},
        {"shop": ChannelFacts(lag_buffer=9, velocity=1), "fast": ChannelFacts(velocity=2)},
    )  # fmt: skip
    slow = policy(
        buffer=4,
        lag_aware=True,
        lag_aware_max=6,
        velocity_priority=4,
        percentage=50,
        cap=14,
        step=6,
    )
    exposure = compute(item, [slow, policy("fast")], {}).exposures[0]
    told = [(row.name, int(row.amount)) for row in exposure.explanation.rows]
    assert told == [
        ("EAST: supply", 40), ("buffer", -4), ("lag-aware buffer", -2), ("velocity priority", -4),
        ("percentage", -15), ("cap", -1), ("step", -2),
    ]  # fmt: skip
    assert exposure.quantity == 12


def test_last_pieces_are_left_to_faster_channels_that_sell_from_there():
    given = {"a": 1, "b": 2, "c": 2, "d": 9}
    facts = {channel: ChannelFacts(velocity=velocity) for channel, velocity in given.items()}
    item = Item("A-1", {"EAST": there(5), "WEST": there(0)}, facts)
    near = [policy(c, locations=("EAST",), velocity_priority=3) for c in ("a", "b", "c")]
    far = policy("d", locations=("WEST",))
    assert shown(item, *near, far) == {"a": 2, "b": 5, "c": 5, "d": 0}


def test_half_a_piece_at_two_places_is_no_piece():
    half = LocationTerms(supply=1_500_000)
    assert shown(Item("A-1", {"EAST": half, "WEST": half}), policy()) == {"shop": 2}


def test_a_ring_fence_is_kept_until_it_was_used():
    versions = policy("amazon", ring_fence=6), policy("shop")
    fresh = Item("A-1", {"EAST": there(10)})
    assert shown(fresh, *versions) == {"amazon": 10, "shop": 4}
    used = Item("A-1", {"EAST": there(6)}, {"amazon": ChannelFacts(ring_fence_used=4)})
    assert shown(used, *versions) == {"amazon": 6, "shop": 4}


def test_too_few_for_all_ring_fences_go_to_the_faster_channel():
    versions = tuple(policy(n, ring_fence=6, ring_fence_only=True) for n in ("a", "b"))
    item = Item("A-1", {"EAST": there(8)}, {"b": ChannelFacts(velocity=1)})
    assert shown(item, *versions) == {"a": 2, "b": 6}


def test_a_kit_is_the_least_of_its_components():
    tape = Item("TAPE", {"EAST": LocationTerms(supply=2_600_000)})
    box = Item("BOX", {"EAST": there(-4), "WEST": there(9)})
    kit = Item("KIT", components=(Component(box, MICRO), Component(tape, 500_000)))
    exposure = compute(kit, [policy()], {}).exposures[0]
    assert exposure.quantity == 5
    first, second = exposure.explanation.rows
    assert first.name == "component BOX"
    assert first.amount == 0
    assert second.words == "2.6 there, 0.5 per KIT: enough for 5; 0.1 left over"


def test_cases_of_a_piece_are_a_kit_of_it():
    each = Item("EACH", {"EAST": there(30)})
    case = compute(Item("CASE", components=(Component(each, 12 * MICRO),)), [policy()], {})
    assert case.exposures[0].quantity == 2
    assert "6 left over" in case.exposures[0].explanation.rows[0].words


def test_a_kit_leaves_what_is_ring_fenced_of_a_component():
    part = Item("PART", {"EAST": there(10)})
    versions = policy("amazon", exclude=("KIT",), ring_fence=6), policy("shop")
    assert shown(Item("KIT", components=(Component(part, MICRO),)), *versions)["shop"] == 4


def test_a_kit_trusts_a_silent_location_for_as_many_kits_as_its_floor():
    part = Item("PART", {"EAST": there(10), "WEST": there(1)})
    kit = Item("KIT", components=(Component(part, 2 * MICRO),))
    assert shown(kit, policy(floor=2), EAST=10**9) == {"shop": 2}


def test_a_silent_feed_freezes_then_falls_to_the_floor_then_recovers():
    stale = policy(silent_minutes_max=10, freeze_minutes=20, floor=2)
    item = Item("A-1", {"EAST": there(9)}, {"shop": ChannelFacts(published=5)})
    assert shown(item, stale, EAST=600) == {"shop": 9}
    assert shown(item, stale, EAST=601) == {"shop": 5}
    assert shown(item, stale, EAST=1800) == {"shop": 5}
    assert shown(item, stale, EAST=1801) == {"shop": 2}
    assert shown(item, stale, EAST=0) == {"shop": 9}
    assert compute(item, [stale], {"EAST": 601}).exposures[0].feeds == {Feed.FROZEN}


def test_a_frozen_number_may_fall():
    item = Item("A-1", {"EAST": there(3)}, {"shop": ChannelFacts(published=5)})
    assert shown(item, policy(), EAST=3600) == {"shop": 3}


def test_a_silent_location_does_not_touch_what_lies_elsewhere():
    item = Item("A-1", {"WEST": there(9)}, {"shop": ChannelFacts(published=5)})
    assert shown(item, policy(), EAST=10**9) == {"shop": 9}


def test_nothing_published_before_cannot_be_frozen():
    item = Item("A-1", {"EAST": there(9)})
    assert shown(item, policy(floor=1), EAST=3600) == {"shop": 1}


def test_an_empty_shelf_says_when_it_is_filled():
    receipts = Receipt(-3, 50 * MICRO), Receipt(9, 2 * MICRO), Receipt(4, MICRO)
    owed = LocationTerms(supply=-2 * MICRO, receipts=receipts)
    exposure = compute(Item("A-1", {"EAST": owed}), [policy()], {}).exposures[0]
    assert (exposure.quantity, exposure.lead_days) == (0, 9)
