"""An order as our own books have it, in the terms of every system's list."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.processes.order_to_cash.fulfilment.effects import shipment_id
from crossdock.processes.order_to_cash.fulfilment.progress import sum_lines
from crossdock.processes.order_to_cash.order_state import SalesOrderState, channel_order_id

Quantities = Mapping[str, Decimal]
"""By SKU."""


@dataclass(frozen=True, slots=True)
class LedgerOrder:
    """What reconciliation compares."""

    work_key: str
    connection: str
    reference: str
    """The order's id on its channel."""
    name: str
    status: str
    at: datetime
    """When it came to us."""
    total: Money
    tolerance: Decimal
    erp: str
    external_id: str
    erp_name: str
    in_erp: bool
    """A sale order of it stands, or stood, in the ERP."""
    cut: bool
    """A part of it was given up: the channel's total has changed since."""
    refused_cancellation: bool = False
    """The channel cancelled too late and was told so: its state and ours differ for good."""
    ordered: Quantities = field(default_factory=dict)
    shipped: Quantities = field(default_factory=dict)
    told: Quantities = field(default_factory=dict)
    """Shipped, of which the channel knows."""
    by_fulfilment: Mapping[tuple[str, str], Quantities] = field(default_factory=dict)
    """(warehouse connection, fulfilment id) → shipped; of all that a warehouse has taken."""
    invoices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name or self.reference


def ledger_order(work_key: str, status: str, at: datetime, state: SalesOrderState) -> LedgerOrder:
    """From the process's state of one order."""
    progress = state.progress
    shipped: defaultdict[str, Decimal] = defaultdict(Decimal)
    told: defaultdict[str, Decimal] = defaultdict(Decimal)
    by_fulfilment: dict[tuple[str, str], Quantities] = {}
    for fulfilment in progress.fulfilments:
        if fulfilment.sent or fulfilment.facts:
            left = _by_sku(progress.goods, fulfilment.shipped)
            by_fulfilment[fulfilment.warehouse, fulfilment.fulfilment_id] = left
        for event in fulfilment.shipments:
            for sku, amount in _by_sku(progress.goods, sum_lines([event])).items():
                shipped[sku] += amount
                if shipment_id(fulfilment, event) in progress.told:
                    told[sku] += amount
    ordered = {line.line_id: line.quantity.amount for line in state.order.lines}
    return LedgerOrder(
        work_key, state.connection, channel_order_id(state.order), state.order.name, status, at,
        state.order.total, Decimal(state.total_tolerance), state.erp, state.external_id,
        state.erp_name, bool(state.erp_id), bool(progress.given_up),
        progress.cancel_by == "channel" and progress.cancel_answered,
        _by_sku(progress.goods, ordered), dict(shipped), dict(told), by_fulfilment,
        progress.invoices,
    )  # fmt: skip


def _by_sku(goods: Mapping[str, str], lines: Mapping[str, Decimal]) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line_id, amount in lines.items():
        if line_id in goods:
            found[goods[line_id]] += amount
    return dict(found)
