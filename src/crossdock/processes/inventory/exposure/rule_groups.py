"""Many SKUs by the rules that hold for them: most catalogues have few different sets of rules."""

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from crossdock.processes.inventory.exposure.policy import ChannelPolicy, ExposureRules
from crossdock.processes.inventory.exposure.sku_pattern import compiled, is_exact


class RuleGroup(NamedTuple):
    """Rows that share their rules on every channel."""

    rows: Sequence[int]
    rules: dict[str, ExposureRules]
    """By channel; a channel that excludes these SKUs is not in it."""
    is_kits: bool


def rule_groups(
    skus: Sequence[str], policies: Sequence[ChannelPolicy], kits: Container[int]
) -> list[RuleGroup]:
    """Every row in exactly one group; groups of kits come last. `kits`: rows that are kits.

    Each pattern is tried once per SKU however many channels use it; then only the distinct sets of
    matching patterns are resolved.
    """
    rows_of: dict[tuple[bool, frozenset[str]], list[int]] = {}
    for row, matching in enumerate(_matching(skus, policies)):
        rows_of.setdefault((row in kits, matching), []).append(row)
    return [
        RuleGroup(
            rows if len(rows_of) > 1 else range(len(skus)),
            {p.channel: r for p in policies if (r := p.rules_among(matching)) is not None},
            is_kits,
        )
        for (is_kits, matching), rows in sorted(rows_of.items(), key=lambda found: found[0][0])
    ]


def _matching(skus: Sequence[str], policies: Sequence[ChannelPolicy]) -> list[frozenset[str]]:
    """By row, the patterns that match."""
    patterns = {q for p in policies for q in (*p.exclude, *(o.pattern for o in p.overrides))}
    found: list[frozenset[str]] = [frozenset()] * len(skus)
    same: dict[frozenset[str], frozenset[str]] = {}
    for row, pattern in _hits(skus, patterns):
        both = found[row] | {pattern}
        found[row] = same.setdefault(both, both)
    return found


def _hits(skus: Sequence[str], patterns: set[str]) -> Iterator[tuple[int, str]]:
    """(row, pattern): those that only begin a SKU are looked up, not tried one by one."""
    exact = {q for q in patterns if is_exact(q)}
    beginnings = {q for q in patterns - exact if q.endswith("*") and is_exact(q[:-1])}
    yield from ((row, sku) for row, sku in enumerate(skus) if sku in exact)
    for length in sorted({len(q) - 1 for q in beginnings}):
        known = {q[:-1]: q for q in beginnings if len(q) - 1 == length}
        for row, sku in enumerate(skus):
            if (start := sku[:length]) in known:
                yield row, known[start]
    for pattern in sorted(patterns - exact - beginnings):
        match = compiled(pattern).fullmatch
        yield from ((row, pattern) for row, sku in enumerate(skus) if match(sku))
