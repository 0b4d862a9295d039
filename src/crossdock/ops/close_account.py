"""The accounting half of a close: received = ended + open, made = ended + open, all owned."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crossdock.domain.money import Money
from crossdock.engine.local_day import day_bounds, zone_of
from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.close_result import (
    Account,
    EffectAccount,
    HoldAccount,
    MessageAccount,
    OpenItem,
)
from crossdock.ops.reconciliation.difference import Difference

SQL = load_queries(__package__, "close.sql")
NAMED = 1000
"""Of each connection: what is open, unaccounted or contradictory, and named one by one."""
EVERYTHING = 1_000_000
"""Of what is asked for by its own key, which few are."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is closed: some connections of one company, each with its own day's bounds."""

    company_id: int
    day: date
    connections: Sequence[Attached]
    only: str = ""
    """The connection it is limited to."""

    def bounds(self, attached: Attached) -> tuple[datetime, datetime]:
        """The day's first instant, and the next day's, in UTC."""
        return day_bounds(attached.connection.settings, self.day)

    @property
    def columns(self) -> dict[str, list[Any]]:
        bounds = [self.bounds(a) for a in self.connections]
        return {
            "connections": [a.connection.connection_id for a in self.connections],
            "sinces": [since for since, _ in bounds],
            "untils": [until for _, until in bounds],
        }


def read_accounts(tx: Transaction, scope: Scope) -> list[Account]:
    """One account per connection, in the scope's order."""
    columns = scope.columns
    messages = {row[0]: MessageAccount(*row[1:]) for row in tx.rows(SQL.messages, **columns)}
    effects = {row[0]: EffectAccount(*row[1:]) for row in tx.rows(SQL.effects, **columns)}
    holds = _by_number(tx.rows(SQL.holds, **columns))
    refused = _by_number(tx.rows(SQL.refused, connections=columns["connections"], day=scope.day))
    return [
        Account(
            connection=attached.connection.name,
            system=attached.connection.system,
            time_zone=zone_of(attached.connection.settings).key,
            since=since,
            until=until,
            messages=messages[number],
            effects=effects[number],
            holds=[HoldAccount(*row[1:]) for row in holds[number]],
            refused={row.reason: row.count for row in refused[number]},
        )
        for attached in scope.connections
        for number in [attached.connection.connection_id]
        for since, until in [scope.bounds(attached)]
    ]


def read_open(
    tx: Transaction, scope: Scope, now: datetime, works: Sequence[str] | None = None
) -> list[OpenItem]:
    """What is open, nobody's first, then the oldest; at most `NAMED` of each connection.

    `works`: about these documents alone.
    """
    names = _names(scope)
    columns = scope.columns
    rows = tx.rows(
        SQL.open_items,
        connections=columns["connections"],
        untils=columns["untils"],
        now=now,
        works=works,
        limit=NAMED if works is None else EVERYTHING,
    )
    return [
        OpenItem(
            names[r.connection_id], r.what, r.id, r.name, r.work_key, r.state, r.since, r.owner,
            r.reason, r.fix, r.hold_id,
            Money(amount=r.value_amount, currency=r.value_currency)
            if r.value_amount is not None and r.value_currency else None,
        )
        for r in rows
    ]  # fmt: skip


def read_unaccounted(tx: Transaction, scope: Scope, keys: Sequence[str] | None = None) -> list[Any]:
    """Arrivals that led to no message, and messages that no arrival brought: none may exist.

    At most `NAMED` of each connection; `keys`: of these message keys alone.
    """
    limit = NAMED if keys is None else EVERYTHING
    return tx.rows(SQL.unaccounted, **scope.columns, keys=keys, limit=limit)


def unproven(tx: Transaction, scope: Scope, accounts: Iterable[Account]) -> Iterator[Difference]:
    """Whatever contradicts the accounts: none of it may exist."""
    yield from _left_out(tx, scope)
    for account in accounts:
        yield from _unbalanced(account)


def _left_out(tx: Transaction, scope: Scope) -> Iterator[Difference]:
    """Where all are to be closed: those that are configured and could not be connected."""
    if scope.only:
        return
    numbers = scope.columns["connections"]
    for row in tx.rows(SQL.left_out, company_id=scope.company_id, connections=numbers):
        yield Difference(
            "left_out", row.name, row.name, "not accounted for", "configured", "integration",
            f"`crossdock connections check {row.name}` says what is wrong; then close again",
        )  # fmt: skip


def _unbalanced(account: Account) -> Iterator[Difference]:
    m, e = account.messages, account.effects
    if not m.balanced:
        yield Difference(
            "unbalanced_messages", account.connection, account.connection,
            f"{m.ended} ended + {m.open} open", f"{m.arrivals} received", "integration",
            "look at the unaccounted ones named with it",
        )  # fmt: skip
    if not e.balanced:
        yield Difference(
            "unbalanced_effects", account.connection, account.connection,
            f"{e.done + e.rejected + e.withdrawn} ended + {e.open} open", f"{e.made} made",
            "integration", "report it: an effect has a state that nobody knows",
        )  # fmt: skip


def _names(scope: Scope) -> dict[int, str]:
    return {a.connection.connection_id: a.connection.name for a in scope.connections}


def _by_number(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.connection_id].append(row)
    return found
