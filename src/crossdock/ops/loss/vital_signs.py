"""The meter's vital signs: when a connection's day was signed last; is that too long ago?

A meter that says nothing looks like one that finds nothing; so its silence is reported by
`crossdock status`, which does not need it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crossdock.engine.local_day import local_day
from crossdock.engine.store import Transaction, load_queries

SQL = load_queries("crossdock.ops", "loss.sql")
CLOSE_AFTER = timedelta(hours=1)
"""After a day's end: by then what was under way at midnight has come to rest."""
CLOSE_AFTER_AT_MOST = timedelta(hours=10)
GRACE = timedelta(hours=12)
"""After a day's end, in which it is to be signed."""
LOOKED_BACK = timedelta(days=14)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """Of the meter, on one connection."""

    connection: str
    signed: date | None
    """The newest day that was signed; None: none of the last two weeks."""
    due: date
    """The newest day that should have been."""
    dead: bool

    @property
    def words(self) -> str:
        """What is wrong, and where to look."""
        since = f"since {self.signed}" if self.signed else "ever, or not for two weeks"
        return (
            f"{self.connection}: its day was not signed {since}: losses would not be noticed; "
            f"`crossdock close --date {self.due}` says why"
        )


def read_vital_signs(tx: Transaction, now: datetime) -> list[VitalSigns]:
    """One for each connection. One that did not exist on the day that is due owes nothing."""
    found = []
    for row in tx.rows(SQL.last_signed, since=(now - LOOKED_BACK).date()):
        due = local_day(row.settings, now - GRACE) - DAY
        owes = local_day(row.settings, row.created_at) <= due and not row.left_out
        found.append(
            VitalSigns(row.name, row.day, due, owes and (row.day is None or row.day < due))
        )
    return found
