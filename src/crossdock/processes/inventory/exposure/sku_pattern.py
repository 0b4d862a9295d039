"""Patterns that name SKUs: `*` for any text, `?` for one character, all else as it stands."""

import re
from functools import lru_cache

WILDCARDS = "*?"


def is_exact(pattern: str) -> bool:
    """Whether it names one SKU and no other."""
    return not any(mark in pattern for mark in WILDCARDS)


def specificity(pattern: str) -> tuple[bool, int, str]:
    """Sorts patterns from the general to the specific; no two differ and are equal in it.

    A SKU written out beats every pattern; else more written characters beat fewer; else the text
    decides, so that the answer never depends on the order in which somebody wrote them.
    """
    written = sum(1 for mark in pattern if mark not in WILDCARDS)
    return is_exact(pattern), written, pattern


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression for `fullmatch`; case matters."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(mark) or re.escape(mark) for mark in pattern), re.DOTALL)


def matches(pattern: str, sku: str) -> bool:
    """Whether the pattern names this SKU."""
    return compiled(pattern).fullmatch(sku) is not None
