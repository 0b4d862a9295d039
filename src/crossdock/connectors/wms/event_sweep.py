"""The sweep over the warehouse's event feed, which is ordered by sequence.

The cursor's text is `sequence|marked at|mark|base|reached`. `reached` is how far the feed was read,
`sequence` makes the text sort as the feed does. A sweep begins at `base`, a place that was reached
at least the overlap ago: an event that became visible late, behind one of a higher sequence, is
still found. `mark` is the place that becomes `base` once it is old enough.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crossdock.connectors.wms.client import EVENTS, WmsClient
from crossdock.connectors.wms.contract.events import EventPageAsRead
from crossdock.connectors.wms.identity import SWEPT_TOPIC
from crossdock.connectors.wms.manifest import EVENTS_STREAM, OVERLAP
from crossdock.ports.errors import Rejected, Unavailable
from crossdock.ports.message import Arrival
from crossdock.ports.sweep import SweepPage

EVENTS_PER_PAGE = 200
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """How far the feed was read, and from where it is read again."""

    sequence: int = 0
    marked_at: datetime = LONG_AGO
    mark: str = ""
    base: str = ""
    reached: str = ""

    @classmethod
    def parse(cls, text: str) -> "FeedCursor":
        """Raises Rejected for a text that is no cursor of this stream."""
        try:
            sequence, marked_at, mark, base, reached = text.split("|")
            return cls(int(sequence), datetime.fromisoformat(marked_at), mark, base, reached)
        except ValueError as error:
            raise Rejected(
                f"{text[:80]!r} is no cursor of the stream {EVENTS_STREAM}",
                field="cursor",
                remedy=f"`crossdock connections resweep NAME {EVENTS_STREAM}` reads it anew",
            ) from error

    @property
    def text(self) -> str:
        marked_at = self.marked_at.astimezone(UTC).isoformat(timespec="microseconds")
        return "|".join((f"{self.sequence:020d}", marked_at, self.mark, self.base, self.reached))

    def begun(self, now: datetime) -> "FeedCursor":
        """The cursor of a sweep that begins now."""
        if now - self.marked_at < OVERLAP:
            return self
        return replace(self, marked_at=now, mark=self.reached, base=self.mark)

    def after(self, page: EventPageAsRead) -> "FeedCursor":
        """Having read a page; one that was read before leaves the cursor where it is."""
        if page.sequence < self.sequence:
            return self
        return replace(self, sequence=page.sequence, reached=page.cursor)


def sweep_events(client: WmsClient, cursor: str | None, now: datetime) -> Iterator[SweepPage]:
    """All events from the overlap on, as arrivals."""
    reached = (FeedCursor.parse(cursor) if cursor else FeedCursor()).begun(now)
    after = reached.base
    while True:
        query = {"limit": str(EVENTS_PER_PAGE)} | ({"after": after} if after else {})
        page = client.read(EventPageAsRead, EVENTS, query)
        if page.more and page.cursor == after:
            reason = f"GET {EVENTS}: more events are announced, but the cursor stays at {after!r}"
            remedy = "report it to the warehouse system's maker"
            raise Unavailable(reason, remedy=remedy, code="malformed")
        reached, after = reached.after(page), page.cursor
        arrivals = tuple(Arrival(SWEPT_TOPIC, {}, _body(event)) for event in page.events)
        yield SweepPage(reached.text, arrivals=arrivals, last=not page.more)
        if not page.more:
            return


def _body(event: object) -> bytes:
    """One event in bytes of its own; decimals that came as numbers become exact texts."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), default=str).encode(
        "utf-8", "surrogatepass"
    )
