"""`ring_fence.grant` for many SKUs: who need not compete is served list by list."""

from crossdock.processes.inventory.exposure.column_pools import WholeStock, put, summed, taken
from crossdock.processes.inventory.exposure.policy import ExposureRules
from crossdock.processes.inventory.exposure.ring_fence import RingFence, grant
from crossdock.processes.inventory.exposure.rule_groups import RuleGroup

Owned = dict[tuple[str, str], list[int]]
"""Pieces by location and owner, by place in the group."""


def grant_rows(whole: WholeStock, group: RuleGroup) -> None:
    """Fill the ring-fences of a group, and note them in the whole."""
    fenced = {
        channel: rules
        for channel, rules in group.rules.items()
        if rules.ring_fence and not whole.stock.locations.keys().isdisjoint(rules.locations)
    }
    if not fenced:
        return
    wanted = {channel: _wanted(whole, group, channel, r) for channel, r in fenced.items()}
    first = {c: next(n for n in r.locations if n in whole.now) for c, r in fenced.items()}
    is_enough = _is_enough(whole, group, wanted, first)
    owned: Owned = {
        (first[channel], channel): [n if e else 0 for n, e in zip(column, is_enough, strict=True)]
        for channel, column in wanted.items()
    }
    _share_out(whole, group, fenced, wanted, [i for i, e in enumerate(is_enough) if not e], owned)
    _note(whole, group, owned)


def _wanted(whole: WholeStock, group: RuleGroup, channel: str, rules: ExposureRules) -> list[int]:
    """What of the ring-fence is not used yet."""
    used = whole.facts(channel).ring_fence_used
    fence = rules.ring_fence
    if not used:
        return [fence] * len(group.rows)
    return [max(0, fence - used.get(row, 0)) for row in group.rows]


def _is_enough(
    whole: WholeStock, group: RuleGroup, wanted: dict[str, list[int]], first: dict[str, str]
) -> list[bool]:
    """Where every channel can fill its fence from the first of its locations."""
    result = [True] * len(group.rows)
    for name in set(first.values()):
        asked = summed((wanted[c] for c, at in first.items() if at == name), len(group.rows))
        free = taken(whole.pieces(name, 0), group.rows)
        result = [e and n >= a for e, n, a in zip(result, free, asked, strict=True)]
    return result


def _share_out(
    whole: WholeStock,
    group: RuleGroup,
    fenced: dict[str, ExposureRules],
    wanted: dict[str, list[int]],
    places: list[int],
    owned: Owned,
) -> None:
    """The rows where they compete, one by one."""
    names = sorted({n for rules in fenced.values() for n in rules.locations} & whole.now.keys())
    free = [(name, whole.pieces(name, 0)) for name in names]
    facts = [(c, r.locations, wanted[c], whole.facts(c).velocity) for c, r in fenced.items()]
    for place in places:
        row = group.rows[place]
        there = {name: column[row] for name, column in free if column[row]}
        if not there:
            continue
        fences = [RingFence(c, w[place], at, v[row] if v else 0) for c, at, w, v in facts]
        for location, owners in grant(fences, there).items():
            for channel, pieces in owners.items():
                column = owned.setdefault((location, channel), [0] * len(group.rows))
                column[place] = pieces


def _note(whole: WholeStock, group: RuleGroup, owned: Owned) -> None:
    rows, size = group.rows, len(whole.stock.skus)
    for key, column in owned.items():
        put(whole.own.setdefault(key, [0] * size), rows, column)
    for name in {location for location, _ in owned}:
        kept = summed((c for (at, _), c in owned.items() if at == name), len(rows))
        put(whole.kept.setdefault(name, [0] * size), rows, kept)
