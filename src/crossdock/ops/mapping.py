"""Map a connection's own code to the ERP's, and release everything that waited for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crossdock.engine.projections import find_records, similar
from crossdock.engine.registry import UnknownConnection
from crossdock.engine.store import Transaction, load_queries
from crossdock.governance.audit import record_act
from crossdock.governance.mappings import (
    MappingKey,
    MappingKind,
    drop_mapping,
    put_mapping,
    read_mapping,
)
from crossdock.ops.release_hold import release_for_need
from crossdock.ops.word import Word

SQL = load_queries(__package__, "mapping.sql")


TAX_CODE = re.compile(r"(0|[1-9]\d*)(\.\d*[1-9])?:(excl|incl)")
"""How an order's tax is asked for: its rate without needless zeros, and what prices contain."""


class UnknownCode(LookupError):
    """The ERP's projection has no record with that code."""


class BadMapping(ValueError):
    """A mapping that nothing could ever use."""


class NoSuchMapping(LookupError):
    """There is nothing to remove."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a mapping did."""

    connection: str
    kind: MappingKind
    external_code: str
    canonical_code: str
    replaced: str | None
    released: Sequence[int] = field(default_factory=tuple)
    """Holds that were released, in order of arrival."""


def map_code(
    tx: Transaction,
    connection: str,
    kind: MappingKind,
    codes: tuple[str, str],
    word: Word,
    *,
    unchecked: bool = False,
) -> Mapped:
    """Write the mapping `codes[0]` (theirs) → `codes[1]` (the ERP's) and release what waited.

    Raises UnknownConnection, BadMapping for a code that can never be met, and UnknownCode when the
    ERP has no such record, unless `unchecked`.
    """
    row = _connection(tx, connection)
    external_code, canonical_code = (code.strip() for code in codes)
    _require_usable(kind, external_code, canonical_code)
    if not unchecked:
        _check(tx, row, kind, canonical_code)
    key = MappingKey(row.connection_id, kind, external_code)
    replaced = put_mapping(tx, key, canonical_code, by=word.by, now=word.now)
    need = f"{kind}:{connection}:{external_code}"
    released = release_for_need(tx, row.company_id, need, word)
    record_act(
        tx,
        company_id=row.company_id,
        principal=word.by,
        action="mapping.put",
        subject=f"mapping:{need}",
        now=word.now,
        detail={
            "canonical_code": canonical_code,
            "replaced": replaced,
            "released_holds": released,
            "why": word.why,
        },
    )
    return Mapped(connection, kind, external_code, canonical_code, replaced, released)


def unmap_code(
    tx: Transaction, connection: str, kind: MappingKind, external_code: str, word: Word
) -> str:
    """Remove a mapping; returns the code it led to. Raises UnknownConnection, NoSuchMapping."""
    row = _connection(tx, connection)
    dropped = drop_mapping(tx, MappingKey(row.connection_id, kind, external_code))
    if dropped is None:
        raise NoSuchMapping(
            f"{connection} has no mapping of {kind} {external_code!r}; see `crossdock map list`"
        )
    record_act(
        tx,
        company_id=row.company_id,
        principal=word.by,
        action="mapping.drop",
        subject=f"mapping:{kind}:{connection}:{external_code}",
        now=word.now,
        detail={"canonical_code": dropped, "why": word.why},
    )
    return dropped


def find_mapping(
    tx: Transaction, connection: str, kind: MappingKind, external_code: str
) -> str | None:
    """The code it leads to; None when there is none. Raises UnknownConnection."""
    row = _connection(tx, connection)
    return read_mapping(tx, MappingKey(row.connection_id, kind, external_code))


def _require_usable(kind: MappingKind, external_code: str, canonical_code: str) -> None:
    if not external_code or not canonical_code:
        raise BadMapping(f"a {kind.value} code cannot be empty: give theirs, then Odoo's")
    if kind is MappingKind.TAX and not TAX_CODE.fullmatch(external_code):
        raise BadMapping(
            f"{external_code!r} can never be met: a channel's tax is its rate in per cent and "
            "whether prices contain it, such as `6:excl` or `8.25:incl`"
        )


def _connection(tx: Transaction, name: str) -> Any:
    row = tx.row(SQL.connection, name=name)
    if row is None:
        raise UnknownConnection(name, [r.name for r in tx.rows(SQL.connection_names)])
    return row


def _check(tx: Transaction, channel: Any, kind: MappingKind, code: str) -> None:
    """A typing error must not send orders to a product nobody meant."""
    erp = tx.row(SQL.connection, name=channel.erp)
    key = f"{kind.scheme}:{code}"
    if erp is None or find_records(tx, erp.connection_id, kind.projection, [key]):
        return
    near = [
        s["key"].partition(":")[2] for s in similar(tx, erp.connection_id, kind.projection, key)
    ]
    hint = f"did you mean {' or '.join(near)}?" if near else "create it there first"
    raise UnknownCode(
        f"{channel.erp} has no {kind.projection} with {key}: {hint} "
        "(a record made a moment ago: wait for the next sweep, or add --unchecked)"
    )
