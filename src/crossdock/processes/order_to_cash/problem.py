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


def cancelled_after_confirmation(erp_name: str, value: Money, reason: str) -> HoldDraft:
    """Cancelled too late: a person stops what can be stopped."""
    return HoldDraft(
        code="cancelled_after_confirmation",
        reason=reason,
        fix=f"stop the delivery and cancel {erp_name} in Odoo, or tell the customer; "
        "then `crossdock holds release ID --as done`",
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
