"""The close of a day: account for every message, compare with what others list, keep the result.

    lists of the day │ first comparison │ by key: what differs │ one snapshot of our books │ keep
    network          │ read only        │ network               │ read only                 │

Nothing is called missing because a list did not show it: the second reading asks for it by its key.
What differs still, and moved while we read, is in flight. No lock is held over a call.

The meter plants losses of its own into the lists, and must find them (`ops.loss.canary`).

A close that finds what the one before it found writes nothing: it may be given as often as wanted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter

from crossdock.engine.local_day import local_day
from crossdock.engine.registry import Registry
from crossdock.engine.store import Store, Transaction, json_value
from crossdock.governance.audit import record_act
from crossdock.ops.act import act
from crossdock.ops.close_account import (
    NAMED,
    SQL,
    Scope,
    read_accounts,
    read_open,
    unproven,
)
from crossdock.ops.close_alarm import tell
from crossdock.ops.close_result import Close, CloseRun
from crossdock.ops.loss.canary import dead_outside, planted, without_canaries
from crossdock.ops.loss.canary_inside import dead_inside
from crossdock.ops.loss.evidence import read_evidence
from crossdock.ops.loss.gaps import find_gaps, first_places
from crossdock.ops.loss.locate import located
from crossdock.ops.loss.statement import statements
from crossdock.ops.loss.unmoved import adrift, read_unmoved
from crossdock.ops.read_lists import Beat, ListedByConnection, Read, look_up, read_lists, silent
from crossdock.ops.reconciliation.books import Books
from crossdock.ops.reconciliation.compare_books import lists_comparable
from crossdock.ops.reconciliation.comparison import Comparison
from crossdock.ops.reconciliation.difference import Difference, by_connection
from crossdock.ops.word import Word

KEPT = 500
"""Differences of one connection that are kept one by one; all are counted."""
FIRST_DAY = date(1970, 1, 1)
CLOSES: TypeAdapter[Close] = TypeAdapter(Close)
RUNS: TypeAdapter[CloseRun] = TypeAdapter(CloseRun)

Compare = Callable[[Transaction, ListedByConnection, Scope], Comparison]
"""The comparing half: reads our books in a snapshot and compares them with the lists."""


class NotClosed(LookupError):
    """No close of that day was kept."""


class NoDayYet(ValueError):
    """A close is an account of what was: of today at the latest."""


class OvertakenClose(RuntimeError):
    """A close that began later was kept meanwhile: this one's findings are older."""


class AlteredClose(ValueError):
    """A kept close differs from what the audit noted of it."""


def scope_of(
    registry: Registry, company_id: int, day: date | None, only: str, now: datetime
) -> Scope:
    """The connections to close. Without a day: today, where all of them agree on it, else in UTC.

    Raises UnknownConnection, NoDayYet.
    """
    wanted = [registry.by_name(only)] if only else list(registry.attached.values())
    mine = sorted(
        (a for a in wanted if a.connection.company_id == company_id),
        key=lambda a: a.connection.name,
    )
    today = {local_day(a.connection.settings, now) for a in mine}
    if day and not FIRST_DAY <= day <= max(today, default=local_day({}, now)):
        raise NoDayYet(f"{day} cannot be closed: name a day from {FIRST_DAY} until today")
    return Scope(
        company_id, day or (today.pop() if len(today) == 1 else local_day({}, now)), mine, only
    )


@dataclass(frozen=True, slots=True)
class Hold:
    """What a closer holds while it closes."""

    beat: Beat = silent
    """Says that it goes on."""
    check: Callable[[Transaction], None] = lambda _tx: None
    """Raises OvertakenClose where another has taken its place; in the transaction that keeps."""


def close_day(
    store: Store, scope: Scope, word: Word, compare: Compare | None = None,
    anew_since: datetime | None = None, hold: Hold | None = None,
) -> CloseRun:  # fmt: skip
    """Close a day and keep the result, with an entry in the audit, and with its questions.

    `anew_since`: a run that was kept before this instant is not taken for this one, even where it
    found the same; nor is one that was kept before the day had ended. Raises OvertakenClose.
    """
    hold = hold or Hold()
    read, before = Read(), Comparison()
    dead = list(dead_inside(store, scope, word.now))
    if compare:
        read = read_lists(scope, hold.beat)
        with store.transaction() as tx:
            tx.run(SQL.one_snapshot)
            before = compare(tx, planted(read.lists, scope), scope)
        look_up(read, scope, without_canaries(before, scope).to_look_up, hold.beat)
    with store.transaction() as tx:
        tx.run(SQL.one_snapshot)
        found = compare(tx, planted(read.lists, scope), scope).after(before) if compare else before
        close = _close(tx, scope, word.now, [*dead, *read.failed], found, set(read.lists))

    def keep(tx: Transaction) -> CloseRun:
        hold.check(tx)
        run = _keep(tx, close, word, _ended(scope, word.now, anew_since))
        tell(tx, scope, run, word)
        return run

    return act(store, keep)


def _ended(scope: Scope, now: datetime, anew_since: datetime | None) -> datetime | None:
    """What was kept before this instant is no proof: the day was not over then."""
    untils = [scope.bounds(a)[1] for a in scope.connections]
    instants = [until for until in untils if until <= now]
    return max([*instants, *([anew_since] if anew_since else [])], default=None)


