import pytest

from crossdock.ports.channel import SALES_CHANNEL_SETTINGS
from crossdock.ports.manifest import COMMON_SETTINGS
from crossdock.ports.setting import BadSetting, Setting, SettingKind
from crossdock.ports.warehouse import WAREHOUSE_SETTINGS


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (SettingKind.AMOUNT, ["0", "0.05", "12"], ["abc", "-1", "NaN", "Infinity", ""]),
        (SettingKind.COUNT, ["1", "16"], ["0", "abc", "-2", "1.5", ""]),
        (SettingKind.MINUTES, ["0", "15"], ["-1", "soon", "1.5", ""]),
        (
            SettingKind.INSTANT,
            ["2026-03-02T09:00:00Z", "2026-03-02T09:00+01:00"],
            ["yesterday", "2026-03-02T09:00", "2026-03-02", "2026-13-02T09:00Z"],
        ),
        (
            SettingKind.URL,
            ["https://odoo.example", "http://127.0.0.1:8069"],
            ["nonsense", "ftp://odoo.example", "https://", "http://h:port", "http://[::1"],
        ),
        (SettingKind.CONNECTION, ["odoo", "odoo_2"], ["Odoo!", "2nd", ""]),
        (SettingKind.WAREHOUSES, ["wms", "cold=COLD-*, wms"], ["=COLD-*", "Wms"]),
        (SettingKind.TIMES, ["16:00", "10:00,16:30"], ["25:00", "noon", ",", ""]),
        (SettingKind.WEEKDAYS, ["1,2,3", "7"], ["0", "8", "Mon", "1-5", ","]),
        (SettingKind.TIME_ZONE, ["UTC", "Europe/Berlin"], ["Berlin", "CEST+1", ""]),
    ],
)  # fmt: skip
def test_each_kind_takes_what_it_is_and_nothing_else(
    kind: SettingKind, good: list[str], bad: list[str]
) -> None:
    setting = Setting("thing", "A thing", default="x", kind=kind)
    for value in good:
        assert setting.parse(f" {value} ") == value
    for value in bad:
        with pytest.raises(BadSetting, match=r"setting 'thing' cannot be .*: it is "):
            setting.parse(value)


def test_empty_is_a_value_where_it_is_the_default() -> None:
    assert Setting("x", "X", default="", kind=SettingKind.INSTANT).parse(" ") == ""
    with pytest.raises(BadSetting, match="it must be given: Where it is"):
        Setting("x", "Where it is", kind=SettingKind.URL).parse("")


def test_choices_are_named() -> None:
    with pytest.raises(BadSetting, match="setting 'x' cannot be 'c': it is one of a, b"):
        Setting("x", "X", default="a", choices=("a", "b")).parse("c")


def test_connections_that_a_value_speaks_of() -> None:
    rules = Setting("w", "W", default="", kind=SettingKind.WAREHOUSES)
    assert rules.connections("cold=COLD-*, wms") == ["cold", "wms"]
    assert Setting("e", "E", kind=SettingKind.CONNECTION).connections("odoo") == ["odoo"]
    assert Setting("t", "T").connections("odoo") == []


@pytest.mark.parametrize(
    "setting",
    [*SALES_CHANNEL_SETTINGS, *WAREHOUSE_SETTINGS, *COMMON_SETTINGS],
    ids=lambda setting: setting.name,
)
def test_every_default_is_a_value_of_its_setting(setting: Setting) -> None:
    assert setting.parse(setting.default or "") == setting.default
