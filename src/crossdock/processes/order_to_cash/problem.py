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
