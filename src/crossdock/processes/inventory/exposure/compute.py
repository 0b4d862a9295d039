"""What every channel may be shown of one SKU, with the reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.processes.inventory.exposure.explanation import Explanation
from crossdock.processes.inventory.exposure.limits import limit
from crossdock.processes.inventory.exposure.policy import ChannelPolicy, ExposureRules
from crossdock.processes.inventory.exposure.pool import Pool, View, pool_of
from crossdock.processes.inventory.exposure.ring_fence import Granted, RingFence, grant
from crossdock.processes.inventory.exposure.silence import Feed
from crossdock.processes.inventory.exposure.terms import MICRO, BelowZero, Item, arrives, pieces

RulesByChannel = Mapping[str, ExposureRules]


@dataclass(frozen=True, slots=True)
class Exposure:
    """One channel's number."""

    sku: str
    channel: str
    quantity: int
    """Whole pieces, never negative."""
    explanation: Explanation
    """Its rows come to `quantity`."""
    parts: tuple[tuple[str, Explanation], ...] = ()
    """Of a kit: each component's SKU and what of it the channel could use."""
    lead_days: int | None = None
    """Of nothing to show: days until a receipt brings a piece (or a kit), as far as one is open."""
    feeds: frozenset[Feed] = frozenset()
    """The states of the feeds that the number rests on."""


@dataclass(frozen=True, slots=True)
class Computed:
    """One SKU on all channels."""

    exposures: tuple[Exposure, ...]
    below_zero: tuple[BelowZero, ...]
    """Each is a case; a kit reports none, its components do."""


def compute(item: Item, policies: Sequence[ChannelPolicy], silence: Mapping[str, int]) -> Computed:
    """The numbers of one SKU. `silence`: seconds since each location's feed was heard.

    The bound that holds for every set of terms. Let a channel's *grant* be what `ring_fence.grant`
    gave it, and *supply* be what is available at all locations, each below zero counted as 0,
    expected receipts within the longest horizon included:

    1. all grants together never exceed what is free today, at any location;
    2. what a channel shows never exceeds the supply where it may sell, less the grants of the
       others there;
    3. so all grants together, plus the most that any one channel shows beyond its own grant, never
       exceed supply. Channels may all show the same shared pieces: the first sale takes them, and
       the reservation ledger refuses the second;
    4. channels that show their ring-fence only share nothing: together they never show more than
       is free today.

    It speaks of plain SKUs; a kit takes what its components leave and fences nothing itself.
    """
    rules = _rules(item, policies)
    grants = [fences_granted(i, _rules(i, policies)) for i in _sources(item)]
    exposures = []
    for policy in policies:
        own = rules.get(policy.channel)
        if own is None:
            exposures.append(_excluded(item.sku, policy.channel))
            continue
        is_known = item.facts(policy.channel).published is not None
        pools = _pools(item, grants, View(policy.channel, own, silence, is_known))
        exposures.append(_exposure(item, policy.channel, rules, pools))
    return Computed(tuple(exposures), tuple(_below_zero(item)))


def fences_granted(item: Item, rules: RulesByChannel) -> Granted:
    """The ring-fences of one SKU, filled with whole pieces that are free today."""
    fences = [
        RingFence(
            channel, own.ring_fence - item.facts(channel).ring_fence_used, own.locations,
            item.facts(channel).velocity,
        )
        for channel, own in rules.items()
    ]  # fmt: skip
    return grant(fences, {name: terms.now // MICRO for name, terms in item.locations.items()})


def _rules(item: Item, policies: Sequence[ChannelPolicy]) -> RulesByChannel:
    return {p.channel: r for p in policies if (r := p.rules_for(item.sku)) is not None}


def _sources(item: Item) -> list[Item]:
    return [part.item for part in item.components] or [item]


def _pools(item: Item, grants: list[Granted], view: View) -> list[Pool]:
    if not item.components:
        return [pool_of(item, grants[0], view, MICRO, is_whole=True)]
    return [
        pool_of(part.item, granted, view, part.per_kit, is_whole=False)
        for part, granted in zip(item.components, grants, strict=True)
    ]


def _exposure(item: Item, channel: str, rules: RulesByChannel, pools: list[Pool]) -> Exposure:
    feeds = frozenset[Feed]().union(*(pool.feeds for pool in pools))
    explanation = limit(
        _kit(item, pools) if item.components else pools[0].explanation,
        rules[channel],
        item.facts(channel),
        own_fence=None if item.components else pools[0].own_fence,
        is_slower=_is_slower(item, channel, rules),
        is_frozen=Feed.FROZEN in feeds,
    )
    quantity = explanation.millionths // MICRO
    return Exposure(
        sku=item.sku,
        channel=channel,
        quantity=quantity,
        explanation=explanation,
        parts=tuple((pool.sku, pool.explanation) for pool in pools) if item.components else (),
        lead_days=None if quantity else _lead_days(item, rules[channel], pools),
        feeds=feeds,
    )


def _excluded(sku: str, channel: str) -> Exposure:
    explanation = Explanation()
    explanation.tell("excluded", 0, f"{channel} does not show {sku}")
    return Exposure(sku, channel, 0, explanation)


def _kit(item: Item, pools: list[Pool]) -> Explanation:
    """The minimum over components; each is told with what it leaves over."""
    enough = [pool.explanation.millionths // pool.per_piece for pool in pools]
    least = enough.index(min(enough))
    explanation = Explanation()
    for index, pool in enumerate(pools):
        has = pool.explanation.millionths
        over = has - enough[least] * pool.per_piece
        words = (
            f"{pieces(has)} there, {pieces(pool.per_piece)} per {item.sku}: "
            f"enough for {enough[index]}; {pieces(over)} left over"
        )
        amount = enough[index] * MICRO if index == least else 0
        explanation.tell(f"component {pool.sku}", amount, words)
    return explanation


def _is_slower(item: Item, channel: str, rules: RulesByChannel) -> bool:
    """Whether a channel that could sell from the same locations sells faster."""
    own = rules[channel]
    return any(
        item.facts(other).velocity > item.facts(channel).velocity
        for other, theirs in rules.items()
        if other != channel and not set(own.locations).isdisjoint(theirs.locations)
    )


def _lead_days(item: Item, rules: ExposureRules, pools: list[Pool]) -> int | None:
    if not item.components:
        return _earliest(item, rules, MICRO)
    short = [
        _earliest(part.item, rules, part.per_kit)
        for part, pool in zip(item.components, pools, strict=True)
        if pool.explanation.millionths < part.per_kit
    ]
    known = [days for days in short if days is not None]
    return max(known) if known and len(known) == len(short) else None


def _earliest(item: Item, rules: ExposureRules, need: int) -> int | None:
    days = [
        found
        for name in rules.locations
        if (terms := item.locations.get(name))
        and (found := arrives(terms.now, terms.receipts, need)) is not None
    ]
    return min(days, default=None)


def _below_zero(item: Item) -> list[BelowZero]:
    if item.components:
        return []
    return [BelowZero(item.sku, n, t.now) for n, t in item.locations.items() if t.now < 0]
