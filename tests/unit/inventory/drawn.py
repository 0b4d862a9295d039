"""Items and policies drawn at random: small numbers, so that limits meet."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from crossdock.processes.inventory.exposure.policy import (
    ChannelPolicy,
    ExposureRules,
    RuleOverride,
)
from crossdock.processes.inventory.exposure.terms import (
    MICRO,
    ChannelFacts,
    Component,
    Item,
    LocationTerms,
    Receipt,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
LOCATIONS = ("EAST", "WEST", "YARD")
CHANNELS = ("amazon", "portal", "shop", "store")
SKUS = ("A-1", "A-22", "B-1", "B-22", "C-1")
PATTERNS = ("*", "A*", "A-1", "*-22", "?-1", "C*")

small = st.integers(0, 12)
amounts = st.one_of(
    st.integers(-3, 30).map(lambda n: n * MICRO),
    st.integers(12, 40).map(lambda n: n * MICRO),
    st.integers(0, 19_500_000),
)
receipts = st.lists(
    st.builds(Receipt, days=st.integers(-2, 9), left=st.integers(-1, 6).map(lambda n: n * MICRO)),
    max_size=3,
).map(tuple)
terms = st.builds(
    LocationTerms,
    supply=amounts,
    unsellable=st.sampled_from((0, 0, MICRO, 2_500_000)),
    shipped=st.sampled_from((0, 0, MICRO)),
    foreign_demand=st.sampled_from((0, 0, 3 * MICRO)),
    allocated=st.sampled_from((0, 2 * MICRO, 7 * MICRO)),
    receipts=receipts,
)
facts = st.builds(
    ChannelFacts,
    ring_fence_used=st.integers(0, 4),
    velocity=st.integers(0, 3),
    lag_buffer=st.integers(0, 9),
    published=st.one_of(st.none(), small),
)
known = st.fixed_dictionaries({}, optional=dict.fromkeys(CHANNELS, facts))
places = st.lists(st.sampled_from(LOCATIONS), min_size=1, max_size=3, unique=True).map(tuple)

RULES = {
    "horizon_days": st.sampled_from((0, 0, 3, 7)),
    "buffer": st.integers(0, 3),
    "percentage": st.sampled_from((100, 100, 50, 33)),
    "cap": st.one_of(st.none(), st.just(0), st.integers(6, 12)),
    "step": st.sampled_from((1, 1, 2, 6)),
    "ring_fence": st.sampled_from((0, 0, 3, 8)),
    "velocity_priority": st.sampled_from((0, 2, 4)),
    "lag_aware": st.booleans(),
    "lag_aware_max": st.integers(0, 5),
    "silent_minutes_max": st.just(10),
    "freeze_minutes": st.just(20),
    "floor": st.integers(0, 4),
}


@st.composite
def rules(draw) -> ExposureRules:
    given = {name: draw(values) for name, values in RULES.items() if draw(st.booleans())}
    is_only = bool(given.get("ring_fence")) and draw(st.booleans())
    return ExposureRules(locations=draw(places), ring_fence_only=is_only, **given)


@st.composite
def overrides(draw) -> list[RuleOverride]:
    names = ("buffer", "ring_fence", "percentage", "floor", "velocity_priority", "horizon_days")
    found = []
    for pattern in draw(st.lists(st.sampled_from(PATTERNS), max_size=2, unique=True)):
        name = draw(st.sampled_from(names))
        given = {name: draw(RULES[name]), "buffer": draw(small)}
        if given.get("ring_fence") == 0:
            given["ring_fence"] = 1
        found.append(RuleOverride(pattern=pattern, **given))
    return found


@st.composite
def policies(draw) -> list[ChannelPolicy]:
    return [
        ChannelPolicy(
            channel=channel,
            valid_from=START,
            defaults=draw(rules()),
            exclude=tuple(draw(st.lists(st.sampled_from(PATTERNS[1:]), max_size=1))),
            overrides=tuple(draw(overrides())),
        )
        for channel in CHANNELS[: draw(st.integers(1, len(CHANNELS)))]
    ]


def located(sku: str) -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        sku=st.just(sku),
        locations=st.fixed_dictionaries({}, optional=dict.fromkeys(LOCATIONS, terms)),
        channels=known,
    )


@st.composite
def catalogues(draw) -> list[Item]:
    """Plain SKUs, and at times kits of some of them."""
    plain = [draw(located(sku)) for sku in SKUS[: draw(st.integers(1, len(SKUS)))]]
    kits = []
    for number in range(draw(st.integers(0, 2))):
        parts = draw(st.lists(st.sampled_from(plain), min_size=1, max_size=3, unique_by=id))
        per_kit = st.sampled_from((MICRO, 2 * MICRO, 400_000))
        components = tuple(Component(part, draw(per_kit)) for part in parts)
        kits.append(
            Item(
                sku=f"C-KIT{number}",
                channels=draw(known),
                components=components,
            )
        )
    return plain + kits


silences = st.dictionaries(st.sampled_from(LOCATIONS), st.sampled_from((0, 600, 601, 1800, 1801)))
"""Seconds: at and past the limits of the rules above."""
