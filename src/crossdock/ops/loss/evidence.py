"""What is known about documents that two sides tell differently, read in the close's snapshot."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.close_account import Scope
from crossdock.ops.close_result import Account
from crossdock.ops.loss.place import Place
from crossdock.ops.reconciliation.compare_books import aliases_of, roles_of
from crossdock.ops.reconciliation.comparison import Pair
from crossdock.ports.erp import SEND_ORDER_RESPONSE
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER

SQL = load_queries("crossdock.ops", "loss.sql")
CURSOR_AHEAD_AT_MOST = timedelta(minutes=5)
"""By so much may a cursor be ahead of the sweep that wrote it: it is another system's clock."""
UNSWEPT_AT_MOST = timedelta(minutes=30)
"""Of a day that goes on, so much need not have been swept yet."""
CHUNK = 1000
TARGET = "fulfilment:"
"""With which the target of an effect on a warehouse begins."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one close."""

    gaps: Mapping[str, Place] = field(default_factory=dict)
    """By document: the place that our own tables name."""
    unreceived: Mapping[str, Place] = field(default_factory=dict)
    """By connection: why what never came never came."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """By connection: its role's operation."""
    have_messages: frozenset[str] = frozenset()
    """Documents about which some message is here."""
    effects: Mapping[tuple[str, str, str, str], str] = field(default_factory=dict)
    """By connection, document, operation and fulfilment: the state of the newest effect."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """By a key of an outside system: our document."""
    open_works: frozenset[str] = frozenset()
    """Documents about which something is open and owned."""

    def work_key(self, pair: Pair) -> str:
        """The document a pair is about, whether our books still have it or not."""
        if pair.order:
            return pair.order.work_key
        if self.roles.get(pair.connection, SEND_ORDER_RESPONSE) == SEND_ORDER_RESPONSE:
            return f"{pair.connection}:order:{pair.key}"
        aliases = aliases_of(pair.key, self.roles[pair.connection])
        return next((self.aliases[a] for a in aliases if a in self.aliases), "")

    def effect(
        self, connection: str, work_key: str, operation: str, fulfilment_id: str = ""
    ) -> str | None:
        """How far the newest of these effects came; None: there is none.

        `fulfilment_id`: an order has one such effect for each of its fulfilments.
        """
        of = fulfilment_id if operation == SEND_FULFILMENT_ORDER else ""
        return self.effects.get((connection, work_key, operation, of))


def read_evidence(
    tx: Transaction, scope: Scope, pairs: Sequence[Pair], gaps: Mapping[str, Place],
    accounts: Iterable[Account], now: datetime, others: Iterable[str] = (),
) -> Evidence:  # fmt: skip
    """For all that was compared: `open_works` and `effects` are of every order, not of those that
    differ alone. `others`: further documents."""
    roles = {a.connection.name: next(iter(roles_of(a)), "") for a in scope.connections}
    unknown = [pair for pair in pairs if pair.order is None]
    aliases = _aliases(tx, scope.company_id, unknown, roles)
    early = Evidence(roles=roles, aliases=aliases)
    works = sorted({key for pair in pairs if (key := early.work_key(pair))} | set(others))
    states: dict[tuple[str, str, str, str], str] = {}
    messages: set[str] = set()
    open_works: set[str] = set()
    for start in range(0, len(works), CHUNK):
        asked = {"company_id": scope.company_id, "work_keys": works[start : start + CHUNK]}
        states |= {_named(r): r.state for r in tx.rows(SQL.effects_of, **asked)}
        messages |= {r.work_key for r in tx.rows(SQL.messages_of, **asked)}
        open_works |= {r.work_key for r in tx.rows(SQL.open_works, **asked)}
    return Evidence(
        gaps, _unreceived(tx, scope, accounts, now), roles, frozenset(messages), states, aliases,
        frozenset(open_works),
    )  # fmt: skip


def _named(effect: Any) -> tuple[str, str, str, str]:
    of = effect.target_key.removeprefix(TARGET) if effect.operation == SEND_FULFILMENT_ORDER else ""
    return effect.connection, effect.work_key, effect.operation, of


def _aliases(
    tx: Transaction, company_id: int, pairs: Iterable[Pair], roles: Mapping[str, str]
) -> Mapping[str, str]:
    wanted = sorted(
        {a for pair in pairs for a in aliases_of(pair.key, roles.get(pair.connection, "")) if a}
    )
    found: dict[str, str] = {}
    for start in range(0, len(wanted), CHUNK):
        asked = {"company_id": company_id, "aliases": wanted[start : start + CHUNK]}
        found |= {row.alias: row.work_key for row in tx.rows(SQL.aliases, **asked)}
    return found


def _unreceived(
    tx: Transaction, scope: Scope, accounts: Iterable[Account], now: datetime
) -> Mapping[str, Place]:
    streams: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row in tx.rows(SQL.streams, connections=scope.columns["connections"]):
        streams[row.connection_id][row.stream] = row
    refused = {a.connection for a in accounts if any(a.refused.values())}
    return {
        a.connection.name: _why_unreceived(
            a, streams[a.connection.connection_id], scope.bounds(a)[1], now,
            refused=a.connection.name in refused,
        )
        for a in scope.connections
    }  # fmt: skip


def _why_unreceived(
    attached: Attached, streams: Mapping[str, Any], until: datetime, now: datetime, *, refused: bool
) -> Place:
    """A message that a webhook did not bring is the sweep's: what became of the sweep?"""
    declared = [s.name for s in attached.manifest.streams if s.projection is None]
    rows = [streams[name] for name in declared if name in streams]
    if not declared or len(rows) < len(declared):
        return Place.STREAM_MISSING
    if any(_is_ahead(row) for row in rows):
        return Place.CURSOR_AHEAD
    if any(row.as_of is None or row.as_of < min(until, now - UNSWEPT_AT_MOST) for row in rows):
        return Place.SWEEP_BEHIND
    return Place.REFUSED_AT_DOOR if refused else Place.PASSED_OVER


def _is_ahead(row: Any) -> bool:
    instants = cursor_instants(row.cursor or "")
    return row.as_of is not None and any(i > row.as_of + CURSOR_AHEAD_AT_MOST for i in instants)


def cursor_instants(cursor: str) -> Collection[datetime]:
    """The instants that a cursor's text names: its parts are divided by `|`."""
    found = []
    for part in cursor.split("|"):
        if not part[:4].isdigit() or part[4:5] != "-":
            continue
        try:
            instant = datetime.fromisoformat(part)
        except ValueError:
            continue
        found.append(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    return found
