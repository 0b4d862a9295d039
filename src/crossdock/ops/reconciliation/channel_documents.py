"""What a sales channel should list of an order: the order itself, and what was shipped of it."""

from collections.abc import Iterator

from crossdock.ops.reconciliation.expected import Expected, Mending, Presence
from crossdock.ops.reconciliation.ledger_order import LedgerOrder
from crossdock.ports.listing import ListedKind
from crossdock.processes.order_to_cash.order_status import STANDS, OrderStatus

ALIVE = frozenset({"open", "confirmed", "shipped"})
ENDED = frozenset({"cancelled"})
UNSETTLED = (OrderStatus.CANCELLING, OrderStatus.REJECTED)
"""What the channel says of these is open, or does not matter."""


def expect_at_channel(ours: LedgerOrder, channel: str) -> Iterator[Expected]:
    """`channel`: the connection the order came from, and no other."""
    if ours.connection != channel:
        return
    yield _order(ours, channel)
    yield _shipment(ours, channel)


def _order(ours: LedgerOrder, channel: str) -> Expected:
    theirs = ours.status is OrderStatus.TAKEN_BY_HAND and ours.channel_cancelled
    either = ours.status in UNSETTLED or ours.refused_cancellation or theirs
    cancelled = ours.status is OrderStatus.CANCELLED
    compared = not cancelled and ours.status is not OrderStatus.REJECTED and not theirs
    alive = "agree with the customer on a return, or stop the delivery"
    if cancelled:
        alive = f"tell the customer that {ours.label} ended, and close it on {channel}"
    changed = f"see what changed on {channel} after it was taken; amend it in {ours.erp}"
    return Expected(
        ListedKind.ORDER, ours.reference, ours, Presence.MUST,
        {
            "missing_there": Mending(
                "order_desk", f"{channel} does not know {ours.label} by its id any more: "
                "ask who deleted it there, and whether the customer still expects it",
            ),
            "state": Mending("order_desk", alive),
            "total": Mending("order_desk", changed),
            "ordered": Mending("order_desk", changed),
        },
        word="ordered",
        statuses=None if either else ENDED if cancelled else ALIVE,
        quantities=ours.at_channel.ordered if compared else None,
        money=ours.at_channel.total if compared else None,
        money_at_most=ours.at_channel.total_at_most,
        tolerance=ours.at_channel.tolerance,
    )  # fmt: skip


def _shipment(ours: LedgerOrder, channel: str) -> Expected:
    """A channel that cancelled too late takes no more shipments: there, what it was told counts."""
    at = ours.at_channel
    shipped = at.told if ours.refused_cancellation else at.shipped
    presence = Presence.MAY if at.services else Presence.MUST_NOT
    if any(shipped.values()):
        presence = Presence.MUST
    by_hand = ours.status is OrderStatus.TAKEN_BY_HAND
    own_affair = by_hand or (not ours.ships and ours.status in STANDS)
    correct = Mending("order_desk", f"correct the fulfilments of {ours.label} on {channel}")
    return Expected(
        ListedKind.SHIPMENT, ours.reference, ours, Presence.MAY if own_affair else presence,
        {
            "missing_there": Mending(
                "order_desk", f"enter on {channel} what was shipped of {ours.label}"
            ),
            "unexpected": correct,
            "shipped": correct,
        },
        word="shipped",
        quantities=None if own_affair else shipped,
        ignored=at.services,
    )  # fmt: skip
