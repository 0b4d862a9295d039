"""The body of an event, read exactly: what cannot be read is named by field, reason, remedy."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from crossdock.ports.errors import Unreadable

RESEND_REMEDY = "have the warehouse correct it and send it again under a new event_id"
CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
"""Characters that are no text, but orders to whoever shows it."""
LAYOUT = frozenset("\t\n\r")
"""Those of them that prose may contain."""
M = TypeVar("M", bound=BaseModel)


def read_object(body: bytes) -> dict[str, Any]:
    """The body as one JSON object, numbers exact. Raises Unreadable."""
    try:
        value = json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Unreadable("body", f"is not readable JSON ({error})", RESEND_REMEDY) from error
    if not isinstance(value, dict):
        raise Unreadable("body", "is not a JSON object", RESEND_REMEDY)
    return value


def read_event(model: type[M], value: dict[str, Any]) -> M:
    """The event as a model of the API. Raises Unreadable."""
    try:
        event = model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise Unreadable(
            field, first["msg"].removeprefix("Value error, "), RESEND_REMEDY
        ) from error
    for path, text in _texts(event.model_dump()):
        allowed = LAYOUT if path.endswith("reason") else frozenset()
        strange = next((c for c in text if c in CONTROLS and c not in allowed), None)
        if strange is not None:
            reason = f"{text[:40]!r} contains the control character {ord(strange):#04x}"
            raise Unreadable(path, reason, RESEND_REMEDY)
    return event


def _texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of an event, with the path of its field."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{index}]")


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable("body", f"holds {name}, which JSON does not know", RESEND_REMEDY)
