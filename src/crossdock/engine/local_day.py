"""A connection's day: where it begins and ends, in the connection's own time zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crossdock.ports.manifest import TIME_ZONE


def zone_of(settings: Mapping[str, str]) -> ZoneInfo:
    """The setting `time_zone`, UTC without it."""
    return ZoneInfo(settings.get(TIME_ZONE.name) or str(TIME_ZONE.default))


def local_day(settings: Mapping[str, str], now: datetime) -> date:
    """The day it is there."""
    return now.astimezone(zone_of(settings)).date()


def day_bounds(settings: Mapping[str, str], day: date) -> tuple[datetime, datetime]:
    """First instant of the day and of the next, in UTC: 23 or 25 hours where clocks change."""
    return _midnight(day, settings), _midnight(day + timedelta(days=1), settings)


def _midnight(day: date, settings: Mapping[str, str]) -> datetime:
    return datetime.combine(day, time(0), zone_of(settings)).astimezone(UTC)
