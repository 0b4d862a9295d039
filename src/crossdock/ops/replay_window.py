"""Replay many messages: those of a time window, a connection, a kind, a state.

They are read and put back in pages, so that a replay of a year takes no more memory than one of a
day. A page and its entry in the audit are one transaction; a replay that is broken off has done
the pages before, and can be given again: what was done does not take place twice.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from crossdock.engine.channels import APPLY
from crossdock.engine.clock import Clock
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Registry
from crossdock.engine.store import Store, Transaction
from crossdock.governance.audit import record_act
from crossdock.ops.act import act
from crossdock.ops.refuse_message import CODE as REFUSED_BY_HAND
from crossdock.ops.release_hold import DONE_BY_HAND
from crossdock.ops.replay import OPEN, SQL, Preview, preview_replay
from crossdock.ops.word import Word

PAGE = 200
ANSWERED = [DONE_BY_HAND, REFUSED_BY_HAND, "answered"]
"""Codes of ends that a person gave, or a decision that answered a person's question."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which messages. None does not filter; `until` is never after the replay itself began."""

    until: datetime
    since: datetime | None = None
    connection: str | None = None
    kind: str | None = None
    state: str | None = None

    @property
    def releases(self) -> bool:
        """Whether a person lets go what they are asked about: only by asking for it."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class WindowCount:
    """How many messages a window holds."""

    ended: int
    """These are replayed."""
    on_their_way: int
    """Will be decided anyway."""
    peoples: int = 0
    """A person's, or answered by one: left out unless their state is asked for."""


class Change(StrEnum):
    """What a replay would mean for one message, the most that it would."""

    NONE = "no change"
    STATE = "state change"
    EFFECTS = "new effects"


@dataclass(slots=True)
class WindowPreview:
    """What the replay of a window would do, decided message by message as things stand now."""

    counts: Counter[Change] = field(default_factory=Counter)
    new_effects: int = 0
    changes: list[Preview] = field(default_factory=list)
    """The first of those that would change something."""


def count_window(tx: Transaction, window: Window) -> WindowCount:
    """How many messages there are, before anything is done."""
    row = tx.row(SQL.count_window, **asdict(window), answered=ANSWERED)
    return WindowCount(*row) if row else WindowCount(0, 0)


def change_of(preview: Preview) -> Change:
    """The kind of a message's change."""
    if preview.new_effects:
        return Change.EFFECTS
    before = (preview.message_before, preview.document_before)
    return (
        Change.NONE if before == (preview.message_after, preview.document_after) else Change.STATE
    )


def preview_window(
    store: Store,
    registry: Registry,
    clock: Clock,
    window: Window,
    *,
    keep: int = 100,
    progress: Callable[[int], None] = lambda _count: None,
) -> WindowPreview:
    """Decide each message in a transaction that is rolled back; changes nothing.

    Each is decided alone, on what stands now: what an earlier one of the window would change does
    not show in a later one.
    """
    found = WindowPreview()
    for page in _pages(store, window):
        for message_id in page:
            preview = preview_replay(store, registry, clock, message_id)
            change = change_of(preview)
            found.counts[change] += 1
            found.new_effects += preview.new_effects
            if change is not Change.NONE and len(found.changes) < keep:
                found.changes.append(preview)
        progress(len(page))
    return found


def replay_window(
    store: Store,
    window: Window,
    word: Word,
    *,
    progress: Callable[[int], None] = lambda _count: None,
) -> int:
    """Put every message of the window back in line, in order of arrival; returns how many."""
    count = 0
    for page in _pages(store, window):
        count += act(store, lambda tx, page=page: _put_back(tx, page, window, word))  # type: ignore[misc]
        progress(len(page))
    return count


def _pages(store: Store, window: Window) -> Iterator[Sequence[int]]:
    after = 0
    while True:
        with store.transaction() as tx:
            rows = tx.rows(
                SQL.window_page, **asdict(window), answered=ANSWERED, after=after, limit=PAGE
            )
        if not rows:
            return
        after = rows[-1].message_id
        yield [row.message_id for row in rows]


def _put_back(tx: Transaction, page: Sequence[int], window: Window, word: Word) -> int:
    rows = tx.rows(
        SQL.put_back_page, message_ids=list(page), released=window.releases, by=word.by,
        now=word.now,
    )  # fmt: skip
    by_company: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_company[row.company_id].append(row.message_id)
    for company_id, message_ids in sorted(by_company.items()):
        record_act(
            tx,
            company_id=company_id,
            principal=word.by,
            action="message.replay",
            subject=f"message:{min(message_ids)}..{max(message_ids)}",
            now=word.now,
            detail={"messages": sorted(message_ids), "window": asdict(window), "why": word.why},
        )
    if rows:
        tx.run(RECEIVE_SQL.wake, channel=APPLY)
    return len(rows)
