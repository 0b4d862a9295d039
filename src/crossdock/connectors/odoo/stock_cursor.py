"""Where the sweep of stock stands: a place among the products, and when all were read.

`<since>|<run>|<last id>|<until>|<whole at>|<whole or changed>`: the first four as in SweepCursor,
`last id` is a product's. `whole at` is when the last whole reading began, the last word whether the
run in progress is one. It sorts as the stream goes on, as a SweepCursor does.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from crossdock.connectors.odoo.sweep_cursor import BEGINNING, INSTANT, SweepCursor, odoo_instant

WHOLE, CHANGED = "whole", "changed"
WHOLE_EVERY = timedelta(hours=12)
"""So long may a change go unseen that moved no write_date (SQL by hand, a location moved)."""
SAFELY_PAST = timedelta(minutes=10)
"""What was written longer ago is known after a run, whatever the clocks say: a quiet database is
not read again and again for its last change."""


@dataclass(frozen=True, slots=True)
class StockCursor:
    """A place in the stream."""

    place: SweepCursor = field(default_factory=SweepCursor)
    whole_at: str = BEGINNING
    whole: bool = False

    @classmethod
    def parse(cls, text: str) -> "StockCursor":
        """Raises ValueError for text that is no cursor."""
        *place, whole_at, kind = text.split("|")
        _instant(whole_at)
        if kind not in (WHOLE, CHANGED):
            raise ValueError(f"{kind!r} is neither {WHOLE} nor {CHANGED}")
        return cls(SweepCursor.parse("|".join(place)), whole_at, kind == WHOLE)

    def __str__(self) -> str:
        return f"{self.place}|{self.whole_at}|{WHOLE if self.whole else CHANGED}"

    def began(self, newest: str, now: datetime) -> "StockCursor":
        """A run that will know everything up to `newest`: a whole one when that is due."""
        place = self.place.began(max(newest, odoo_instant(now - SAFELY_PAST)))
        if self.place.since == BEGINNING or self._whole_due(now):
            return StockCursor(place, odoo_instant(now), whole=True)
        return replace(self, place=place, whole=False)

    def at(self, product_id: int) -> "StockCursor":
        return replace(self, place=self.place.at(product_id))

    def ended(self) -> "StockCursor":
        return replace(self, place=self.place.ended(), whole=False)

    def _whole_due(self, now: datetime) -> bool:
        return _instant(self.whole_at) + WHOLE_EVERY <= now


def _instant(text: str) -> datetime:
    return datetime.strptime(text, INSTANT).replace(tzinfo=UTC)
