"""The sales order's state machine, as data. The diagram in the docs is drawn from it."""

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
    REJECTED = "rejected"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


DESCRIPTIONS: dict[OrderStatus, str] = {
    OrderStatus.NEW: "nothing decided yet",
    OrderStatus.HELD: "something in it is unknown to the ERP: a person decides",
    OrderStatus.ACCEPTED: "its draft is on the way into the ERP",
    OrderStatus.DRAFTED: "the draft stands with an equal total; its confirmation is on the way",
    OrderStatus.MISMATCHED: "the draft's total differs from the channel's: a person decides",
    OrderStatus.BLOCKED: "the ERP refused the draft or its confirmation: a person decides",
    OrderStatus.CONFIRMED: "the ERP has confirmed it",
    OrderStatus.REJECTED: "refused, and the channel was told why",
    OrderStatus.CANCELLING: "cancelled by the channel; the ERP is being told",
    OrderStatus.CANCELLED: "cancelled everywhere",
}


class Trigger(StrEnum):
    """What moves an order."""

    HOLD = "hold"
    ACCEPT = "accept"
    REJECT = "reject"
    DRAFT = "draft"
    MISMATCH = "mismatch"
    BLOCK = "block"
    CONFIRM = "confirm"
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
    *_many("accepted mismatched", T.DRAFT, S.DRAFTED, "totals are equal or within tolerance"),
    *_many("accepted mismatched", T.MISMATCH, S.MISMATCHED, "totals differ beyond the tolerance"),
    *_many("accepted drafted mismatched blocked", T.BLOCK, S.BLOCKED, "the ERP refused it"),
    *_many("blocked", T.ACCEPT, S.ACCEPTED, "a person released it after mending the cause"),
    *_many("drafted mismatched blocked accepted", T.CONFIRM, S.CONFIRMED, "the ERP says sale"),
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
        "confirmed drafted mismatched",
        T.CANCEL_IN_ERP,
        S.CANCELLED,
        "a person cancelled it in the ERP",
    ),
)

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
    lines += [f"    {s} --> [*]" for s in (S.CONFIRMED, S.REJECTED, S.CANCELLED)]
    return "\n".join(lines)
