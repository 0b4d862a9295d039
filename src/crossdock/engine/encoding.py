"""JSON of the engine: numbers stay exact, instants are UTC, one spelling per value."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

from crossdock.domain.model import CanonicalModel

_DECODER = json.JSONDecoder(parse_float=Decimal)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        normal = value.normalize()
        return f"{normal + 0:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def to_json(value: Any) -> bytes:
    """Compact JSON. Decimals become strings without surplus zeros, instants UTC text."""
    return orjson.dumps(
        value,
        default=_plain,
        option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS,
    )


def from_json(text: str | bytes | bytearray | memoryview) -> Any:
    """JSON with every non-integer number as a Decimal. Raises ValueError."""
    return _DECODER.decode(text if isinstance(text, str) else bytes(text).decode())


def digest(content: Any) -> str:
    """A fingerprint of content: equal values give equal digests, whatever their spelling."""
    return hashlib.sha256(to_json(content)).hexdigest()[:32]


def document_digest(document: CanonicalModel) -> str:
    """The fingerprint of a canonical document's own notion of content."""
    content = getattr(document, "content", None)
    return digest(content() if content else document.model_dump(mode="python"))
