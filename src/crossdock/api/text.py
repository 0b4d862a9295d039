"""Text and JSON that the database can keep: what it cannot is refused at the door, by name."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator

DEPTH_MAX = 50
"""How deep a JSON value may be nested."""


def storable(text: str) -> str:
    """The text itself. Raises ValueError for NUL and for half a surrogate pair."""
    if "\0" in text:
        raise ValueError("it contains the character NUL")
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("it contains half a surrogate pair")
    return text


def storable_tree(tree: dict[str, Any]) -> dict[str, Any]:
    """The JSON object itself. Raises ValueError for what JSON in the database cannot hold."""
    open_: list[tuple[Any, int]] = [(tree, 0)]
    while open_:
        value, depth = open_.pop()
        if depth > DEPTH_MAX:
            raise ValueError(f"it is nested deeper than {DEPTH_MAX}")
        if isinstance(value, str):
            storable(value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("it contains a number that is not finite")
        elif isinstance(value, dict):
            open_ += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            open_ += [(part, depth + 1) for part in value]
    return tree


Text = Annotated[str, AfterValidator(storable)]
Tree = Annotated[dict[str, Any], AfterValidator(storable_tree)]
