"""Columns of a bulk statement: lists of one type, sent as binary arrays.

The driver's own dumper looks at every element and escapes it in Python; a batch of a few hundred
rows spends more time there than in the database.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from psycopg import Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct("!iiIii")
_LENGTH = struct.Struct("!i")
_INT8 = struct.Struct("!iq")
_NULL = _LENGTH.pack(-1)
_TEXT, _BYTEA, _INT = 25, 17, 20


class TextColumn(list[str | None]):
    """Sent as text[]."""


class BytesColumn(list[bytes | None]):
    """Sent as bytea[]."""


class IntColumn(list[int | None]):
    """Sent as bigint[]."""


_COLUMNS: dict[type, type[list[Any]]] = {str: TextColumn, bytes: BytesColumn, int: IntColumn}


def columns(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with every uniform list marked as a column; other values as they are."""
    return {name: _column(v) if type(v) is list and v else v for name, v in parameters.items()}


def _column(values: list[Any]) -> list[Any]:
    first = next((type(v) for v in values if v is not None), None)
    kind = _COLUMNS.get(first) if first else None
    return kind(values) if kind else values


def _array(oid: int, count: int, parts: list[bytes], nulls: bool) -> bytes:
    return _HEAD.pack(1, int(nulls), oid, count, 1) + b"".join(parts)


def _array_of_bytes(oid: int, elements: Sequence[bytes | None]) -> bytes:
    """Every element is copied once: bodies are large."""
    parts = [_HEAD.pack(1, int(None in elements), oid, len(elements), 1)]
    for element in elements:
        if element is None:
            parts.append(_NULL)
        else:
            parts += (_LENGTH.pack(len(element)), element)
    return b"".join(parts)


class _TextDumper(Dumper):
    format: ClassVar[Format] = Format.BINARY  # type: ignore[misc]
    oid: ClassVar[int] = 1009  # type: ignore[misc]

    def dump(self, obj: list[str | None]) -> bytes:
        return _array_of_bytes(_TEXT, [None if v is None else v.encode() for v in obj])


class _BytesDumper(Dumper):
    format: ClassVar[Format] = Format.BINARY  # type: ignore[misc]
    oid: ClassVar[int] = 1001  # type: ignore[misc]

    def dump(self, obj: list[bytes | None]) -> bytes:
        return _array_of_bytes(_BYTEA, obj)


class _IntDumper(Dumper):
    format: ClassVar[Format] = Format.BINARY  # type: ignore[misc]
    oid: ClassVar[int] = 1016  # type: ignore[misc]

    def dump(self, obj: list[int | None]) -> bytes:
        parts = [_NULL if e is None else _INT8.pack(8, e) for e in obj]
        return _array(_INT, len(obj), parts, None in obj)


def register(connection: Connection[Any]) -> None:
    """Teach one session to send columns."""
    for column, dumper in (
        (TextColumn, _TextDumper),
        (BytesColumn, _BytesDumper),
        (IntColumn, _IntDumper),
    ):
        connection.adapters.register_dumper(column, dumper)
