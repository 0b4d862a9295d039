"""Reading JSON that others wrote: every value by its path, typed, or Unreadable."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from crossdock.ports.errors import Unreadable

AMOUNT_INTEGER_DIGITS_MAX = 15
AMOUNT_DECIMALS_MAX = 10
PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?", re.ASCII)
"""An amount as it is nearly always written: nothing else about it needs to be looked at."""
QUANTITY_MAX = 1_000_000_000
REREAD = "read the order again from Shopify; if it stays so, correct it there"


def unreadable(path: str, reason: str, remedy: str = REREAD) -> NoReturn:
    """Raise Unreadable for the field at `path`."""
    raise Unreadable(path, reason, remedy)


def shown(value: object) -> str:
    """A value as it may stand in a message: short, whatever was sent."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Reader:
    """One JSON object and where it stands (`line_items[2]`)."""

    __slots__ = ("_name", "_parent", "fields")

    def __init__(self, value: object, parent: "Reader | None" = None, name: str = "") -> None:
        self._parent = parent
        self._name = name
        if not isinstance(value, dict):
            unreadable(self.path or "body", f"is not a JSON object but {shown(value)}")
        self.fields: dict[str, Any] = value

    @property
    def path(self) -> str:
        """`line_items[2].price_set`; made only when somebody asks, which is when it goes wrong."""
        return self._parent.at(self._name) if self._parent else self._name

    def at(self, name: str) -> str:
        """The path of a field of this object."""
        path = self.path
        return f"{path}.{name}" if path else name

    def has(self, name: str) -> bool:
        return self.fields.get(name) is not None

    def object(self, name: str) -> "Reader | None":
        """A nested object; None when absent or null."""
        value = self.fields.get(name)
        return None if value is None else Reader(value, self, name)

    def items(self, name: str) -> Iterator["Reader"]:
        """The objects of a list; none when absent or null."""
        values = self.fields.get(name)
        if values is None:
            return
        if not isinstance(values, list):
            unreadable(self.at(name), f"is not a list but {shown(values)}")
        for index, value in enumerate(values):
            yield Reader(value, self, f"{name}[{index}]")

    def text(self, name: str, length_max: int = 255) -> str:
        """Text without surrounding spaces; empty when absent or null."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            unreadable(self.at(name), f"is not text but {shown(value)}")
        stripped = value.strip()
        if len(stripped) > length_max:
            unreadable(self.at(name), f"is longer than {length_max} characters")
        if "\0" in stripped or not stripped.isprintable():
            self._refuse_unstorable(name, stripped)
        return stripped

    def _refuse_unstorable(self, name: str, text: str) -> None:
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            unreadable(self.at(name), "contains characters that are not text (NUL or half a pair)")

    def flag(self, name: str) -> bool:
        """A boolean; False when absent or null."""
        value = self.fields.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            unreadable(self.at(name), f"is not true or false but {shown(value)}")
        return value

    def quantity(self, name: str) -> int:
        """A whole number from 0 to 10^9."""
        value = self.fields.get(name)
        if value is None:
            unreadable(self.at(name), "is missing")
        if isinstance(value, bool) or not isinstance(value, int):
            unreadable(self.at(name), f"is not a whole number but {shown(value)}")
        if value < 0:
            unreadable(self.at(name), f"is negative: {shown(value)}")
        if value > QUANTITY_MAX:
            unreadable(self.at(name), f"is larger than {QUANTITY_MAX}")
        return value

    def identifier(self, name: str) -> str:
        """A positive id as decimal text; empty when absent or null."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**64:
            unreadable(self.at(name), f"is not an id (a positive whole number) but {shown(value)}")
        return str(value)

    def number(self, name: str) -> Decimal | None:
        """A decimal written as text or as a JSON number; None when absent or null."""
        value = self.fields.get(name)
        if value is None:
            return None
        return exact(value, self, name)

    def instant(self, name: str) -> datetime | None:
        """An ISO 8601 instant with its offset, in UTC; None when absent or null."""
        value = self.fields.get(name)
        if value is None:
            return None
        return instant(value, self.at(name))


def exact(value: object, holder: Reader, name: str) -> Decimal:
    """A Decimal of at most 15 digits before and 10 behind the point. Raises Unreadable."""
    if isinstance(value, str) and (plain := PLAIN_AMOUNT.fullmatch(value)):
        return Decimal(plain[0])
    return _exact(value, holder.at(name))


def _exact(value: object, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        unreadable(path, f"is not an amount but {shown(value)}")
    if isinstance(value, str) and (len(value) > 40 or "_" in value or not value.isascii()):
        unreadable(path, f"is not an amount but {shown(value)}")
    if isinstance(value, int) and abs(value) >= 10**AMOUNT_INTEGER_DIGITS_MAX:
        unreadable(path, "has too many digits")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        unreadable(path, f"is not an amount but {shown(value)}")
    if not amount.is_finite():
        unreadable(path, f"is not an amount but {shown(value)}")
    decimals = -int(amount.as_tuple().exponent)
    if amount.adjusted() >= AMOUNT_INTEGER_DIGITS_MAX or decimals > AMOUNT_DECIMALS_MAX:
        unreadable(path, f"has too many digits: {shown(value)}")
    return amount


def instant(value: object, path: str) -> datetime:
    """An ISO 8601 instant with its offset, in UTC. Raises Unreadable."""
    if not isinstance(value, str):
        unreadable(path, f"is not an instant but {shown(value)}")
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            unreadable(path, f"has no UTC offset: {shown(value)}")
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        unreadable(path, f"is not an instant but {shown(value)}")
