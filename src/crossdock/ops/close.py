"""The close of a day: account for every message, compare with what others list, keep the result.

    lists of outside systems │ one snapshot of our books: accounts, open items, comparison │ keep
        network, no lock     │                   read only, no network                     │

A close that finds what the one before it found writes nothing: it may be given as often as wanted.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from crossdock.engine.local_day import local_day
from crossdock.engine.registry import Attached, Registry
from crossdock.engine.store import Store, Transaction, json_value
from crossdock.governance.audit import record_act
from crossdock.ops.act import act
from crossdock.ops.close_account import SQL, Scope, read_accounts, read_open, unproven
from crossdock.ops.close_result import Close, CloseRun, Comparison
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ops.word import Word
from crossdock.ports.capabilities import Connector
from crossdock.ports.errors import ConnectorError
from crossdock.ports.listing import Listed, Lists

CLOSES: TypeAdapter[Close] = TypeAdapter(Close)
RUNS: TypeAdapter[CloseRun] = TypeAdapter(CloseRun)

ListedByConnection = Mapping[str, Sequence[Listed]]
"""By connection: what it lists for its day, and around it (`AROUND`)."""
AROUND = timedelta(hours=2)
"""What came here just before midnight may have come to be elsewhere after it."""
Compare = Callable[[Transaction, ListedByConnection, Scope], Comparison]
"""The comparing half: reads our books in the close's snapshot and compares them with the lists.
A connection that does not list, or could not be read, has no entry."""


class NotClosed(LookupError):
    """No close of that day was kept."""


class AlteredClose(ValueError):
    """A kept close differs from what the audit noted of it."""


@dataclass(frozen=True, slots=True)
class _Read:
    lists: ListedByConnection
    failed: Sequence[Difference]


def scope_of(
    registry: Registry, company_id: int, day: date | None, only: str, now: datetime
) -> Scope:
    """The connections to close. Without a day: today, where all of them agree on it, else in UTC.

    Raises UnknownConnection.
    """
    wanted = [registry.by_name(only)] if only else list(registry.attached.values())
    mine = sorted(
        (a for a in wanted if a.connection.company_id == company_id),
        key=lambda a: a.connection.name,
    )
    today = {local_day(a.connection.settings, now) for a in mine}
    return Scope(
        company_id, day or (today.pop() if len(today) == 1 else local_day({}, now)), mine, only
    )


def close_day(store: Store, scope: Scope, word: Word, compare: Compare | None = None) -> CloseRun:
    """Close a day and keep the result, with an entry in the audit."""
    read = _read_lists(scope.connections, scope) if compare else _Read({}, ())
    with store.transaction() as tx:
        tx.run(SQL.one_snapshot)
        close = _close(tx, scope, word.now, read, compare)
    return act(store, lambda tx: _keep(tx, close, word))


def last_close(store: Store, scope: Scope) -> CloseRun:
    """The close of that day as it was kept last. Raises NotClosed, AlteredClose."""
    with store.transaction() as tx:
        row = _last(tx, scope.company_id, scope.day, scope.only)
    if row is None:
        of = f" of {scope.only}" if scope.only else ""
        raise NotClosed(f"{scope.day}{of} was not closed: `crossdock close --date {scope.day}`")
    if _digest(row.result["close"]) != row.noted:
        raise AlteredClose(
            f"run {row.run_id} is not what the audit noted of it: something changed it by hand; "
            "see `crossdock audit verify`"
        )
    return RUNS.validate_python(row.result)


def _close(
    tx: Transaction, scope: Scope, now: datetime, read: _Read, compare: Compare | None
) -> Close:
    accounts = read_accounts(tx, scope)
    items = read_open(tx, scope, now)
    compared = compare(tx, read.lists, scope) if compare else Comparison()
    differences = [*unproven(tx, scope, accounts, items), *read.failed, *compared.differences]
    return Close(
        company_id=scope.company_id,
        day=scope.day,
        scope=scope.only,
        accounts=accounts,
        open=items,
        open_count=sum(
            a.messages.open + a.messages.carried + a.effects.open + a.effects.carried
            for a in accounts
        ),
        compared=list(compared.compared),
        differences=differences,
    )


def _read_lists(connections: Sequence[Attached], scope: Scope) -> _Read:
    lists: dict[str, Sequence[Listed]] = {}
    failed: list[Difference] = []
    for attached in connections:
        connector: Connector = attached.connector
        if not isinstance(connector, Lists):
            continue
        name, (since, until) = attached.connection.name, scope.bounds(attached)
        try:
            lists[name] = [
                listed
                for kind in connector.listed_kinds()
                for listed in connector.list_documents(kind, since - AROUND, until + AROUND)
            ]
        except ConnectorError as error:
            failed.append(_not_listed(attached, error))
    return _Read(lists, failed)


def _not_listed(attached: Attached, error: ConnectorError) -> Difference:
    name, remedy = attached.connection.name, error.remedy or "close again when it answers"
    owner = attached.manifest.owner
    return Difference("not_listed", name, name, "not compared", error.reason, owner, remedy)


def _last(tx: Transaction, company_id: int, day: date, scope: str) -> Any:
    return tx.row(SQL.last_run, company_id=company_id, day=day, scope=scope)


def _digest(close: Any) -> str:
    return hashlib.sha256(json.dumps(close, sort_keys=True).encode()).hexdigest()


def _keep(tx: Transaction, close: Close, word: Word) -> CloseRun:
    tx.run(SQL.lock_closes, company_id=close.company_id)
    plain = CLOSES.dump_python(close, mode="json")
    digest = _digest(plain)
    row = _last(tx, close.company_id, close.day, close.scope)
    if row is not None and row.digest == digest:
        return RUNS.validate_python({**row.result, "repeated": True})
    run_id = tx.rows(SQL.next_run_id)[0].run_id
    head = record_act(
        tx,
        company_id=close.company_id,
        principal=word.by,
        action="day.close",
        subject=f"close:{close.day.isoformat()}{':' if close.scope else ''}{close.scope}",
        now=word.now,
        detail={"run": run_id, "digest": digest, "differences": len(close.differences)},
    )
    run = CloseRun(run_id, word.now, word.by, head.sequence, head.hash, repeated=False, close=close)
    tx.run(
        SQL.keep_run,
        run_id=run_id, company_id=close.company_id, day=close.day, scope=close.scope,
        digest=digest, differences=len(close.differences), now=word.now, by=word.by,
        audit_sequence=head.sequence, audit_hash=head.hash,
        result=json_value(RUNS.dump_python(run, mode="json")),
    )  # fmt: skip
    return run
