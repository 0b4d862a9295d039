"""From what a channel could sell to what it is shown: one limit after the other."""

from crossdock.processes.inventory.exposure.explanation import Explanation
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.terms import MICRO, ChannelFacts


def buffer_of(rules: ExposureRules, lag_buffer: int) -> int:
    """Pieces that are not shown: the plain buffer, or the lag-aware one where that is more."""
    if not rules.lag_aware:
        return rules.buffer
    return max(rules.buffer, min(lag_buffer, rules.lag_aware_max))


def limit(
    explanation: Explanation,
    rules: ExposureRules,
    facts: ChannelFacts,
    *,
    own_fence: int | None,
    is_slower: bool,
    is_frozen: bool,
) -> Explanation:
    """The explanation with the rows of the channel's limits; its sum is what is published.

    `own_fence`: pieces granted to it, None for a kit, which has no ring-fence of its own.
    `is_slower`: another channel sells the SKU faster. `is_frozen`: it rests on a stale feed.
    """
    if own_fence is None and rules.ring_fence:
        explanation.tell("ring-fence", 0, "a kit keeps nothing: ring-fence its components")
    elif rules.ring_fence_only and own_fence is not None:
        words = f"shows its own {own_fence} pieces only"
        explanation.lower("beyond the ring-fence", own_fence * MICRO, words)
    _take(explanation, "buffer", rules.buffer, "never shown")
    more = buffer_of(rules, facts.lag_buffer) - rules.buffer
    _take(explanation, "lag-aware buffer", more, "others may sell them before this channel hears")
    if is_slower:
        words = "last pieces are left to faster channels"
        _take(explanation, "velocity priority", rules.velocity_priority, words)
    pieces = explanation.millionths // MICRO
    share = pieces * rules.percentage // 100
    explanation.lower("percentage", share * MICRO, f"{rules.percentage} % are shown")
    if rules.cap is not None:
        explanation.lower("cap", rules.cap * MICRO, f"never more than {rules.cap}")
    odd = explanation.millionths // MICRO % rules.step
    explanation.add("step", -odd * MICRO, f"rounded down to a multiple of {rules.step}")
    if is_frozen and facts.published is not None:
        explanation.lower("frozen", facts.published * MICRO, "a feed is stale: it may not rise")
    return explanation


def _take(explanation: Explanation, name: str, pieces: int, words: str) -> None:
    """Take away so many pieces, or what there is."""
    explanation.add(name, -min(pieces * MICRO, explanation.millionths), words)


def shown_of(pieces: int, rules: ExposureRules, lag_buffer: int) -> int:
    """`limit` in one number, for a channel with nothing but a buffer, a share, a cap and a step."""
    share = max(0, pieces - buffer_of(rules, lag_buffer)) * rules.percentage // 100
    capped = share if rules.cap is None else min(share, rules.cap)
    return capped - capped % rules.step
