"""Where a sweep stands: text that sorts as the stream goes on and never moves backwards.

`<since>|<run>|<last id>|<until>`: `since` is the write_date up to which everything is known, `run`
counts the runs (so that the end of one always sorts after its last page, also when nothing newer
was found), `last id` is the last record of the run in progress (zero between runs), `until` what
`since` becomes when the run ends. Records are paged by id, because Odoo cuts write_date to seconds
in its replies and sorts by microseconds: a page that ended inside a second could not be continued
by (write_date, id).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

INSTANT = "%Y-%m-%d %H:%M:%S"
BEGINNING = "0001-01-01 00:00:00"


def odoo_instant(instant: datetime) -> str:
    """UTC, without a zone, to the second: what Odoo's domains take."""
    return instant.astimezone(UTC).strftime(INSTANT)


@dataclass(frozen=True, slots=True)
class SweepCursor:
    """A place in a stream of records by write_date."""

    since: str = BEGINNING
    run: int = 0
    last_id: int = 0
    until: str = BEGINNING

    @classmethod
    def parse(cls, text: str) -> "SweepCursor":
        """Raises ValueError for text that is no cursor."""
        since, run, last_id, until = text.split("|")
        return cls(since, int(run), int(last_id), until)

    def __str__(self) -> str:
        return f"{self.since}|{self.run:010d}|{self.last_id:012d}|{self.until}"

    def began(self, newest: str) -> "SweepCursor":
        """A run that will know everything up to `newest`."""
        return replace(self, last_id=0, until=max(self.since, newest))

    def at(self, record_id: int) -> "SweepCursor":
        return replace(self, last_id=record_id)

    def ended(self) -> "SweepCursor":
        return SweepCursor(self.until, self.run + 1, 0, self.until)

    @property
    def running(self) -> bool:
        return self.last_id > 0

    def read_from(self, overlap: timedelta) -> str | None:
        """The oldest write_date of the run, overlap included; None: everything."""
        if self.since == BEGINNING:
            return None
        since = datetime.strptime(self.since, INSTANT).replace(tzinfo=UTC)
        return odoo_instant(since - overlap)
