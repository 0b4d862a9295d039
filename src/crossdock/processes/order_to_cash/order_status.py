"""The sales order's state machine, as data. The diagram in the docs is drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crossdock.engine.use_case import NotAllowed


class OrderStatus(StrEnum):
    """Where an order stands."""

    NEW = "new"
    HELD = "held"
    ACCEPTED = "accepted"
    DRAFTED = "drafted"
    MISMATCHED = "mismatched"
    BLOCKED = "blocked"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    INVOICED = "invoiced"
    REJECTED = "rejected"
    TAKEN_BY_HAND = "taken_by_hand"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


DESCRIPTIONS: dict[OrderStatus, str] = {
    OrderStatus.NEW: "nothing decided yet",
    OrderStatus.HELD: "something in it is unknown to the ERP: a person decides",
    OrderStatus.ACCEPTED: "its draft is on the way into the ERP",
    OrderStatus.DRAFTED: "the draft stands with an equal total; its confirmation is on the way",
    OrderStatus.MISMATCHED: "the draft's total differs from the channel's: a person decides",
    OrderStatus.BLOCKED: "the ERP refused the draft or its confirmation: a person decides",
    OrderStatus.CONFIRMED: "the ERP has confirmed it; it waits for its wave, where it has one",
    OrderStatus.RELEASED: "a warehouse has it",
    OrderStatus.PARTLY_SHIPPED: "goods have left, more will follow",
    OrderStatus.SHIPPED: "all that will be shipped has left",
    OrderStatus.INVOICED: "what was shipped is invoiced",
    OrderStatus.REJECTED: "refused, and the channel was told why",
    OrderStatus.TAKEN_BY_HAND: "a person has done it without us; nothing of it goes through here",
    OrderStatus.CANCELLING: "to be cancelled; the ERP or a warehouse is being asked",
    OrderStatus.CANCELLED: "cancelled everywhere",
}


class Trigger(StrEnum):
    """What moves an order."""

    HOLD = "hold"
    ACCEPT = "accept"
    REJECT = "reject"
    TAKE_BY_HAND = "take_by_hand"
    DRAFT = "draft"
    MISMATCH = "mismatch"
    BLOCK = "block"
    CONFIRM = "confirm"
    RELEASE = "release"
    SHIP_PART = "ship_part"
    SHIP = "ship"
    INVOICE = "invoice"
    CANCEL = "cancel"
    CANCEL_IN_ERP = "cancel_in_erp"


@dataclass(frozen=True, slots=True)
class Transition:
    """From → to, and the guard that the code checks before it asks for the move."""

    source: OrderStatus
    trigger: Trigger
    target: OrderStatus
    guard: str


def _many(
    sources: str, trigger: Trigger, target: OrderStatus, guard: str
) -> tuple[Transition, ...]:
    return tuple(Transition(OrderStatus(s), trigger, target, guard) for s in sources.split())


S, T = OrderStatus, Trigger
TRANSITIONS: tuple[Transition, ...] = (
    *_many("new held", T.HOLD, S.HELD, "a customer, ship-to, SKU, unit or tax is unknown"),
    *_many("new held", T.ACCEPT, S.ACCEPTED, "everything is known and the identity is ours"),
    *_many("new held", T.REJECT, S.REJECTED, "a test order, or a person refuses it"),
    *_many(
        "held blocked", T.TAKE_BY_HAND, S.TAKEN_BY_HAND, "a person did it, and nothing of it stands"
    ),
    *_many("accepted mismatched", T.DRAFT, S.DRAFTED, "totals are equal or within tolerance"),
    *_many("accepted mismatched", T.MISMATCH, S.MISMATCHED, "totals differ beyond the tolerance"),
    *_many("accepted drafted mismatched blocked", T.BLOCK, S.BLOCKED, "the ERP refused it"),
    *_many("blocked", T.ACCEPT, S.ACCEPTED, "a person released it after mending the cause"),
    *_many("drafted mismatched blocked accepted", T.CONFIRM, S.CONFIRMED, "the ERP says sale"),
    *_many("confirmed", T.RELEASE, S.RELEASED, "a warehouse has taken it"),
    *_many("confirmed released", T.SHIP_PART, S.PARTLY_SHIPPED, "goods left, not yet all"),
    *_many("confirmed released partly_shipped", T.SHIP, S.SHIPPED, "all that will be shipped left"),
    *_many("shipped", T.INVOICE, S.INVOICED, "the ERP has posted the invoice"),
    *_many("cancelling", T.SHIP_PART, S.PARTLY_SHIPPED, "a warehouse had picked it already"),
    *_many("cancelling", T.SHIP, S.SHIPPED, "a warehouse had picked it already"),
    *_many("cancelling", T.RELEASE, S.RELEASED, "a warehouse refused to stop: it had picked it"),
    *_many(
        "confirmed released",
        T.CANCEL,
        S.CANCELLING,
        "the warehouses are asked to stop, or had none",
    ),
    *_many("new held", T.CANCEL, S.CANCELLED, "nothing of it has left us"),
    *_many("accepted", T.CANCEL, S.CANCELLED, "its draft was withdrawn before it was sent"),
    *_many(
        "accepted drafted mismatched blocked", T.CANCEL, S.CANCELLING, "a draft stands or may stand"
    ),
    *_many(
        "blocked cancelling", T.CANCEL, S.CANCELLED, "its draft was refused: nothing stands there"
    ),
    *_many("cancelling", T.CANCEL_IN_ERP, S.CANCELLED, "the ERP says cancel"),
    *_many(
        "cancelling", T.CONFIRM, S.CONFIRMED, "the confirmation had already left: a person decides"
    ),
    *_many(
        "confirmed drafted mismatched blocked",
        T.CANCEL_IN_ERP,
        S.CANCELLED,
        "a person cancelled it in the ERP",
    ),
)

STANDS = frozenset({S.CONFIRMED, S.RELEASED, S.PARTLY_SHIPPED, S.SHIPPED, S.INVOICED})
"""The ERP has confirmed it and nobody has cancelled it."""

ENDS_UNSHIPPED = frozenset({S.CANCELLING, S.CANCELLED, S.REJECTED})
"""Nothing of it is to leave; `cancelling`: unless a warehouse had picked it already."""


class OnCancel(StrEnum):
    """What a cancellation means for an order."""

    END = "end"
    WITHDRAW = "withdraw"
    TELL_ERP = "tell_erp"
    STOP = "stop"
    ASKED = "asked"
    TOO_LATE = "too_late"
    THEIRS = "theirs"
    KNOWN = "known"


C = OnCancel
MEANINGS: Mapping[OnCancel, str] = {
    C.END: "it is over: nothing of it stands, or the ERP has ended what stood",
    C.WITHDRAW: "an effect on the ERP is on its way: taken back if nobody has begun it",
    C.TELL_ERP: "its draft is cancelled in the ERP",
    C.STOP: "the warehouses decide between cancelled and shipped; where they have nothing of it, "
    "it is cancelled in the ERP; where the ERP's own staff ship, a person decides",
    C.ASKED: "whoever decides was asked already: this asker is told the same",
    C.TOO_LATE: "it has left: a person settles it with the customer",
    C.THEIRS: "whoever did it by hand is asked to stop it",
    C.KNOWN: "nothing follows from it",
}
ON_CANCEL: Mapping[OrderStatus, tuple[OnCancel, OnCancel]] = {
    S.NEW: (C.END, C.KNOWN),
    S.HELD: (C.END, C.KNOWN),
    S.ACCEPTED: (C.WITHDRAW, C.KNOWN),
    S.DRAFTED: (C.WITHDRAW, C.END),
    S.MISMATCHED: (C.TELL_ERP, C.END),
    S.BLOCKED: (C.TELL_ERP, C.END),
    S.CONFIRMED: (C.STOP, C.STOP),
    S.RELEASED: (C.STOP, C.STOP),
    S.PARTLY_SHIPPED: (C.STOP, C.STOP),
    S.SHIPPED: (C.TOO_LATE, C.KNOWN),
    S.INVOICED: (C.TOO_LATE, C.KNOWN),
    S.CANCELLING: (C.ASKED, C.ASKED),
    S.CANCELLED: (C.KNOWN, C.KNOWN),
    S.REJECTED: (C.KNOWN, C.KNOWN),
    S.TAKEN_BY_HAND: (C.THEIRS, C.KNOWN),
}
"""By status: what follows when the channel cancels, and when a person has done so in the ERP."""

_TABLE = {(t.source, t.trigger, t.target) for t in TRANSITIONS}


class IllegalTransition(NotAllowed):
    """The state machine has no such arrow."""

    def __init__(self, source: OrderStatus, trigger: Trigger, target: OrderStatus) -> None:
        super().__init__(f"an order that is {source} cannot become {target} by {trigger}")


def move(source: OrderStatus, trigger: Trigger, target: OrderStatus) -> OrderStatus:
    """The target status. Raises IllegalTransition when the machine has no such arrow."""
    if (source, trigger, target) not in _TABLE:
        raise IllegalTransition(source, trigger, target)
    return target


def mermaid() -> str:
    """The machine as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> new"]
    arrows: dict[tuple[OrderStatus, OrderStatus], list[str]] = {}
    for t in TRANSITIONS:
        arrows.setdefault((t.source, t.target), []).append(t.trigger)
    for (source, target), triggers in arrows.items():
        lines.append(f"    {source} --> {target}: {' / '.join(dict.fromkeys(triggers))}")
    ends = (S.CONFIRMED, S.SHIPPED, S.INVOICED, S.REJECTED, S.TAKEN_BY_HAND, S.CANCELLED)
    lines += [f"    {s} --> [*]" for s in ends]
    return "\n".join(lines)
