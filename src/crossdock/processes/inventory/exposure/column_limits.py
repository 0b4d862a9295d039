"""`limits` for many SKUs: one list after the other, and only those that change something."""

from crossdock.processes.inventory.exposure.column_pools import GroupPools
from crossdock.processes.inventory.exposure.limits import buffer_of
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.silence import Feed


def limit_column(pools: GroupPools, channel: str, rules: ExposureRules) -> list[int]:
    """The channel's numbers for the rows of a group."""
    is_frozen = Feed.FROZEN in pools.whole.feeds(rules).values()
    published = pools.of_group(pools.whole.facts(channel).published) if is_frozen else ()
    column = pools.pool(channel, rules, trusts_frozen=bool(published) or not is_frozen)
    if published:
        unknown = pools.pool(channel, rules, trusts_frozen=False)
        column = [
            n if shown is not None else u
            for n, u, shown in zip(column, unknown, published, strict=True)
        ]
    if rules.ring_fence_only:
        column = list(map(min, column, pools.own_fence(channel, rules)))
    column = _less_buffer(column, pools, channel, rules)
    if rules.velocity_priority:
        column = _less_last_pieces(column, pools, channel, rules)
    column = _in_steps(column, rules)
    if published:
        stale = pools.frozen(channel, rules)
        column = [
            min(n, shown) if shown is not None and there else n
            for n, shown, there in zip(column, published, stale, strict=True)
        ]
    return column


def _less_buffer(
    column: list[int], pools: GroupPools, channel: str, rules: ExposureRules
) -> list[int]:
    lag = pools.of_group(pools.whole.facts(channel).lag_buffer) if rules.lag_aware else ()
    if lag:
        least, most = rules.buffer, rules.lag_aware_max
        buffers = [least if b <= least else max(least, min(b, most)) for b in lag]
        return [n - b if n > b else 0 for n, b in zip(column, buffers, strict=True)]
    buffer = buffer_of(rules, 0)
    return [n - buffer if n > buffer else 0 for n in column] if buffer else column


def _less_last_pieces(
    column: list[int], pools: GroupPools, channel: str, rules: ExposureRules
) -> list[int]:
    """Where another channel that could sell from the same locations is faster."""
    rivals = frozenset(
        other
        for other, theirs in pools.group.rules.items()
        if not set(rules.locations).isdisjoint(theirs.locations)
    )
    fastest = pools.of_group(pools.whole.fastest(rivals))
    if not fastest:
        return column
    own = pools.of_group(pools.whole.facts(channel).velocity) or [0] * len(column)
    last = rules.velocity_priority
    return [
        n if rival <= mine else n - last if n > last else 0
        for n, rival, mine in zip(column, fastest, own, strict=True)
    ]


def _in_steps(column: list[int], rules: ExposureRules) -> list[int]:
    if rules.percentage < 100:
        share = rules.percentage
        column = [n * share // 100 for n in column]
    if rules.cap is not None:
        cap = rules.cap
        column = [n if n < cap else cap for n in column]
    if rules.step > 1:
        step = rules.step
        column = [n - n % step for n in column]
    return column
