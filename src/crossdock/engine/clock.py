"""The clock port: the only place where time is read. Everything else is given `now`.

Leases must mean the same on every host, so workers take the database's clock
(`DatabaseClock`): its offset from the local monotonic clock is measured and refreshed.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """This host's clock: for what has no database (twins, file names, logs)."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that tests and the simulator move."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


class DatabaseClock:
    """The database's clock, carried between readings by the local monotonic clock.

    `read` returns the database's `clock_timestamp()`; it is called at once and then every
    `refresh_seconds`. Half of the round trip is the error of a reading.
    """

    SQL = "SELECT clock_timestamp()"

    def __init__(self, read: Callable[[], datetime], refresh_seconds: float = 30) -> None:
        self._read = read
        self._refresh = refresh_seconds
        self._reading: tuple[datetime, float] | None = None
        """The database's instant and the local one that it stands for; threads share it whole."""

    def now(self) -> datetime:
        reading = self._reading
        if reading is None or time.monotonic() - reading[1] > self._refresh:
            reading = self.refresh()
        return reading[0] + timedelta(seconds=time.monotonic() - reading[1])

    def refresh(self) -> tuple[datetime, float]:
        """Measure the offset anew."""
        before = time.monotonic()
        reading = self._read()
        after = time.monotonic()
        self._reading = reading, (before + after) / 2
        return self._reading
