"""A warehouse's list against the ledger: what left it. Pure."""

from collections.abc import Iterable, Iterator

from crossdock.ops.reconciliation.difference import (
    Difference,
    quantities_text,
    same_quantities,
)
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import Listed, ListedKind


def compare_warehouse(
    connection: str, listed: Iterable[Listed], orders: Iterable[LedgerOrder]
) -> Iterator[Difference]:
    """`orders`: the ledger's around the day."""
    by_fulfilment = {
        fulfilment_id: (order, shipped)
        for order in orders
        for (warehouse, fulfilment_id), shipped in order.by_fulfilment.items()
        if warehouse == connection
    }
    for there in listed:
        if there.kind is not ListedKind.SHIPMENT:
            continue
        found = by_fulfilment.get(there.key)
        if found is None and any(there.quantities.values()):
            yield Difference(
                "missing_here", connection, there.name or there.key, "not in the ledger",
                quantities_text(there.quantities), "warehouse",
                f"ask {connection} which order {there.key} belongs to",
            )  # fmt: skip
        elif found is not None and not same_quantities(found[1], there.quantities):
            order, shipped = found
            yield Difference(
                "shipped", connection, order.label, quantities_text(shipped),
                quantities_text(there.quantities), "warehouse",
                f"wait for {connection}'s events; if they do not come, ask what left", order.total,
            )  # fmt: skip
