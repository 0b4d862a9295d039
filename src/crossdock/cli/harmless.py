"""Texts from outside, shown without what a terminal would obey."""

CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters that turn the direction of what follows them."""
_LAYOUT = {ord("\t"), ord("\n")}
_GONE = dict.fromkeys(c for c in (*CONTROLS, *DIRECTIONS) if c not in _LAYOUT)
_ESCAPED = {c: f"\\u{c:04x}" for c in (0x7F, *range(0x80, 0xA0), *DIRECTIONS)}


def harmless(text: str) -> str:
    """The text without control characters, but for line ends and tabs."""
    return text.translate(_GONE)


def escaped(json: str) -> str:
    """The same JSON, with those characters written as their numbers."""
    return json.translate(_ESCAPED)
