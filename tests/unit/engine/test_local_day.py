from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st

from crossdock.engine.local_day import day_bounds, local_day

ZONES = st.sampled_from(sorted(available_timezones()))
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def of(zone: str) -> dict[str, str]:
    return {"time_zone": zone}


@given(ZONES, DAYS)
def test_days_follow_each_other_without_a_gap(zone: str, day: date) -> None:
    since, until = day_bounds(of(zone), day)
    assert until == day_bounds(of(zone), day + timedelta(days=1))[0]
    assert timedelta(hours=0) <= until - since <= timedelta(hours=48)


@given(ZONES, INSTANTS)
def test_every_instant_is_within_its_day(zone: str, instant: datetime) -> None:
    since, until = day_bounds(of(zone), local_day(of(zone), instant))
    assert since <= instant < until


def test_the_days_on_which_clocks_change() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        since, until = day_bounds(of("Europe/Berlin"), day)
        assert until - since == timedelta(hours=hours)


def test_without_a_setting_it_is_utc() -> None:
    assert day_bounds({}, date(2026, 3, 2))[0] == datetime(2026, 3, 2, tzinfo=UTC)
