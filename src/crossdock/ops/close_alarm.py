"""A close that differs becomes a question to a person; one that differs no more answers it."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.close_account import Scope
from crossdock.ops.close_result import CloseRun
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ops.word import Word

SQL = load_queries(__package__, "loss.sql")
CODE = "close_differs"
NAMED = 5
"""Differences that are named in the question; the close has them all."""
_FIX = (
    "`crossdock close --date {0} --show` says where each was lost and what mends it; then "
    "`crossdock close --date {0}`: it ends this question when nothing differs any more"
)


def raise_alarms(tx: Transaction, scope: Scope, run: CloseRun, word: Word) -> int:
    """Ask a person about every connection that differs, once a day; returns how many differ."""
    settle_alarms(tx, scope, run, word)
    told = _by_connection(run.close.differences)
    for attached in scope.connections:
        differences = told.get(attached.connection.name)
        if differences:
            value = _value(differences)
            tx.run(
                SQL.open_alarm,
                company_id=scope.company_id,
                connection_id=attached.connection.connection_id,
                work_key=_work_key(scope),
                code=CODE,
                reason=_reason(scope, differences),
                fix=_FIX.format(scope.day),
                value_amount=value.amount if value else None,
                value_currency=value.currency if value else None,
                owner=differences[0].owner,
                now=word.now,
            )
    return len(told)


def settle_alarms(tx: Transaction, scope: Scope, run: CloseRun, word: Word) -> None:
    """End the questions about this day of connections that do not differ any more."""
    differing = _by_connection(run.close.differences)
    even = [
        a.connection.connection_id for a in scope.connections if a.connection.name not in differing
    ]
    tx.run(
        SQL.close_alarms,
        company_id=scope.company_id,
        code=CODE,
        work_key=_work_key(scope),
        connections=even,
        by=word.by,
        now=word.now,
    )


def _work_key(scope: Scope) -> str:
    return f"close:{scope.day.isoformat()}"


def _reason(scope: Scope, differences: Sequence[Difference]) -> str:
    named = [f"{d.place or d.kind} {d.key}" for d in differences[:NAMED]]
    more = f" and {len(differences) - NAMED} more" if len(differences) > NAMED else ""
    return f"the close of {scope.day} differs: {', '.join(named)}{more}"


def _by_connection(differences: Sequence[Difference]) -> dict[str, list[Difference]]:
    found: defaultdict[str, list[Difference]] = defaultdict(list)
    for one in differences:
        found[one.connection].append(one)
    return dict(found)


def _value(differences: Sequence[Difference]) -> Money | None:
    """What is at stake, where it is of one currency; a document that differs twice counts once."""
    values = {(d.work_key or d.key): d.value for d in differences if d.value is not None}
    currencies = {value.currency for value in values.values()}
    if len(currencies) != 1:
        return None
    total = sum((value.amount for value in values.values()), Decimal(0))
    return Money(amount=total, currency=currencies.pop())
