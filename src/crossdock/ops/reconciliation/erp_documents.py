"""What the ERP should list of an order: the sale order, what is delivered, what is invoiced."""

from collections.abc import Iterator

from crossdock.ops.reconciliation.expected import Expected, Mending, Presence
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import ListedKind
from crossdock.processes.order_to_cash.order_status import STANDS, OrderStatus

CONFIRMED, DRAFT, CANCELLED = (
    frozenset({"confirmed"}), frozenset({"open"}), frozenset({"cancelled"}),
)  # fmt: skip
ENDED = (OrderStatus.CANCELLED, OrderStatus.CANCELLING, OrderStatus.REJECTED)
WHOLE = (OrderStatus.SHIPPED, OrderStatus.INVOICED)


def expect_in_erp(ours: LedgerOrder, erp: str) -> Iterator[Expected]:
    """`erp`: the connection that the order's sale order is in; nothing before it has a name."""
    if ours.erp != erp or not ours.external_id:
        return
    yield _order(ours, erp)
    yield _delivery(ours, erp)
    yield _invoice(ours, erp)


def _order(ours: LedgerOrder, erp: str) -> Expected:
    name = ours.erp_name or f"the sale order of {ours.label}"
    presence = Presence.MUST if ours.erp_id else Presence.MUST_NOT
    if ours.status in ENDED:
        presence = Presence.MAY
    standing = ours.status in STANDS
    statuses = CONFIRMED if standing else CANCELLED if ours.status in ENDED else DRAFT
    agreed = Mending("order_desk", f"bring {name} in {erp} to what was agreed with the customer")
    compared = standing or ours.status is OrderStatus.DRAFTED
    return Expected(
        ListedKind.ORDER, ours.external_id, ours, presence,
        {
            "missing_there": Mending(
                "order_desk", f"{erp} does not know the external id of {name} any more: ask who "
                "deleted it, and see what of it was delivered and invoiced, before it is made anew",
            ),
            "unexpected": Mending(
                "integration", f"{erp} has {ours.external_id} and our books know of no success: "
                f"`crossdock orders timeline {ours.work_key}`",
            ),
            "double": Mending("order_desk", f"see in {erp} which of the two is served"),
            "state": agreed,
            "ordered": agreed,
            "total": Mending("finance", f"correct {name} in {erp}, or agree on the difference"),
        },
        word="ordered",
        record=ours.erp_id,
        statuses=None if ours.status is OrderStatus.CANCELLING else statuses,
        quantities=ours.ordered if compared else None,
        money=ours.total if compared else None,
        tolerance=ours.tolerance,
    )  # fmt: skip


def _delivery(ours: LedgerOrder, erp: str) -> Expected:
    shipped = any(ours.shipped.values())
    presence = Presence.MUST if shipped else Presence.MUST_NOT
    own_affair = not ours.ships and ours.status in STANDS
    name = ours.erp_name or ours.label
    correct = Mending("warehouse", f"correct the deliveries of {name} in {erp}")
    return Expected(
        ListedKind.SHIPMENT, ours.external_id, ours, Presence.MAY if own_affair else presence,
        {
            "missing_there": Mending("warehouse", f"deliver in {erp} what was shipped of {name}"),
            "unexpected": correct,
            "delivered": correct,
        },
        word="delivered",
        record=ours.erp_id,
        quantities=None if own_affair else ours.shipped,
    )  # fmt: skip


def _invoice(ours: LedgerOrder, erp: str) -> Expected:
    """Whole once the order is; before, less is right where each shipment has its own invoice."""
    standing = ours.status in STANDS
    own_affair = standing and not ours.ships
    ours_to_make = ours.invoicing != "never"
    due = ours_to_make and (bool(ours.invoices) or ours.status in WHOLE)
    presence = Presence.MUST if due else Presence.MUST_NOT
    if own_affair or (standing and not ours_to_make):
        presence = Presence.MAY
    whole = due and ours.status in WHOLE
    name = ours.erp_name or ours.label
    correct = Mending("finance", f"correct the invoices of {name} in {erp}")
    return Expected(
        ListedKind.INVOICE, ours.external_id, ours, presence,
        {
            "missing_there": Mending("finance", f"invoice {name} in {erp}"),
            "draft": Mending("finance", f"post the draft invoice of {name} in {erp}"),
            "unexpected": correct,
            "double": correct,
            "invoiced": correct,
        },
        word="invoiced",
        record=ours.erp_id,
        quantities=None if own_affair else ours.shipped,
        quantities_at_most=not whole,
        money=None if own_affair else (ours.invoice_total if whole else None) or ours.total,
        money_at_most=not whole or ours.invoice_total is None,
        tolerance=ours.invoice_tolerance,
    )  # fmt: skip
