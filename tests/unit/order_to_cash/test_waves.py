"""Cut-offs to the second, on the days the clocks change, over week-ends."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.processes.order_to_cash.fulfilment.assign import assign
from crossdock.processes.order_to_cash.fulfilment.waves import BadWaves, Waves, release_at

BERLIN = ZoneInfo("Europe/Berlin")
SETTINGS = {
    "release": "waves", "cutoffs": "10:00, 16:30", "work_days": "1,2,3,4,5",
    "site_time_zone": "Europe/Berlin",
}  # fmt: skip
SECOND = timedelta(seconds=1)


def berlin(*parts: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [((2026, 3, 27), 15), ((2026, 3, 30), 14), ((2026, 10, 23), 14), ((2026, 10, 26), 15)],
    ids=["before summer time", "after it began", "before it ends", "after it ended"],
)
def test_one_second_decides(day, utc_hour):
    waves = Waves.of(SETTINGS)
    cutoff = berlin(*day, 16, 30)
    assert cutoff.hour == utc_hour
    assert waves.next(cutoff - SECOND) == cutoff
    assert waves.next(cutoff) == cutoff
    later = waves.next(cutoff + SECOND)
    assert later.astimezone(BERLIN).timetz().replace(tzinfo=None).hour == 10
    assert later > cutoff


def test_a_cutoff_in_the_skipped_hour_and_in_the_doubled_one():
    waves = Waves.of({**SETTINGS, "cutoffs": "02:30", "work_days": "7"})
    assert waves.next(berlin(2026, 3, 29, 0, 0)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert waves.next(berlin(2026, 10, 25, 0, 0)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert waves.next(berlin(2026, 10, 25, 2, 30, fold=1)) == berlin(2026, 11, 1, 2, 30)


def test_the_first_instant_of_the_day_counts_not_the_first_on_the_clock():
    """On the spring day 02:30 is shown as 03:30, and 03:00 comes before it."""
    waves = Waves.of({**SETTINGS, "cutoffs": "02:30,03:00", "work_days": "7"})
    midnight = berlin(2026, 3, 29, 0, 0)
    assert waves.next(midnight) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert waves.next(waves.next(midnight) + SECOND) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_week_end_is_skipped():
    friday_evening = berlin(2026, 11, 20, 18, 0)
    assert Waves.of(SETTINGS).next(friday_evening) == berlin(2026, 11, 23, 10, 0)


def test_at_confirmation_means_now():
    now = berlin(2026, 11, 21, 12, 0)
    assert release_at({**SETTINGS, "release": "at_confirmation"}, now) == now


@pytest.mark.parametrize(
    "changed",
    [{"cutoffs": ""}, {"cutoffs": "25:00"}, {"work_days": "0"}, {"work_days": "mon"},
     {"site_time_zone": "Mars/Olympus"}],
)  # fmt: skip
def test_settings_that_cannot_be_read_name_themselves(changed):
    with pytest.raises(BadWaves, match="cutoffs"):
        Waves.of({**SETTINGS, **changed})


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
    st.lists(st.times(), min_size=1, max_size=4),
    st.sets(st.integers(1, 7), min_size=1),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_the_next_wave_is_never_past_and_never_skipped(when, cutoffs, days, zone):
    now = when.replace(tzinfo=UTC)
    texts = ",".join(t.isoformat() for t in cutoffs)
    waves = Waves.of(
        {"cutoffs": texts, "work_days": ",".join(map(str, days)), "site_time_zone": zone}
    )
    found = waves.next(now)
    assert found >= now
    assert waves.next(found) == found
    middle = now + (found - now) / 2
    assert waves.next(middle) == found


def test_lines_go_to_the_first_pattern_that_takes_them():
    goods = {"1": "COLD-MILK", "2": "DRILL", "3": "COLD-HAM"}
    assert assign("cold=COLD-*, wms", goods) == ({"cold": ["1", "3"], "wms": ["2"]}, [])
    assert assign("cold=COLD-*", goods) == ({"cold": ["1", "3"]}, ["2"])
    assert assign("", goods) == ({}, ["1", "2", "3"])
