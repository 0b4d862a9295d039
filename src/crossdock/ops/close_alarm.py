"""A close that differs becomes a question to a person; one that differs no more answers it.

So does one that fails again and again, until it has been made.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.close_account import Scope
from crossdock.ops.close_result import CloseRun
from crossdock.ops.reconciliation.difference import Difference, by_connection
from crossdock.ops.word import Word

SQL = load_queries(__package__, "loss.sql")
CODE = "close_differs"
FAILED = "close_failed"
NAMED = 5
"""Differences that are named in the question; the close has them all."""
_FIX = (
    "`crossdock close --date {0} --show` says where each was lost and what mends it; then "
    "`crossdock close --date {0}`: it ends this question when nothing differs any more"
)


_FIX_FAILED = (
    "`crossdock close --date {0}` says what keeps the day from being closed; once it is mended, "
    "the day is closed by itself within a quarter of an hour, which ends this question"
)


def tell_failure(
    tx: Transaction, scope: Scope, times: int, reason: str, now: datetime
) -> None:  # fmt: skip
    """Ask a person, once a day, why it cannot be closed; at the company's first connection."""
    first = min(a.connection.connection_id for a in scope.connections)
    tx.run(
        SQL.open_alarm,
        company_id=scope.company_id,
        connection_id=first,
        work_key=_work_key(scope),
        code=FAILED,
        reason=f"the close of {scope.day} failed {times} times in a row: {reason}",
        fix=_FIX_FAILED.format(scope.day),
        value_amount=None,
        value_currency=None,
        owner="integration",
        now=now,
    )


def tell(tx: Transaction, scope: Scope, run: CloseRun, word: Word) -> None:
    """End the questions about this day of connections that do not differ any more; ask a person
    about every other one whose day is over, once a day.

    Belongs into the transaction that keeps the close: none is kept without its questions.
    """
    told = by_connection(run.close.differences)
    numbers = {r.name: r.connection_id for r in tx.rows(SQL.numbers, company_id=scope.company_id)}
    _end(tx, scope, CODE, [n for name, n in _closed(scope).items() if name not in told], word)
    if not scope.only:
        _end(tx, scope, FAILED, list(numbers.values()), word)
    going_on = {a.connection.name for a in scope.connections if scope.bounds(a)[1] > word.now}
    attached = _closed(scope).keys()
    over = (attached - going_on) if going_on else numbers.keys()
    for name in sorted(told.keys() & numbers.keys() & over):
        _ask(tx, scope, numbers[name], told[name], run, word)


def _end(
    tx: Transaction, scope: Scope, code: str, connections: Sequence[int], word: Word
) -> None:  # fmt: skip
    tx.run(
        SQL.close_alarms,
        company_id=scope.company_id,
        code=code,
        work_key=_work_key(scope),
        connections=list(connections),
        by=word.by,
        now=word.now,
    )


def _closed(scope: Scope) -> dict[str, int]:
    return {a.connection.name: a.connection.connection_id for a in scope.connections}


def _ask(
    tx: Transaction, scope: Scope, connection_id: int, differences: Sequence[Difference],
    run: CloseRun, word: Word,
) -> None:  # fmt: skip
    value = _value(differences)
    count = run.close.counted.get(differences[0].connection, len(differences))
    tx.run(
        SQL.open_alarm,
        company_id=scope.company_id,
        connection_id=connection_id,
        work_key=_work_key(scope),
        code=CODE,
        reason=_reason(scope, differences, count),
        fix=_FIX.format(scope.day),
        value_amount=value.amount if value else None,
        value_currency=value.currency if value else None,
        owner=differences[0].owner,
        now=word.now,
    )


def _work_key(scope: Scope) -> str:
    return f"close:{scope.day.isoformat()}"


def _reason(scope: Scope, differences: Sequence[Difference], count: int) -> str:
    named = [f"{d.place or d.kind} {d.key}" for d in differences[:NAMED]]
    more = f" and {count - len(named)} more" if count > len(named) else ""
    return f"the close of {scope.day} differs: {', '.join(named)}{more}"


def _value(differences: Sequence[Difference]) -> Money | None:
    """What is at stake, where it is of one currency; a document that differs twice counts once."""
    values = {(d.work_key or d.key): d.value for d in differences if d.value is not None}
    currencies = {value.currency for value in values.values()}
    if len(currencies) != 1:
        return None
    total = sum((value.amount for value in values.values()), Decimal(0))
    return Money(amount=total, currency=currencies.pop())
