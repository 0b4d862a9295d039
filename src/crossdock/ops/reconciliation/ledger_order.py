"""An order as our own books have it, in the terms of every system's list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crossdock.domain.fulfilment import WarehouseEventKind
from crossdock.domain.identifiers import IdentifierScheme
from crossdock.domain.money import Money
from crossdock.domain.order_response import OrderResponseStatus
from crossdock.domain.sales_order import ChargeKind, OrderLine, SalesOrder
from crossdock.processes.order_to_cash.fulfilment.effects import shipment_id
from crossdock.processes.order_to_cash.fulfilment.progress import (
    Amounts,
    Fulfilment,
    Progress,
    sum_lines,
)
from crossdock.processes.order_to_cash.order_state import SalesOrderState, channel_order_id
from crossdock.processes.order_to_cash.order_status import OrderStatus

Quantities = Mapping[str, Decimal]
"""By SKU."""
WHOLE = (OrderStatus.SHIPPED, OrderStatus.INVOICED)
"""All that will be shipped has left."""


@dataclass(frozen=True, slots=True)
class LedgerFulfilment:
    """What one warehouse was asked for, and what it said."""

    fulfilment_id: str
    warehouse: str
    sent: bool
    """The warehouse has it, or has told something about it."""
    will_not_ship: bool
    closed: bool
    """The warehouse has said that nothing more of it will leave."""
    ordered: Quantities
    shipped: Quantities
    ended: bool = False
    """Nothing more of it comes: all shipped, closed with every shipment known, or never to ship."""


@dataclass(frozen=True, slots=True)
class AtChannel:
    """The order in the channel's own SKUs: those that it wrote itself."""

    ordered: Quantities
    """What it still has to list as ordered: without what was given up, once the order has ended."""
    shipped: Quantities
    told: Quantities
    """Shipped, of which the channel knows."""
    services: frozenset[str]
    """SKUs that no warehouse ships: what the channel says of their fulfilment is its own affair."""
    total: Money
    """Likewise without what was given up, whose share of discounts and taxes went with it."""
    tolerance: Decimal
    """What such a share may be rounded by."""
    total_at_most: bool
    """Duties go back with the goods, by a share that only the channel knows."""


@dataclass(frozen=True, slots=True)
class LedgerOrder:
    """What reconciliation compares."""

    work_key: str
    connection: str
    reference: str
    """The order's id on its channel."""
    name: str
    status: OrderStatus
    at: datetime
    """When it came to us."""
    total: Money
    tolerance: Decimal
    erp: str
    external_id: str
    erp_id: str
    """Its number in the ERP's database; empty while nothing of it stood there."""
    erp_name: str
    channel_cancelled: bool
    refused_cancellation: bool
    """The channel cancelled too late and was told so: its state and ours differ for good."""
    ships: bool
    """We have its goods shipped; otherwise what is delivered and invoiced is the ERP's affair."""
    invoicing: str
    """on_completion | per_shipment | never"""
    at_channel: AtChannel
    ordered: Quantities
    """In the ERP's SKUs, goods only."""
    shipped: Quantities
    """Likewise, as the warehouses reported it."""
    fulfilments: tuple[LedgerFulfilment, ...]
    invoices: tuple[str, ...]
    invoice_total: Money | None
    """What the invoices of all that was shipped come to; None where we cannot know."""
    invoice_tolerance: Decimal

    @property
    def label(self) -> str:
        return self.name or self.reference


def ledger_order(work_key: str, status: str, at: datetime, state: SalesOrderState) -> LedgerOrder:
    """From the process's state of one order."""
    progress, order = state.progress, state.order
    tolerance = Decimal(state.total_tolerance)
    left = _left(order, progress) if status in WHOLE else progress.given_up
    parts = len(left) + max(len(progress.invoices) - 1, 0) * len(order.lines)
    return LedgerOrder(
        work_key=work_key,
        connection=state.connection,
        reference=channel_order_id(order),
        name=order.name,
        status=OrderStatus(status),
        at=at,
        total=order.total,
        tolerance=tolerance,
        erp=state.erp,
        external_id=state.external_id,
        erp_id=str(state.erp_id or ""),
        erp_name=state.erp_name,
        channel_cancelled=state.channel_cancelled,
        refused_cancellation=state.cancellation_answer is OrderResponseStatus.CANCELLATION_REFUSED,
        ships=bool(progress.warehouses),
        invoicing=progress.invoice,
        at_channel=_at_channel(state, OrderStatus(status)),
        ordered=_by_sku(progress.goods, _ordered(order)),
        shipped=_shipped(progress),
        fulfilments=tuple(_fulfilment(f) for f in progress.fulfilments),
        invoices=progress.invoices,
        invoice_total=_invoice_total(order, left),
        invoice_tolerance=tolerance + _smallest(order.total) * parts,
    )


