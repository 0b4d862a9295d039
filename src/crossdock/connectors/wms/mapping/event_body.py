"""The body of an event, read exactly: what cannot be read is named by field, reason, remedy."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from crossdock.ports.errors import Unreadable

RESEND_REMEDY = "have the warehouse correct it and send it again under a new event_id"
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
    for text in _texts(event.model_dump()):
        if "\0" in text:
            reason = f"{text[:40]!r} contains the character NUL"
            raise Unreadable("body", reason, RESEND_REMEDY)
    return event


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable("body", f"holds {name}, which JSON does not know", RESEND_REMEDY)
