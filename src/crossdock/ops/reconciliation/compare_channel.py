"""A sales channel's list against the ledger. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from crossdock.ops.reconciliation.difference import Difference, quantities_text
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import Listed, ListedKind
from crossdock.processes.order_to_cash.order_status import STANDS

CANCELLED = ("cancelled", "cancelling", "rejected")


def compare_channel(
    connection: str, listed: Iterable[Listed], orders: Mapping[str, LedgerOrder]
) -> Iterator[Difference]:
    """`orders`: the ledger's of this channel, by the channel's order id; with those around the day,
    so that one that came just past midnight is found.
    """
    for there in listed:
        ours = orders.get(there.key)
        if there.kind is ListedKind.ORDER:
            yield from _order(connection, there, ours)
        elif there.kind is ListedKind.SHIPMENT and ours is not None:
            yield from _shipment(connection, there, ours)


def missing_at_channel(
    connection: str, keys: set[str], orders: Iterable[LedgerOrder]
) -> Iterator[Difference]:
    """The ledger's orders of the day that the channel does not list."""
    for ours in orders:
        if ours.reference not in keys:
            yield Difference(
                "missing_there", connection, ours.label, ours.status, "not listed", "order_desk",
                f"see on {connection} whether it was deleted; then cancel it in Odoo",
                ours.total,
            )  # fmt: skip


def _order(connection: str, there: Listed, ours: LedgerOrder | None) -> Iterator[Difference]:
    value = there.money
    if ours is None:
        yield Difference(
            "missing_here", connection, there.name or there.key, "not in the ledger", there.status,
            "integration", f"`crossdock replay` what came for it, or wait for {connection}'s sweep",
            value,
        )  # fmt: skip
        return
    unsettled = not ours.refused_cancellation
    if there.status == "cancelled" and ours.status in STANDS and unsettled:
        yield Difference(
            "state", connection, ours.label, ours.status, "cancelled", "order_desk",
            "agree with the customer on a return, or stop the delivery", ours.total,
        )  # fmt: skip
    stands = ours.status in STANDS and there.status != "cancelled" and not ours.cut
    if stands and value is not None and value != ours.total:
        yield Difference(
            "total", connection, ours.label, str(ours.total), str(value), "order_desk",
            f"see what changed on {connection} after it was taken; amend it in Odoo", value,
        )  # fmt: skip
    if there.status != "cancelled" and ours.status == "cancelled":
        yield Difference(
            "state", connection, ours.label, "cancelled", there.status, "order_desk",
            f"cancel it on {connection} and tell the customer", ours.total,
        )  # fmt: skip


def _shipment(connection: str, there: Listed, ours: LedgerOrder) -> Iterator[Difference]:
    """By the sum of pieces: the channel may call a SKU otherwise than the ERP does."""
    told, listed = sum(ours.told.values(), Decimal(0)), sum(there.quantities.values(), Decimal(0))
    if told != listed:
        yield Difference(
            "shipped", connection, ours.label, quantities_text(ours.told),
            quantities_text(there.quantities), "order_desk",
            f"correct the fulfilments of {there.name} on {connection}", ours.total,
        )  # fmt: skip
