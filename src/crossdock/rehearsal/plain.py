"""Results as JSON has them. `dataclasses.asdict` makes nonsense of a Counter before Python 3.12."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def fields_of(result: Any) -> dict[str, Any]:
    """The fields of a dataclass, and of those in it, by name."""
    return {f.name: _plain(getattr(result, f.name)) for f in fields(result)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return fields_of(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
