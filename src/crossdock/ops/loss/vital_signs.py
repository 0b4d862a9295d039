"""The meter's vital signs: when a connection's day was signed last; is that too long ago?

A meter that says nothing looks like one that finds nothing; so its silence is reported by
`crossdock status` and at `/metrics`, which do not need it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crossdock.engine.local_day import day_bounds, local_day
from crossdock.engine.store import Transaction, load_queries

SQL = load_queries("crossdock.ops", "loss.sql")
CLOSE_AFTER = timedelta(hours=1)
"""After a day's end: by then what was under way at midnight has come to rest."""
CLOSE_AFTER_AT_MOST = timedelta(hours=10)
GRACE = timedelta(hours=12)
"""After a day has ended at all connections of a company: it is to be signed by then."""
LOOKED_BACK = timedelta(days=14)
DAY = timedelta(days=1)
CAUGHT_UP = 7
"""Days that are closed afterwards when no worker ran."""
OWED = CAUGHT_UP - 2
"""Days, up to the newest that is due, each of which must have been closed."""


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """Of the meter, on one connection."""

    connection: str
    signed: date | None
    """The newest day that was signed; None: none of the last two weeks."""
    due: date
    """The newest day that should have been."""
    dead: bool
    skipped: date | None = None
    """The first of the last days that nobody has closed, while later ones were."""
    company_id: int = 0
    signed_at: datetime | None = None
    """When a close last signed a day of it, of the last two weeks."""

    @property
    def words(self) -> str:
        """What is wrong, and where to look."""
        if self.skipped:
            return (
                f"{self.connection}: {self.skipped} was not closed: losses of that day would not "
                f"be noticed; `crossdock close --date {self.skipped}` says why"
            )
        since = f"since {self.signed}" if self.signed else "ever, or not for two weeks"
        return (
            f"{self.connection}: its day was not signed {since}: losses would not be noticed; "
            f"`crossdock close --date {self.due}` says why"
        )


def read_vital_signs(tx: Transaction, now: datetime) -> list[VitalSigns]:
    """One for each connection. One that did not exist on the day that is due owes nothing."""
    rows = tx.rows(SQL.owing)
    runs = tx.rows(SQL.signatures, since=(now - LOOKED_BACK).date())
    dues = _dues(rows, now)
    return [_signs(row, runs, dues[row.company_id]) for row in rows]


def _dues(rows: Iterable[Any], now: datetime) -> Mapping[int, date]:
    """By company: the newest day that ended everywhere so long ago that it is signed by now.

    A company's day is closed when it has ended at all of its connections.
    """
    found: defaultdict[int, list[date]] = defaultdict(list)
    rows = list(rows)
    working = {row.company_id for row in rows if not row.left_out}
    for row in rows:
        if not row.left_out or row.company_id not in working:
            found[row.company_id].append(local_day(row.settings, now - GRACE) - DAY)
    return {company_id: min(days) for company_id, days in found.items()}


def _signs(row: Any, runs: Iterable[Any], due: date) -> VitalSigns:
    mine = [
        run
        for run in runs
        if run.company_id == row.company_id
        and run.scope in ("", row.name)
        and run.closed_at >= day_bounds(row.settings, run.day)[1]
    ]
    newest = {run.day: row.name in run.signed for run in mine}
    signed = max((day for day, even in newest.items() if even), default=None)
    begun = local_day(row.settings, row.created_at)
    skipped = _skipped(newest, begun, due)
    late = signed is None or signed < due
    owes = begun <= due and not row.left_out
    return VitalSigns(
        row.name, signed, due, owes and (late or skipped is not None), None if late else skipped,
        row.company_id, max((r.closed_at for r in mine if row.name in r.signed), default=None),
    )  # fmt: skip


def _skipped(closed: Mapping[date, bool], begun: date, due: date) -> date | None:
    owed: Sequence[date] = [due - number * DAY for number in reversed(range(OWED))]
    return next((day for day in owed if day >= begun and day not in closed), None)
