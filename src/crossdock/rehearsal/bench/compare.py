"""What a ratio's interval proves: within its limit, beyond it, or nothing yet.

An interval that contains the limit proves nothing, and neither does a record whose own interval is
wide. Then more pairs are measured, up to three times as many, on a deployment started anew. What
proves nothing even then is told, and decided by its middle. So a check is not fooled by noise for
long: a ratio that is truly beyond its limit fails more often than not, however noisy the machine;
one that is where it was recorded fails only when noise moves the middle of all pairs by the whole
tolerance.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

from crossdock.rehearsal.bench.pairs import Interval, Paired
from crossdock.rehearsal.bench.result import BenchFailed

ROUNDS = 3
"""At most, of the pairs that a case measures."""
RECORD_ANEW = "on a quiet machine, scripts/bench --docs --short {name} records it"


class Verdict(StrEnum):
    """Of a ratio beside a limit."""

    HELD = "held"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"


def verdict(paired: Paired, recorded: float) -> Verdict:
    """By the whole interval."""
    low, _, high = paired.interval
    limit = paired.limit(recorded)
    if low < limit < high:
        return Verdict.INCONCLUSIVE
    return Verdict.HELD if (low >= limit) is paired.higher else Verdict.WORSE


def unfit(paired: Paired, found: Interval) -> str:
    """Why no later run may be held to such an interval, in words; empty: it may."""
    bounds = paired.bounds
    if not bounds.least <= found.ratio <= bounds.most:
        return f"ratio {found.ratio:.3g}, sane is {bounds.least:g} to {bounds.most:g}"
    if found.high > found.low * paired.tolerance:
        return (
            f"interval {found.low:.3g} to {found.high:.3g} of {len(paired.pairs)} pairs: wider "
            f"than the tolerance, {paired.tolerance:g} times"
        )
    return ""


def clear(paired: Paired, recorded: Interval | None) -> bool:
    """More pairs would not change what a check says."""
    if recorded is None or unfit(paired, recorded):
        return True
    return verdict(paired, recorded.ratio) is not Verdict.INCONCLUSIVE


def broken(paired: Paired, recorded: Interval | None) -> str:
    """What fails a check, in words; empty: nothing."""
    remedy = RECORD_ANEW.format(name=paired.name)
    if recorded is None:
        return f"no ratio is recorded; {remedy}"
    fault = unfit(paired, recorded)
    if fault:
        return f"the recorded ratio holds nothing ({fault}); {remedy}"
    proven = verdict(paired, recorded.ratio)
    beyond = _beyond(paired, recorded.ratio)
    if proven is Verdict.WORSE or (proven is Verdict.INCONCLUSIVE and beyond):
        return _words(paired, recorded.ratio)
    return ""


def doubt(paired: Paired, recorded: Interval | None) -> str:
    """What passes a check without proof, in words; empty: nothing."""
    if clear(paired, recorded) or recorded is None or _beyond(paired, recorded.ratio):
        return ""
    return f"inconclusive after {len(paired.pairs)} pairs: {_words(paired, recorded.ratio)}"


def measured(
    measure: Callable[[], list[Paired]],
    enough: Callable[[Paired], bool],
    tell: Callable[[str], None],
) -> list[Paired]:
    """Measure, and while it is not enough for all of them, measure again, three times in all."""
    found = measure()
    for _ in range(ROUNDS - 1):
        missing = [p for p in found if not enough(p)]
        if not missing:
            break
        tell(f"{missing[0].name}: {len(missing[0].pairs)} pairs prove nothing; measured again")
        found = _pooled(found, measure())
    return found


def fit_for_the_record(found: Sequence[Paired]) -> None:
    """Raises BenchFailed when a later run could not be held to one of them."""
    faults = [f"{p.metric}, beside {p.baseline}: {why}" for p in found if (why := _fault(p))]
    if faults:
        raise BenchFailed(f"not recorded, the old record stays: {'; '.join(faults)}")


def fit(paired: Paired) -> bool:
    """A later run may be held to it."""
    return not _fault(paired)


def _fault(paired: Paired) -> str:
    return unfit(paired, paired.interval)


def _beyond(paired: Paired, recorded: float) -> bool:
    ratio, limit = paired.interval.ratio, paired.limit(recorded)
    return ratio < limit if paired.higher else ratio > limit


def _pooled(first: Sequence[Paired], more: Sequence[Paired]) -> list[Paired]:
    by_key = {p.key: p.pairs for p in more}
    return [p.with_more(by_key[p.key]) for p in first]


def _words(paired: Paired, recorded: float) -> str:
    low, ratio, high = paired.interval
    bound = "at least" if paired.higher else "at most"
    return (
        f"ratio {ratio:.3g}, interval {low:.3g} to {high:.3g}; recorded {recorded:.3g}, "
        f"limit {bound} {paired.limit(recorded):.3g}"
    )
