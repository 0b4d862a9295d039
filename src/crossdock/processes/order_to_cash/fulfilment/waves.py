"""When the next wave goes to the warehouse. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS_AHEAD = 15


class BadWaves(ValueError):
    """The warehouse's wave settings cannot be read."""


@dataclass(frozen=True, slots=True)
class Waves:
    """A site's cut-offs in its own time."""

    cutoffs: tuple[time, ...]
    work_days: frozenset[int]
    """ISO weekdays: 1 is Monday."""
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> "Waves":
        """Raises BadWaves naming the setting."""
        try:
            cutoffs = tuple(time.fromisoformat(t.strip()) for t in _parts(settings["cutoffs"]))
            days = frozenset(int(d) for d in _parts(settings["work_days"]))
            zone = ZoneInfo(settings["site_time_zone"])
        except (ValueError, KeyError, ZoneInfoNotFoundError) as error:
            raise BadWaves(f"cutoffs, work_days or site_time_zone: {error}") from error
        if not cutoffs or not days or not days <= set(range(1, 8)):
            raise BadWaves("cutoffs and work_days need at least one value; days are 1 to 7")
        return cls(cutoffs, days, zone)

    def next(self, now: datetime) -> datetime:
        """The first cut-off at or after `now`, in UTC: an order at the very second goes with it.

        A local time that the clocks skip is the instant they would have shown without the change;
        of one that comes twice the first counts.
        """
        today = now.astimezone(self.zone).date()
        for ahead in range(-1, DAYS_AHEAD):
            day = today + timedelta(days=ahead)
            if day.isoweekday() not in self.work_days:
                continue
            instants = (datetime.combine(day, c, self.zone).astimezone(UTC) for c in self.cutoffs)
            if to_come := [instant for instant in instants if instant >= now]:
                return min(to_come)
        raise BadWaves(f"no wave within {DAYS_AHEAD} days")


def _parts(text: str) -> list[str]:
    return [part for part in text.replace(";", ",").split(",") if part.strip()]


def release_at(settings: Mapping[str, str], now: datetime) -> datetime:
    """When an order confirmed now goes to this warehouse. Raises BadWaves."""
    return Waves.of(settings).next(now) if settings.get("release") == "waves" else now
