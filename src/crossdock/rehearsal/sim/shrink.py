"""Make a failing seed small: take strikes away, as long as the same invariant breaks."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from crossdock.rehearsal.sim.run import Verdict

Play = Callable[[Set[str]], Verdict]
"""Plays the seed with these strikes spared."""
TRIES_MAX = 120


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The smallest script found: what still has to strike."""

    needed: Sequence[str]
    spared: frozenset[str]
    verdict: Verdict
    tries: int


def shrink(
    failed: Verdict,
    play: Play,
    tell: Callable[[int, int], None] = lambda *_: None,
    tries: int = TRIES_MAX,
) -> Shrunk:
    """Spare halves, then quarters, down to single strikes (delta debugging)."""
    assert failed.violation is not None
    wanted = failed.violation.invariant
    best, spared = failed, frozenset[str]()
    pieces, made = 2, 0
    while made < tries:
        strikes = list(dict.fromkeys(best.strikes))
        size = max(1, -(-len(strikes) // pieces))
        found = False
        for start in range(0, len(strikes), size):
            if made >= tries:
                break
            candidate = spared | set(strikes[start : start + size])
            made += 1
            verdict = play(candidate)
            tell(made, len(strikes))
            if verdict.violation and verdict.violation.invariant == wanted:
                best, spared, found = verdict, candidate, True
                break
        if not found:
            if size <= 1:
                break
            pieces = min(len(strikes), pieces * 2)
    return Shrunk(list(dict.fromkeys(best.strikes)), spared, best, made)
