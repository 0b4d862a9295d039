"""Whole tables out of the database and into it, in COPY's text form, which no version changes.

The rows come in the order of the primary key, texts compared byte by byte: the same rows are the
same bytes on any server.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from psycopg import sql

from crossdock.engine.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as a statement names it."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """Columns of the primary key."""
    texts: frozenset[str]
    """Those of the key that have a collation."""


def copy_out(tx: Transaction, table: TableShape) -> Generator[bytes, None, None]:
    """The rows that this session sees, in pieces; one line each. Close it where it is not read to
    its end: the session is good for nothing else before.
    """
    order = [
        sql.SQL('{} COLLATE "C"' if column in table.texts else "{}").format(sql.Identifier(column))
        for column in table.key
    ]
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _names(table.columns), sql.Identifier(table.name), sql.SQL(", ").join(order)
    )
    with tx.copy(statement) as copy:
        for piece in copy:
            yield bytes(piece)


def copy_in(tx: Transaction, table: TableShape, pieces: Iterable[bytes]) -> None:
    """Insert rows as `copy_out` gave them. The session must own the table, see `Owner`.

    Raises StatementFailed for bytes that are no rows of this table.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), _names(table.columns)
    )
    with tx.copy(statement) as copy:
        for piece in pieces:
            copy.write(piece)


def lock_for_reading(tx: Transaction, names: Iterable[str]) -> None:
    """Nobody alters these tables before the transaction ends; rows come and go as always.

    A table that is rewritten after a snapshot was taken looks empty in it.
    """
    tx.run_composed(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(_names(names)))


def has_rows(tx: Transaction, table: TableShape) -> bool:
    """Whether there is any row that this session sees."""
    statement = sql.SQL("COPY (SELECT FROM {} LIMIT 1) TO STDOUT").format(
        sql.Identifier(table.name)
    )
    with tx.copy(statement) as copy:
        return len(list(copy)) > 0


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
