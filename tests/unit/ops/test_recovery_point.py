import pytest

from crossdock.ops.recovery_point import recovery_point

GOOD = {
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_standby_names": "",
    "archive_mode": "off",
}


@pytest.mark.parametrize(
    ("change", "safe", "survives", "loses"),
    [
        ({}, True, "any process, a crash of this server and a power cut", "last backup"),
        ({"fsync": "off"}, False, "nothing surely: fsync is off", "last backup"),
        ({"full_page_writes": "off"}, False, "full_page_writes is off", "last backup"),
        ({"synchronous_commit": "off"}, False, "may be lost when the server", "last backup"),
        ({"synchronous_standby_names": "s1"}, True, "a standby (s1) has it on its disk", "both"),
        (
            {"synchronous_standby_names": "s1", "synchronous_commit": "remote_write"},
            True, "not yet on its disk", "both servers at one moment",
        ),
        (
            {"synchronous_standby_names": "s1", "synchronous_commit": "local"},
            True, "a crash of this server", "with this server's disk",
        ),
        (
            {"synchronous_standby_names": "s1", "synchronous_commit": "off"},
            False, "may be lost", "with this server's disk",
        ),
        ({"archive_mode": "on"}, True, "power cut", "all but its last, unfinished segment"),
    ],
)  # fmt: skip
def test_settings_in_words(change: dict[str, str], safe: bool, survives: str, loses: str) -> None:
    point = recovery_point({**GOOD, **change})
    assert point.safe is safe
    assert survives in point.survives
    assert loses in point.loses
