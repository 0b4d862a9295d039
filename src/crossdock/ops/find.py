"""From any id to the documents it belongs to.

An id may be an order's number or name on its channel, the customer's purchase order number, its
name in the ERP, a work key, an effect key or a message key; or `message:12`, `effect:7`, `hold:3`.
A plain number that is nobody's order number is taken for a message, then for an effect.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crossdock.engine.store import Queries, Transaction, load_queries

SQL: Queries = load_queries(__package__, "find.sql")


class NotFound(LookupError):
    """Nobody here knows the id."""


class Ambiguous(LookupError):
    """More than one document has the id."""

    def __init__(self, id_: str, work_keys: Sequence[str]) -> None:
        super().__init__(
            f"{id_!r} belongs to {len(work_keys)} documents: {', '.join(work_keys)}; name one"
        )
        self.work_keys = tuple(work_keys)


@dataclass(frozen=True, slots=True)
class Found:
    """A document, and by what it was found."""

    work_key: str
    by: str


_NUMBERED = {"message": "by_message_id", "effect": "by_effect_id", "hold": "by_hold_id"}


def find_work(tx: Transaction, id_: str) -> list[Found]:
    """Every document the id belongs to; the surest way of finding decides. Empty when none."""
    id_ = id_.strip()
    for by, rows in _ways(tx, id_):
        if rows:
            return [Found(row.work_key, by) for row in rows]
    return []


def find_one(tx: Transaction, id_: str) -> Found:
    """The one document the id belongs to. Raises NotFound, Ambiguous."""
    found = find_work(tx, id_)
    if not found:
        raise NotFound(
            f"nothing here is known as {id_!r}; "
            "try `crossdock orders list` or `crossdock messages list`"
        )
    keys = list(dict.fromkeys(f.work_key for f in found))
    if len(keys) > 1:
        raise Ambiguous(id_, keys)
    return found[0]


def _ways(tx: Transaction, id_: str) -> Iterator[tuple[str, list[Any]]]:
    scheme, _, rest = id_.partition(":")
    if scheme in _NUMBERED and rest.isdecimal():
        yield scheme, tx.rows(SQL[_NUMBERED[scheme]], number=int(rest))
    companies = [row.company_id for row in tx.rows(SQL.companies)]
    yield "work key", tx.rows(SQL.by_work_key, companies=companies, id=id_)
    yield "alias", tx.rows(SQL.by_alias, companies=companies, spellings=[id_])
    yield "alias", tx.rows(SQL.by_alias, companies=companies, spellings=_spellings(id_))
    connections = [row.connection_id for row in tx.rows(SQL.connections)]
    yield "effect key", tx.rows(SQL.by_effect_key, connections=connections, id=id_)
    yield "message key", tx.rows(SQL.by_message_key, connections=connections, id=id_)
    yield "identity", tx.rows(SQL.by_identity, companies=companies, id=id_)
    if id_.isdecimal() and len(id_) < 19:
        yield "message", tx.rows(SQL.by_message_id, number=int(id_))
        yield "effect", tx.rows(SQL.by_effect_id, number=int(id_))


def _spellings(id_: str) -> list[str]:
    """How people write an order's name: with or without #, in any case."""
    bare = id_.lstrip("#").strip()
    return sorted(
        {f"{sign}{text}" for sign in ("", "#") for text in (bare, bare.upper(), bare.lower())}
    )
