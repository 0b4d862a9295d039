"""One setting of a connection, and what its value must look like."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from crossdock.ports.destination import is_sendable

_time_zones = cache(available_timezones)
"""Read from the disk once."""
CONNECTION_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


class SettingKind(StrEnum):
    """What a value is."""

    TEXT = "text"
    AMOUNT = "amount"
    COUNT = "count"
    MINUTES = "minutes"
    INSTANT = "instant"
    URL = "url"
    CONNECTION = "connection"
    WAREHOUSES = "warehouses"
    TIMES = "times"
    WEEKDAYS = "weekdays"
    TIME_ZONE = "time zone"


class BadSetting(ValueError):
    """A value that its setting cannot take: names the setting, the value and what would do."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        super().__init__(f"setting {name!r} cannot be {value[:100]!r}: {remedy}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One configured value of a connection."""

    name: str
    description: str
    default: str | None = None
    """None: must be given."""
    choices: tuple[str, ...] = ()
    secret: bool = False
    kind: SettingKind = SettingKind.TEXT

    def parse(self, value: str) -> str:
        """The value as it is kept. Raises BadSetting.

        Empty is a value only where it is the default or any text will do.
        """
        given = value.strip()
        if self.choices:
            if given not in self.choices:
                raise BadSetting(self.name, value, f"it is one of {', '.join(self.choices)}")
            return given
        if not given and self.default == "":
            return given
        if not given and self.default is None:
            raise BadSetting(self.name, value, f"it must be given: {self.description}")
        expected, fits = _KINDS[self.kind]
        try:
            good = fits(given)
        except (ValueError, InvalidOperation):
            good = False
        if not good:
            raise BadSetting(self.name, value, f"it is {expected}")
        return given

    def connections(self, value: str) -> list[str]:
        """Names of the other connections that the value speaks of."""
        if self.kind is SettingKind.CONNECTION:
            return [value] if value else []
        return _warehouse_names(value) if self.kind is SettingKind.WAREHOUSES else []


def _amount(text: str) -> bool:
    amount = Decimal(text)
    return amount.is_finite() and amount >= 0


def _count(text: str) -> bool:
    return text.isdecimal() and int(text) >= 1


def _instant(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is not None


def _url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and parts.port != 0 and is_sendable(parts)


def _warehouse_names(text: str) -> list[str]:
    return [part.partition("=")[0].strip() for part in text.split(",") if part.strip()]


def _warehouses(text: str) -> bool:
    return all(CONNECTION_NAME.fullmatch(name) for name in _warehouse_names(text))


def _times(text: str) -> bool:
    parts = _listed(text)
    return bool(parts) and all(time.fromisoformat(p).tzinfo is None for p in parts)


def _weekdays(text: str) -> bool:
    parts = _listed(text)
    return bool(parts) and all(p in {"1", "2", "3", "4", "5", "6", "7"} for p in parts)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


_KINDS: Mapping[SettingKind, tuple[str, Callable[[str], object]]] = {
    SettingKind.TEXT: ("a text", lambda _: True),
    SettingKind.AMOUNT: ("an amount of 0 or more, such as `0.05`", _amount),
    SettingKind.COUNT: ("a whole number of 1 or more", _count),
    SettingKind.MINUTES: ("a whole number of minutes, such as `15`", str.isdecimal),
    SettingKind.INSTANT: ("an instant with its zone, such as `2026-03-02T09:00:00Z`", _instant),
    SettingKind.URL: (
        "an address, such as `https://host.example`, without credentials and not link-local", _url
    ),
    SettingKind.CONNECTION: ("the name of a connection: a-z, 0-9 and _", CONNECTION_NAME.fullmatch),
    SettingKind.WAREHOUSES: ("`wms`, or rules such as `cold=COLD-*, wms`", _warehouses),
    SettingKind.TIMES: ("local times of day, such as `10:00,16:30`", _times),
    SettingKind.WEEKDAYS: ("days of the week, such as `1,2,3,4,5` (1 is Monday)", _weekdays),
    SettingKind.TIME_ZONE: (
        "an IANA time zone, such as `Europe/Berlin`", lambda text: text in _time_zones()
    ),
}  # fmt: skip