def _fulfilment(known: Fulfilment) -> LedgerFulfilment:
    skus = {line.line_id: line.sku for line in known.lines}
    return LedgerFulfilment(
        known.fulfilment_id, known.warehouse, known.sent or bool(known.facts), known.will_not_ship,
        bool(known.of_kind(WarehouseEventKind.CLOSED)), _by_sku(skus, known.ordered),
        _by_sku(skus, known.shipped), known.ended,
    )  # fmt: skip


def _at_channel(state: SalesOrderState, status: OrderStatus) -> AtChannel:
    order, progress = state.order, state.progress
    skus = {line.line_id: _channel_sku(line) for line in (*state.gone, *order.lines)}
    gone = progress.given_up if status in WHOLE else {}
    standing = {n: amount - gone.get(n, 0) for n, amount in _ordered(order).items()}
    told = (e for f, e in progress.shipments if shipment_id(f, e) in progress.told)
    goods = {skus[n] for n in progress.goods if n in skus}
    return AtChannel(
        ordered=_by_sku(skus, standing),
        shipped=_by_sku(skus, sum_lines(e for _, e in progress.shipments)),
        told=_by_sku(skus, sum_lines(told)),
        services=frozenset(set(skus.values()) - goods),
        total=_without(order, gone),
        tolerance=_smallest(order.total)
        * sum(1 + len(line.taxes) for line in order.lines if line.line_id in gone),
        total_at_most=bool(gone) and any(c.kind is ChargeKind.DUTY for c in order.charges),
    )


def _channel_sku(line: OrderLine) -> str:
    return line.product.identifier(IdentifierScheme.SELLER_SKU) or line.product.description


def _ordered(order: SalesOrder) -> Amounts:
    return {line.line_id: line.quantity.amount for line in order.lines}


def _shipped(progress: Progress) -> Quantities:
    """As the warehouses named it: a line may have become another product since."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _, event in progress.shipments:
        for line in event.lines:
            found[line.sku] += line.quantity.amount
    return dict(found)


def _left(order: SalesOrder, progress: Progress) -> Amounts:
    """Of an order that has ended: what did not leave, by line; more than was agreed on is less.

    What was given up, and what a change brought that no warehouse of ours was given.
    """
    shipped = sum_lines(event for _, event in progress.shipments)
    left = {
        line: amount - shipped.get(line, Decimal(0))
        for line, amount in _ordered(order).items()
        if line in progress.goods
    }
    return {line: amount for line, amount in left.items() if amount}


def _by_sku(skus: Mapping[str, str], lines: Amounts) -> Quantities:
    """Summed over lines of one SKU; lines that `skus` does not name are left out."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line_id, amount in lines.items():
        if line_id in skus:
            found[skus[line_id]] += amount
    return dict(found)


def _invoice_total(order: SalesOrder, given_up: Amounts) -> Money | None:
    """The order's total without the share of what did not leave.

    None where a line that was cut has a discount: an ERP may book that as a line of its own.
    """
    if any(line.allowance for line in order.lines if given_up.get(line.line_id)):
        return None
    return _without(order, given_up)


def _without(order: SalesOrder, given_up: Amounts) -> Money:
    cut = (line for line in order.lines if given_up.get(line.line_id))
    left = sum((_share(order, line, given_up) for line in cut), Decimal(0))
    return Money(amount=order.total.amount - left, currency=order.total.currency)


def _share(order: SalesOrder, line: OrderLine, given_up: Amounts) -> Decimal:
    taxes: Iterable[Decimal] = () if order.prices_include_tax else (t.amount for t in line.taxes)
    gross = line.net + sum(taxes, Decimal(0))
    return (gross * given_up[line.line_id] / line.quantity.amount).quantize(_smallest(order.total))


def _smallest(total: Money) -> Decimal:
    """The currency's smallest coin: 0.01 EUR, 1 JPY."""
    return Decimal(1).scaleb(-total.exponent)
