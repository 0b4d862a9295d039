"""The order in which a batch is decided: one message of each key a turn (promise P3)."""

from collections import defaultdict
from collections.abc import Sequence

from crossdock.engine.work import Work, WorkKey
from crossdock.ports.message import Shape


def by_key(works: Sequence[Work]) -> dict[WorkKey, list[Work]]:
    """The batch's works of each key, in the batch's order."""
    groups: defaultdict[WorkKey, list[Work]] = defaultdict(list)
    for work in works:
        groups[work.key].append(work)
    return dict(groups)


def turns(works: Sequence[Work]) -> list[list[Work]]:
    """Facts in order of arrival, then snapshots newest first; one message of each key a turn."""
    found: list[list[Work]] = []
    for group in by_key(works).values():
        group.sort(key=lambda w: w.claimed.message_id)
        facts = [w for w in group if w.shape is Shape.FACT]
        snapshots = [w for w in group if w.shape is Shape.SNAPSHOT]
        snapshots.sort(key=lambda w: w.claimed.version or "", reverse=True)
        for position, work in enumerate(facts + snapshots):
            if position == len(found):
                found.append([])
            found[position].append(work)
    return found
