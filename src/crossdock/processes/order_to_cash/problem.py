"""A reason why an order cannot be accepted as it stands."""

from dataclasses import dataclass

from crossdock.domain.money import Money
from crossdock.engine.use_case import HoldDraft, Need


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what mends it."""

    code: str
    field: str
    reason: str
    fix: str
    need: str | None = None
    candidates: Need | None = None
    owner: str = "order_desk"


def hold_for(problems: list[Problem], value: Money) -> HoldDraft:
    """One hold for all problems: the first one's fix is shown, the others are named."""
    first = problems[0]
    more = (
        f" ({len(problems) - 1} more: {'; '.join(p.reason for p in problems[1:4])})"
        if problems[1:]
        else ""
    )
    return HoldDraft(
        code=first.code,
        field=first.field,
        reason=first.reason + more,
        fix=first.fix,
        need=first.need,
        candidates=first.candidates,
        value=value,
        owner=first.owner,
    )


ABOUT_GOODS = ("contradiction", "unknown_fulfilment")
"""Questions about goods that may have left: no answer of another system closes them."""


def cancelled_after_confirmation(erp_name: str, value: Money, reason: str) -> HoldDraft:
    """Cancelled too late: a person stops what can be stopped."""
    return HoldDraft(
        code="cancelled_after_confirmation",
        reason=reason,
        fix=f"stop the delivery and cancel {erp_name} in Odoo, then `crossdock holds release ID "
        "--as done`; or let it go, and `crossdock holds release ID --as reject --why …` tells "
        "the channel",
        value=value,
    )


def cancelled_in_lost_time(name: str, value: Money) -> HoldDraft:
    """First heard of as cancelled, after a restore: nobody knows whether it had been taken."""
    return HoldDraft(
        code="cancelled_in_lost_time",
        reason=f"{name} was cancelled in the time that the restored ledger has lost: it may have "
        "been taken before",
        fix=f"look for {name} in Odoo and at the warehouse and cancel what stands there; then "
        "`crossdock holds release ID`",
        value=value,
    )


def shipped_after_cancellation(value: Money, reason: str) -> HoldDraft:
    """Cancelled too late, and goods leave all the same: a person settles it with the customer."""
    return HoldDraft(
        code="shipped_after_cancellation",
        reason=reason,
        fix="agree with the customer on a return or on keeping it; then "
        "`crossdock holds release ID --as done`",
        value=value,
    )
