"""The comparing half of a close: every system's list of the day, joined with our own books by key.

Of a day at a system are the documents that it lists of that day, those of orders that came to us
on it, and those of orders about which anything came on it. What is found under one of these keys
is compared whole, whenever it came to be: a wave or a backorder of tomorrow is compared today as
far as it has come, and tomorrow again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction
from crossdock.ops.close_account import Scope
from crossdock.ops.reconciliation.books import Books
from crossdock.ops.reconciliation.channel_documents import expect_at_channel
from crossdock.ops.reconciliation.comparison import Comparison, Pair
from crossdock.ops.reconciliation.erp_documents import expect_in_erp
from crossdock.ops.reconciliation.expected import Expected
from crossdock.ops.reconciliation.judge import counted, judge, judge_unknown
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ops.reconciliation.warehouse_documents import expect_at_warehouse
from crossdock.ports.erp import CREATE_SALES_ORDER, SEND_ORDER_RESPONSE
from crossdock.ports.listing import Listed, ListedKind, Lists
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER

Expect = Callable[[LedgerOrder, str], Iterator[Expected]]
ROLES: Mapping[str, Expect] = {
    SEND_ORDER_RESPONSE: expect_at_channel,
    CREATE_SALES_ORDER: expect_in_erp,
    SEND_FULFILMENT_ORDER: expect_at_warehouse,
}
"""By the operation that makes a connection what it is."""
UNKNOWN = {
    SEND_ORDER_RESPONSE: (
        "integration",
        "`crossdock replay` what came for it, or wait for {}'s sweep",
    ),
    CREATE_SALES_ORDER: (
        "integration",
        "it bears our external id, but no order of ours does: look at it in {}",
    ),
    SEND_FULFILMENT_ORDER: ("warehouse", "ask {} which order it belongs to, and who sent it"),
}
"""Owner and remedy of what our books do not know."""

ALIASES: Mapping[str, Callable[[str], str]] = {
    CREATE_SALES_ORDER: lambda key: key.rpartition("sales_order_")[2],
    SEND_FULFILMENT_ORDER: lambda key: key.rpartition("-")[0],
}
"""By role: the order's identity, with which an external id ends and a fulfilment id begins."""

CLOCKS_APART = timedelta(hours=1)
"""By so much at most an order can be here before it is there, by either side's clock."""


def roles_of(attached: Attached) -> list[str]:
    """What a connection is: the operations of `ROLES` that it offers."""
    operations = {operation.name for operation in attached.manifest.operations}
    return [role for role in ROLES if role in operations]


def lists_comparable(attached: Attached) -> bool:
    """It lists something, and is something whose list can be compared."""
    connector = attached.connector
    return isinstance(connector, Lists) and bool(connector.listed_kinds() and roles_of(attached))


def aliases_of(key: str, role: str) -> Iterator[str]:
    """Under what our books may know a document that its system knows by this key."""
    yield key
    if role in ALIASES:
        yield ALIASES[role](key)


def compare_books(
    tx: Transaction, lists: Mapping[str, Sequence[Listed]], scope: Scope
) -> Comparison:
    """Compare each list there is with the ledger, document by document."""
    books = Books(tx, scope.company_id)
    pairs: list[Pair] = []
    for attached in scope.connections:
        listed = lists.get(attached.connection.name)
        if listed is None:
            continue
        for role in roles_of(attached):
            side = _Side(books, attached, role, ROLES[role])
            pairs += side.pairs(listed, *scope.bounds(attached))
    return Comparison(pairs)


class _Side:
    """One connection in one role."""

    def __init__(self, books: Books, attached: Attached, role: str, expect: Expect) -> None:
        self._books = books
        self._connection = attached.connection
        self._role = role
        self._expect = expect
        connector = attached.connector
        self._kinds = connector.listed_kinds() if isinstance(connector, Lists) else ()

    def pairs(self, listed: Sequence[Listed], since: datetime, until: datetime) -> Iterator[Pair]:
        there: defaultdict[tuple[ListedKind, str], list[Listed]] = defaultdict(list)
        for one in self._ours(listed):
            there[one.kind, one.key].append(one)
        orders = self._books.of_day(since, until)
        expected = self._expected(orders)
        keys = {key for _, key in expected}
        unknown = {key for _, key in there} - keys
        expected |= self._expected(self._look_for(unknown, since))
        keys |= {o.key for found in there.values() for o in found if since <= o.at < until}
        moving = self._moving(expected, there)
        for kind, key in sorted(set(expected) | set(there)):
            if key in keys and kind in self._kinds:
                pair = self._pair(kind, key, expected.get((kind, key)), there.get((kind, key), []))
                yield replace(pair, moving=bool(pair.differences) and key in moving)

    def _expected(self, orders: Iterable[LedgerOrder]) -> dict[tuple[ListedKind, str], Expected]:
        name = self._connection.name
        return {(e.kind, e.key): e for order in orders for e in self._expect(order, name)}

    def _ours(self, listed: Sequence[Listed]) -> Sequence[Listed]:
        """An ERP may serve other deployments too: external ids of the company's connections."""
        if self._role != CREATE_SALES_ORDER:
            return listed
        prefixes = tuple(f"crossdock_{name}." for name in self._books.connections())
        return [one for one in listed if one.key.startswith(prefixes)]

    def _look_for(self, keys: set[str], since: datetime) -> list[LedgerOrder]:
        """Orders of ours that these keys belong to, whenever they came to us."""
        found = self._books.by_alias({a for key in keys for a in aliases_of(key, self._role)})
        if self._role == SEND_ORDER_RESPONSE:
            left = keys - {key for _, key in self._expected(found)}
            if left:
                number = self._connection.connection_id
                found += self._books.by_channel_id(number, left, since - CLOCKS_APART)
        return found

    def _moving(
        self, expected: Mapping[tuple[ListedKind, str], Expected],
        there: Iterable[tuple[ListedKind, str]],
    ) -> set[str]:  # fmt: skip
        """Keys of documents about which something is open that may make the sides equal."""
        number = self._connection.connection_id
        works = {key: e.order.work_key for (_, key), e in expected.items()}
        moving = self._books.moving(set(works.values()), number)
        arriving = {
            key: f"{self._connection.name}:order:{key}" for _, key in there if key not in works
        }
        waiting = self._books.waiting(number, set(arriving.values()))
        return {key for key, work in works.items() if work in moving} | {
            key for key, work in arriving.items() if work in waiting
        }

    def _pair(
        self, kind: ListedKind, key: str, expected: Expected | None, there: Sequence[Listed]
    ) -> Pair:
        name = self._connection.name
        if expected is None:
            owner, remedy = UNKNOWN[self._role]
            found = judge_unknown(name, there, owner, remedy.format(name))
        else:
            found = judge(name, expected, there)
        return Pair(
            name, kind.value, key, *counted(expected, there), tuple(found),
            expected.order if expected else None, expected.record if expected else "",
        )  # fmt: skip
