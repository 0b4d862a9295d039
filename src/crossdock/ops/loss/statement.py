"""The statement of one connection's day: seen outside = received = ended + open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crossdock.ops.close_result import Account, Statement
from crossdock.ops.loss.canary import DEAD
from crossdock.ops.loss.evidence import Evidence
from crossdock.ops.loss.standing import has_ended, is_open
from crossdock.ops.reconciliation.comparison import Pair
from crossdock.ops.reconciliation.difference import Difference, by_connection


@dataclass(slots=True)
class _Count:
    seen: int = 0
    received: int = 0
    ended: int = 0
    open: int = 0


def statements(
    accounts: Iterable[Account], pairs: Iterable[Pair], evidence: Evidence,
    differences: Sequence[Difference], compared: Collection[str],
) -> Iterator[Statement]:  # fmt: skip
    """One for each account. A connection that lists nothing signs for its messages alone."""
    amiss = {(d.connection, d.work_key) for d in differences if d.place}
    counts = _count(pairs, evidence, amiss)
    told = by_connection(differences)
    for account in accounts:
        name = account.connection
        count, found = counts[name], told.get(name, ())
        seen = count.seen if name in compared else None
        even = (seen is None or seen == count.received) and (
            count.received == count.ended + count.open
        )
        balanced = account.messages.balanced and account.effects.balanced
        alive = not any(d.kind == DEAD for d in found)
        yield Statement(
            name, seen, count.received, count.ended, count.open,
            lost=len({d.work_key or d.key for d in found if d.place}), meter_alive=alive,
            signed=even and balanced and alive and not found,
        )  # fmt: skip


def _count(
    pairs: Iterable[Pair], evidence: Evidence, amiss: Collection[tuple[str, str]]
) -> defaultdict[str, _Count]:
    """Documents, each number counted for itself: none is what the others leave.

    What is under way here has been received, and is open; what is lost is neither ended nor open.
    """
    counts: defaultdict[str, _Count] = defaultdict(_Count)
    for pair in pairs:
        count, work_key = counts[pair.connection], evidence.work_key(pair)
        here = pair.theirs if pair.moving else min(pair.ours, pair.theirs)
        count.seen += pair.theirs
        count.received += here
        if (pair.connection, work_key) in amiss:
            continue
        if has_ended(pair, evidence.open_works):
            count.ended += here
        if is_open(pair, evidence.open_works):
            count.open += here
    return counts
