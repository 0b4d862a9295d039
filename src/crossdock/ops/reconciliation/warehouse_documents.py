"""What a warehouse should list of an order: each fulfilment order, and what has left of it."""

from collections.abc import Iterator

from crossdock.ops.reconciliation.expected import Expected, Mending, Presence
from crossdock.ops.reconciliation.ledger_order import LedgerFulfilment, LedgerOrder
from crossdock.ports.listing import ListedKind

ALIVE = frozenset({"open", "confirmed", "shipped"})
CANCELLED = frozenset({"cancelled"})
SHIPPED = frozenset({"shipped"})


def expect_at_warehouse(ours: LedgerOrder, warehouse: str) -> Iterator[Expected]:
    """Of the fulfilments that this connection was given."""
    for fulfilment in ours.fulfilments:
        if fulfilment.warehouse == warehouse:
            yield _order(ours, fulfilment)
            yield _shipment(ours, fulfilment)


def _order(ours: LedgerOrder, of: LedgerFulfilment) -> Expected:
    """One it refused it need not keep; one that was stopped before it came it may note."""
    presence = Presence.MUST if of.sent else Presence.MUST_NOT
    gone = of.will_not_ship and not any(of.shipped.values())
    return Expected(
        ListedKind.ORDER, of.fulfilment_id, ours, Presence.MAY if of.will_not_ship else presence,
        {
            "missing_there": Mending(
                "warehouse", f"{of.warehouse} does not know {of.fulfilment_id} any more: ask "
                "whether its goods left before anything is sent again",
            ),
            "unexpected": Mending(
                "integration", f"{of.warehouse} has {of.fulfilment_id} and our books know of no "
                f"success: `crossdock orders timeline {ours.work_key}`",
            ),
            "state": Mending(
                "warehouse", f"agree with {of.warehouse} whether {of.fulfilment_id} is shipped"
            ),
            "ordered": Mending(
                "warehouse", f"have {of.warehouse} correct {of.fulfilment_id} before it is picked"
            ),
        },
        word="ordered",
        statuses=_statuses(of),
        quantities=None if gone else of.ordered,
    )  # fmt: skip


def _statuses(of: LedgerFulfilment) -> frozenset[str]:
    if any(of.shipped.values()):
        return SHIPPED
    return CANCELLED if of.will_not_ship or of.closed else ALIVE


def _shipment(ours: LedgerOrder, of: LedgerFulfilment) -> Expected:
    ask = Mending(
        "warehouse", f"wait for {of.warehouse}'s events; if they do not come, ask what left"
    )
    return Expected(
        ListedKind.SHIPMENT, of.fulfilment_id, ours,
        Presence.MUST if any(of.shipped.values()) else Presence.MUST_NOT,
        {
            "missing_there": Mending(
                "warehouse", f"{of.warehouse} told us that goods left and does not list them: ask"
            ),
            "unexpected": ask,
            "shipped": ask,
        },
        word="shipped",
        quantities=of.shipped,
    )  # fmt: skip
