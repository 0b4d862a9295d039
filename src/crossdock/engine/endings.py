"""How a message ends when it is the engine that ends it, not a process."""

from datetime import datetime, timedelta

from crossdock.engine.registry import LeftOut
from crossdock.engine.use_case import Decision, End, Event, HoldDraft, NotAllowed
from crossdock.engine.work import Work
from crossdock.ports.errors import Rejected, Unreadable, in_one_line

MAX_ATTEMPTS = 5
"""Runs of one message that end in a crash of ours before a person gets it."""
PAUSE_MAX = timedelta(minutes=5)
LEFT_OUT = timedelta(seconds=30)
"""Between looks at a message whose decision needs a connection that was left out."""
DEAD = "dead"
NOT_ALLOWED = "not_allowed"
OTHER_DOCUMENT = "other_document"
RETRY = "retry"
"""Code of a message that waits because it could not be written; its attempts go on counting."""


def dead(work: Work, reason: str) -> Decision:
    """A fault of ours: a person looks, with the reason at hand."""
    message = work.claimed.message_id
    hold = HoldDraft(
        code=DEAD,
        reason=reason,
        fix=f"`crossdock messages show {message}` shows what came; mend the cause (a mapping, a "
        f"setting, or report the fault); `crossdock replay {message} --dry-run` tells whether it "
        f"is mended, `crossdock replay {message}` decides it again",
        owner="integration",
    )
    return Decision(end=End.HELD, code=DEAD, detail=reason, holds=[hold])


def unreadable(failure: Unreadable, owner: str) -> Decision:
    """A fault of the sender's content: field, reason and remedy, to who owns the interface."""
    hold = HoldDraft(
        code="unreadable",
        field=failure.field,
        reason=failure.reason,
        fix=failure.remedy,
        owner=owner,
    )
    return Decision(end=End.HELD, code="unreadable", detail=str(failure), holds=[hold])


def other_document(work: Work, known_as: str) -> Decision:
    """It names a document of another type: a sender's slip, or a key that two senders use."""
    wanted = work.use_case.document_type if work.use_case else "document"
    reason = f"it is about a {wanted}, but {work.claimed.work_key} is a {known_as}"
    hold = HoldDraft(
        code=OTHER_DOCUMENT,
        field="work_key",
        reason=reason,
        fix="have its sender name the right document and send it anew; then "
        "`crossdock holds release ID --as done`",
        owner=work.attached.manifest.owner,
    )
    return Decision(end=End.HELD, code=OTHER_DOCUMENT, detail=reason, holds=[hold])


def refused_content(work: Work, refusal: Rejected) -> Decision:
    """What follows from it cannot be put to the system it is for: its field, reason and remedy."""
    remedy = refusal.remedy or "correct it at its sender"
    hold = HoldDraft(
        code=refusal.code or "refused",
        field=refusal.field,
        reason=refusal.reason,
        fix=f"{remedy}; then `crossdock holds release ID`, --as done where it came anew",
        owner=work.attached.manifest.owner,
    )
    return Decision(end=End.HELD, code="refused", detail=refusal.reason, holds=[hold])


def left_out(error: LeftOut, now: datetime) -> Decision:
    """It waits, however often, until a process starts that has the connection."""
    return Decision(end=End.WAIT, code="left_out", detail=str(error), wait_until=now + LEFT_OUT)


def not_allowed(refusal: NotAllowed) -> Decision:
    """The document stays as it is; the refusal is an event, and a person's question."""
    reason = str(refusal)
    hold = HoldDraft(
        code=NOT_ALLOWED,
        reason=reason,
        fix="compare both systems and put right the one that is wrong; "
        "then `crossdock holds release ID --as done`",
        owner="integration",
    )
    return Decision(
        end=End.HELD,
        code=NOT_ALLOWED,
        detail=reason,
        events=[Event("transition.refused", {"reason": reason})],
        holds=[hold],
    )


def not_written(work: Work, error: Exception, now: datetime) -> Decision:
    """Nothing of it was written: again after a pause, and dead with a reason in the end."""
    if isinstance(error, LeftOut):
        return left_out(error, now)
    reason = in_one_line(error)
    if work.claimed.attempts >= MAX_ATTEMPTS:
        return dead(work, f"it could not be written: {reason}")
    pause = min(PAUSE_MAX, timedelta(seconds=2**work.claimed.attempts))
    return Decision(end=End.WAIT, code=RETRY, detail=reason[:500], wait_until=now + pause)
