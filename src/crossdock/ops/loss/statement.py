"""The statement of one connection's day: seen outside = received = ended + open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crossdock.ops.close_result import Account, Statement
from crossdock.ops.loss.canary import DEAD
from crossdock.ops.loss.evidence import Evidence
from crossdock.ops.reconciliation.comparison import Pair
from crossdock.ops.reconciliation.difference import Difference


@dataclass(slots=True)
class _Count:
    seen: int = 0
    received: int = 0
    open: int = 0
    lost: int = 0


def statements(
    accounts: Iterable[Account], pairs: Iterable[Pair], evidence: Evidence,
    differences: Sequence[Difference], listed: Collection[str],
) -> Iterator[Statement]:  # fmt: skip
    """One for each account. A connection that lists nothing signs for its messages alone."""
    amiss = {(d.connection, d.work_key) for d in differences if d.place}
    counts = _count(pairs, evidence, amiss)
    told: defaultdict[str, list[Difference]] = defaultdict(list)
    for one in differences:
        told[one.connection].append(one)
    for account in accounts:
        name = account.connection
        count, found = counts[name], told[name]
        inside = count.lost
        seen = count.seen if name in listed else None
        ended = count.received - count.open - inside
        even = seen is None or seen == count.received == ended + count.open
        balanced = account.messages.balanced and account.effects.balanced
        alive = not any(d.kind == DEAD for d in found)
        yield Statement(
            name, seen, count.received, ended, count.open,
            lost=len({d.work_key or d.key for d in found if d.place}), meter_alive=alive,
            signed=even and balanced and alive and not found,
        )  # fmt: skip


def _count(
    pairs: Iterable[Pair], evidence: Evidence, amiss: Collection[tuple[str, str]]
) -> defaultdict[str, _Count]:
    """Documents. What is under way here has been received, and is open."""
    counts: defaultdict[str, _Count] = defaultdict(_Count)
    for pair in pairs:
        count, work_key = counts[pair.connection], evidence.work_key(pair)
        here = pair.theirs if pair.moving else min(pair.ours, pair.theirs)
        count.seen += pair.theirs
        count.received += here
        if (pair.connection, work_key) in amiss:
            count.lost += here
        elif pair.moving or work_key in evidence.open_works:
            count.open += here
    return counts
