"""The comparing half of a close: every system's list of the day against our own books."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.close import AROUND
from crossdock.ops.close_account import Scope
from crossdock.ops.close_result import Compared, Comparison
from crossdock.ops.reconciliation.compare_channel import compare_channel, missing_at_channel
from crossdock.ops.reconciliation.compare_erp import compare_erp, missing_in_erp
from crossdock.ops.reconciliation.compare_warehouse import compare_warehouse
from crossdock.ops.reconciliation.difference import Difference
from crossdock.ops.reconciliation.ledger_order import LedgerOrder, ledger_order
from crossdock.ports.erp import CREATE_SALES_ORDER, SEND_ORDER_RESPONSE
from crossdock.ports.listing import Listed, ListedKind
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER
from crossdock.processes.order_to_cash.order_state import SalesOrderState

SQL = load_queries("crossdock.ops", "reconciliation.sql")
PAGE = 1000


def compare_books(
    tx: Transaction, lists: Mapping[str, Sequence[Listed]], scope: Scope
) -> Comparison:
    """Compare the orders of the scope's day with each list there is.

    `lists` and books reach `AROUND` beyond the day. Orders that are still on their way are no
    difference: they are open, and owned.
    """
    bounds = [scope.bounds(attached) for attached in scope.connections]
    if not bounds:
        return Comparison()
    since = min(start for start, _ in bounds) - AROUND
    until = max(end for _, end in bounds) + AROUND
    orders = list(_ledger_orders(tx, scope.company_id, since, until))
    names = [attached.connection.name for attached in scope.connections]
    compared: list[Compared] = []
    differences: list[Difference] = []
    for attached, (start, end) in zip(scope.connections, bounds, strict=True):
        if attached.connection.name not in lists:
            continue
        listed = _ours(attached, lists[attached.connection.name], names)
        day = [order for order in orders if start <= order.at < end]
        keys = {order.external_id for order in day} | {order.reference for order in day}
        of_day = [one for one in listed if start <= one.at < end or one.key in keys]
        differences += _compare(attached, of_day, listed, day, orders)
        compared += _counted(attached.connection.name, of_day, day)
    return Comparison(compared, differences)


def _operations(attached: Attached) -> set[str]:
    return {operation.name for operation in attached.manifest.operations}


def _ours(
    attached: Attached, listed: Sequence[Listed], connections: Sequence[str]
) -> Sequence[Listed]:
    """An ERP may serve other deployments too: external ids of our connections are ours."""
    if CREATE_SALES_ORDER not in _operations(attached):
        return listed
    prefixes = tuple(f"crossdock_{connection}." for connection in connections)
    return [one for one in listed if one.key.startswith(prefixes)]


def _compare(
    attached: Attached, of_day: Sequence[Listed], listed: Sequence[Listed],
    day: Sequence[LedgerOrder], orders: Sequence[LedgerOrder],
) -> Iterator[Difference]:  # fmt: skip
    name, can = attached.connection.name, _operations(attached)
    if SEND_ORDER_RESPONSE in can:
        own = {o.reference: o for o in orders if o.connection == name}
        keys = {one.key for one in listed if one.kind is ListedKind.ORDER}
        yield from compare_channel(name, of_day, own)
        yield from missing_at_channel(name, keys, [o for o in day if o.connection == name])
    if CREATE_SALES_ORDER in can:
        by_external_id = {o.external_id: o for o in orders if o.erp == name and o.external_id}
        yield from compare_erp(name, of_day, by_external_id)
        yield from missing_in_erp(name, listed, [o for o in day if o.erp == name and o.in_erp])
    if SEND_FULFILMENT_ORDER in can:
        yield from compare_warehouse(name, of_day, orders)


def _counted(name: str, listed: Sequence[Listed], day: Sequence[LedgerOrder]) -> Iterator[Compared]:
    """How many documents of each kind either side has of the day."""
    theirs = Counter(one.kind for one in listed)
    ours = {
        ListedKind.ORDER: sum(name in (o.connection, o.erp if o.in_erp else "") for o in day),
        ListedKind.SHIPMENT: sum(_ships(name, order) for order in day),
        ListedKind.INVOICE: sum(bool(o.invoices) and o.erp == name for o in day),
    }
    for kind in ListedKind:
        if theirs[kind] or ours[kind]:
            yield Compared(name, kind.value, ours[kind], theirs[kind])


def _ships(name: str, order: LedgerOrder) -> int:
    """Documents that carry the order's shipments on that side."""
    by_warehouse = [
        shipped for (warehouse, _), shipped in order.by_fulfilment.items() if warehouse == name
    ]
    if by_warehouse:
        return sum(any(shipped.values()) for shipped in by_warehouse)
    told = order.told if name == order.connection else order.shipped
    return int(name in (order.connection, order.erp) and any(told.values()))


def _ledger_orders(
    tx: Transaction, company_id: int, since: datetime, until: datetime
) -> Iterator[LedgerOrder]:
    """The company's sales orders that came in [since, until), read page by page."""
    after = ""
    while True:
        rows = tx.rows(
            SQL.orders_of, company_id=company_id, since=since, until=until, after=after, limit=PAGE
        )
        for row in rows:
            state = SalesOrderState.model_validate_json(row.data)
            yield ledger_order(row.work_key, row.status, row.created_at, state)
        if len(rows) < PAGE:
            return
        after = rows[-1].work_key
