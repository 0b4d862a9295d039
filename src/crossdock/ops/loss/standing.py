"""Whether a document has ended or is open, by what our books say of the document itself. Pure."""

from collections.abc import Collection

from crossdock.ops.reconciliation.comparison import Pair
from crossdock.ops.reconciliation.ledger_order import LedgerFulfilment, LedgerOrder
from crossdock.ports.listing import ListedKind
from crossdock.processes.order_to_cash.order_status import OrderStatus

ENDS = frozenset(
    {
        OrderStatus.SHIPPED,
        OrderStatus.INVOICED,
        OrderStatus.CANCELLED,
        OrderStatus.REJECTED,
        OrderStatus.TAKEN_BY_HAND,
    }
)
"""Statuses after which nothing of an order is to leave."""


def at_its_end(order: LedgerOrder) -> bool:
    """Nothing more is to leave. Where the ERP's own staff ship, that it is confirmed ends it."""
    return order.status in ENDS or (order.status is OrderStatus.CONFIRMED and not order.ships)


def with_a_warehouse(order: LedgerOrder) -> bool:
    """A warehouse has some of it, and has not said that it is done."""
    return any(waits_there(f) for f in order.fulfilments)


def waits_there(fulfilment: LedgerFulfilment) -> bool:
    """The warehouse has it, and has neither shipped all of it nor closed it."""
    return fulfilment.sent and not fulfilment.ended


def has_ended(pair: Pair, open_works: Collection[str]) -> bool:
    """Both sides have the document, and its own status says that it is done."""
    return not pair.moving and not _worked_on(pair, open_works) and _is_done(pair)


def is_open(pair: Pair, open_works: Collection[str]) -> bool:
    """It is being worked on, or an outside system has it and will tell of it."""
    if pair.moving or _worked_on(pair, open_works):
        return True
    order, fulfilment = pair.order, _fulfilment(pair)
    if order is None or pair.kind != ListedKind.ORDER:
        return False
    if fulfilment is not None:
        return waits_there(fulfilment)
    return not at_its_end(order) and with_a_warehouse(order)


def _worked_on(pair: Pair, open_works: Collection[str]) -> bool:
    return pair.order is not None and pair.order.work_key in open_works


def _is_done(pair: Pair) -> bool:
    """A shipment or an invoice that stands on both sides is done."""
    order, fulfilment = pair.order, _fulfilment(pair)
    if order is None:
        return False
    if pair.kind != ListedKind.ORDER:
        return not pair.differences
    return fulfilment.ended if fulfilment is not None else at_its_end(order)


def _fulfilment(pair: Pair) -> LedgerFulfilment | None:
    """The one that a warehouse's document is."""
    if pair.order is None:
        return None
    return next(
        (
            f
            for f in pair.order.fulfilments
            if f.fulfilment_id == pair.key and f.warehouse == pair.connection
        ),
        None,
    )
