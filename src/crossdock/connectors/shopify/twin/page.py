"""Global ids, pages and cursors."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError

Json = dict[str, Any]
PAGE_MAX = 250


def gid(kind: str, number: int | str) -> str:
    """`gid://shopify/Order/7`"""
    return f"gid://shopify/{kind}/{number}"


def connection(
    rows: Sequence[Any],
    *,
    render: Callable[[Any], Json] = lambda row: row,
    first: int | None = None,
    after: str | None = None,
) -> Json:
    """A page of rows by position. Raises GraphQLError as Shopify refuses such arguments."""
    size = page_size(first)
    start = position(after) + 1 if after else 0
    chosen = rows[start : start + size]
    end = start + len(chosen) - 1
    return {
        "nodes": [render(row) for row in chosen],
        "pageInfo": {
            "hasNextPage": end + 1 < len(rows),
            "endCursor": cursor(str(end)) if chosen else None,
        },
    }


def page_size(first: int | None) -> int:
    """Raises GraphQLError for a page size that Shopify refuses."""
    if first is None:
        raise GraphQLError("you must provide one of first or last", extensions=_BAD_REQUEST)
    if not 0 <= first <= PAGE_MAX:
        raise GraphQLError(f"first must be from 0 to {PAGE_MAX}", extensions=_BAD_REQUEST)
    return first


_BAD_REQUEST = {"code": "BAD_REQUEST"}


def cursor(text: str) -> str:
    """An opaque cursor."""
    return b64encode(text.encode()).decode()


def cursor_text(value: str) -> str:
    """What `cursor` hid. Raises GraphQLError."""
    try:
        return b64decode(value, validate=True).decode()
    except ValueError as error:
        raise GraphQLError("Invalid cursor for current pagination sort.") from error


def position(value: str) -> int:
    """The row of a positional cursor. Raises GraphQLError."""
    text = cursor_text(value)
    if not text.isdigit():
        raise GraphQLError("Invalid cursor for current pagination sort.")
    return int(text)