def last_close(store: Store, scope: Scope) -> CloseRun:
    """The close of that day as it was kept last. Raises NotClosed, AlteredClose."""
    with store.transaction() as tx:
        row = _last(tx, scope.company_id, scope.day, scope.only)
    if row is None:
        of = f" of {scope.only}" if scope.only else ""
        raise NotClosed(f"{scope.day}{of} was not closed: `crossdock close --date {scope.day}`")
    kept = row.result["close"]
    of_this = (kept["day"], kept["scope"]) == (f"{scope.day}", scope.only)
    if _digest(kept) != row.noted or not of_this:
        raise AlteredClose(
            f"run {row.run_id} is not what the audit noted of it: something changed it by hand; "
            "see `crossdock audit verify`"
        )
    return RUNS.validate_python(row.result)


def _close(
    tx: Transaction, scope: Scope, now: datetime, failed: Sequence[Difference], found: Comparison,
    listed: Collection[str],
) -> Close:  # fmt: skip
    accounts = read_accounts(tx, scope)
    items = read_open(tx, scope, now)
    unmoved = read_unmoved(tx, scope)
    gaps = find_gaps(tx, scope, items, unmoved)
    told = without_canaries(found, scope)
    evidence = read_evidence(
        tx, scope, found.pairs, first_places(gaps), accounts, now, others=unmoved
    )
    orders = [pair.order for pair in told.pairs if pair.order]
    orders += Books(tx, scope.company_id).by_work_key(unmoved)
    gaps += adrift(orders, evidence, scope.only)
    evidence = replace(evidence, gaps=first_places(gaps))
    compared = {a.connection.name for a in scope.connections if lists_comparable(a)} & set(listed)
    dead = dead_outside(found, evidence, scope, compared)
    differences = [
        *unproven(tx, scope, accounts), *gaps, *failed, *dead,
        *located([p for p in told.pairs if not p.moving], evidence),
    ]  # fmt: skip
    return Close(
        company_id=scope.company_id,
        day=scope.day,
        scope=scope.only,
        accounts=accounts,
        open=items[:NAMED],
        open_count=sum(
            a.messages.open + a.messages.carried + a.effects.open + a.effects.carried
            for a in accounts
        ),
        compared=told.compared,
        differences=_named(differences),
        in_flight=_named(told.in_flight),
        statements=list(statements(accounts, told.pairs, evidence, differences, compared)),
        counted={c: len(ones) for c, ones in by_connection(differences).items()},
        in_flight_count=len(told.in_flight),
    )


def _named(differences: Sequence[Difference]) -> list[Difference]:
    """What is kept: the first of each connection."""
    kept: Counter[str] = Counter()
    found = []
    for one in differences:
        kept[one.connection] += 1
        if kept[one.connection] <= KEPT:
            found.append(one)
    return found


def _last(tx: Transaction, company_id: int, day: date, scope: str) -> Any:
    return tx.row(SQL.last_run, company_id=company_id, day=day, scope=scope)


def _digest(close: Any) -> str:
    return hashlib.sha256(json.dumps(close, sort_keys=True).encode()).hexdigest()


def _refuse_overtaken(tx: Transaction, close: Close, word: Word) -> None:
    later = tx.row(
        SQL.later_run, company_id=close.company_id, day=close.day, scope=close.scope, now=word.now
    )
    if later:
        raise OvertakenClose(
            f"{close.day} was closed meanwhile by {later.closed_by}, in a close that began later "
            f"(run {later.run_id}): `crossdock close --date {close.day} --show`, or close again"
        )


def _keep(tx: Transaction, close: Close, word: Word, anew_since: datetime | None) -> CloseRun:
    tx.run(SQL.lock_closes, company_id=close.company_id)
    _refuse_overtaken(tx, close, word)
    plain = CLOSES.dump_python(close, mode="json")
    digest = _digest(plain)
    row = _last(tx, close.company_id, close.day, close.scope)
    fresh = row is not None and (anew_since is None or row.closed_at >= anew_since)
    if fresh and row.digest == digest:
        return RUNS.validate_python({**row.result, "repeated": True})
    run_id = tx.rows(SQL.next_run_id)[0].run_id
    head = record_act(
        tx,
        company_id=close.company_id,
        principal=word.by,
        action="day.close",
        subject=f"close:{close.day.isoformat()}{':' if close.scope else ''}{close.scope}",
        now=word.now,
        detail={
            "run": run_id,
            "digest": digest,
            "differences": close.difference,
            "signed": [s.connection for s in close.statements if s.signed],
        },
    )
    run = CloseRun(run_id, word.now, word.by, head.sequence, head.hash, repeated=False, close=close)
    tx.run(
        SQL.keep_run,
        run_id=run_id, company_id=close.company_id, day=close.day, scope=close.scope,
        digest=digest, differences=close.difference, now=word.now, by=word.by,
        audit_sequence=head.sequence, audit_hash=head.hash,
        result=json_value(RUNS.dump_python(run, mode="json")),
    )  # fmt: skip
    return run
