"""The ERP's list against the ledger: sale orders, deliveries, invoices. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from crossdock.domain.money import Money
from crossdock.ops.reconciliation.difference import (
    Difference,
    quantities_text,
    same_quantities,
)
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import Listed, ListedKind
from crossdock.processes.order_to_cash.order_status import STANDS, OrderStatus

NOTHING: Mapping[str, Decimal] = {}


def compare_erp(
    erp: str, listed: Iterable[Listed], orders: Mapping[str, LedgerOrder]
) -> Iterator[Difference]:
    """`orders`: the ledger's, by our external id of the order."""
    names: dict[str, str] = {}
    for there in listed:
        ours = orders.get(there.key)
        if there.kind is ListedKind.ORDER and there.key in names:
            yield Difference(
                "double", erp, there.name, names[there.key], there.name, "order_desk",
                f"cancel {there.name} in {erp}", there.money,
            )  # fmt: skip
        elif there.kind is ListedKind.ORDER:
            names[there.key] = there.name
            yield from _order(erp, there, ours)
        elif ours is not None and there.kind is ListedKind.SHIPMENT:
            yield from _delivered(erp, there, ours)
        elif ours is not None:
            yield from _invoiced(erp, there, ours)


def missing_in_erp(
    erp: str, listed: Iterable[Listed], orders: Iterable[LedgerOrder]
) -> Iterator[Difference]:
    """What the ledger says stands there, and the ERP does not list."""
    there: dict[ListedKind, set[str]] = {kind: set() for kind in ListedKind}
    for one in listed:
        there[one.kind].add(one.key)
    for ours in orders:
        standing = OrderStatus(ours.status) in STANDS
        if standing and ours.external_id not in there[ListedKind.ORDER]:
            yield _missing(erp, ours, "order", "find who deleted it; then release the order anew")
        if ours.status != OrderStatus.INVOICED:
            continue
        if ours.external_id not in there[ListedKind.SHIPMENT]:
            yield _missing(erp, ours, "delivery", f"deliver {ours.erp_name} in {erp}")
        if ours.external_id not in there[ListedKind.INVOICE]:
            yield _missing(erp, ours, "invoice", f"invoice {ours.erp_name} in {erp}")


def _missing(erp: str, ours: LedgerOrder, what: str, remedy: str) -> Difference:
    owner = {"order": "order_desk", "delivery": "warehouse", "invoice": "finance"}[what]
    said = f"{what} of {ours.erp_name}"
    return Difference(
        "missing_there", erp, ours.label, said, f"no {what}", owner, remedy, ours.total
    )


def _order(erp: str, there: Listed, ours: LedgerOrder | None) -> Iterator[Difference]:
    if ours is None:
        yield Difference(
            "missing_here", erp, there.name, "not in the ledger", there.status, "integration",
            f"{there.name} bears our external id, but no order of ours: look at it in {erp}",
            there.money,
        )  # fmt: skip
        return
    stands = OrderStatus(ours.status) in STANDS
    if stands != (there.status == "confirmed") and (stands or there.status == "confirmed"):
        yield Difference(
            "state", erp, ours.label, ours.status, there.status, "order_desk",
            f"bring {there.name} in {erp} to what was agreed with the customer", ours.total,
        )  # fmt: skip
    apart = abs((there.amount or Decimal(0)) - ours.total.amount)
    if stands and (apart > ours.tolerance or there.currency != ours.total.currency):
        yield Difference(
            "total", erp, ours.label, str(ours.total), str(there.money), "finance",
            f"correct {there.name} in {erp}, or agree on the difference",
            Money(amount=apart, currency=ours.total.currency),
        )  # fmt: skip


def _delivered(erp: str, there: Listed, ours: LedgerOrder) -> Iterator[Difference]:
    if ours.by_fulfilment and not same_quantities(there.quantities, ours.shipped):
        yield Difference(
            "delivered", erp, ours.label, quantities_text(ours.shipped),
            quantities_text(there.quantities), "warehouse",
            f"correct the deliveries of {ours.erp_name} in {erp}", ours.total,
        )  # fmt: skip


def _invoiced(erp: str, there: Listed, ours: LedgerOrder) -> Iterator[Difference]:
    if there.status == "draft":
        yield Difference(
            "invoiced", erp, ours.label, ours.status, f"{there.name} is a draft", "finance",
            f"post {there.name} in {erp}", there.money,
        )  # fmt: skip
    elif ours.status == OrderStatus.INVOICED and not same_quantities(
        there.quantities, ours.shipped
    ):
        yield Difference(
            "invoiced", erp, ours.label, quantities_text(ours.shipped),
            quantities_text(there.quantities), "finance",
            f"correct the invoice of {ours.erp_name} in {erp}", there.money,
        )  # fmt: skip
