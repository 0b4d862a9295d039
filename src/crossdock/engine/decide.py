"""Ask a use case, and let nothing it does harm the other messages of the batch.

A refusal of the state machine becomes a visible refusal, content that cannot be sent on a question
to its sender, a fault a dead message with its reason; an answer is complete only when its effects
have their final bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from crossdock.engine.endings import dead, left_out, not_allowed, refused_content
from crossdock.engine.prepare import prepare_effects
from crossdock.engine.registry import LeftOut, Registry
from crossdock.engine.use_case import Decision, DocumentState, End, Need, NotAllowed
from crossdock.engine.work import Work
from crossdock.ports.errors import Rejected, in_one_line

log = structlog.get_logger(__name__)
WAIT_LEAST = timedelta(seconds=1)
"""A decision to wait is looked at again after this long at the earliest."""

Answer = Decision | Sequence[Need]


def ask_needs(work: Work, state: DocumentState | None, now: datetime) -> Answer:
    """What the decision rests on; a Decision when asking failed."""
    use_case = work.use_case
    assert use_case is not None
    return _guarded(work, lambda: use_case.needs(work.document, state, work.context(now)), now)


def ask_decision(
    registry: Registry, work: Work, state: DocumentState | None, now: datetime
) -> Answer:
    """The decision, with its effects prepared in `work.prepared`, or further needs."""
    use_case = work.use_case
    assert use_case is not None

    def decide() -> Answer:
        answer = use_case.decide(work.document, state, work.granted, work.context(now))
        if not isinstance(answer, Decision):
            return answer
        work.prepared = prepare_effects(registry, answer.effects)
        return _complete(answer, now)

    return _guarded(work, decide, now)


def _complete(decision: Decision, now: datetime) -> Decision:
    """Nothing may be held without a reason, nor wait without a time to look again."""
    if decision.end is End.HELD and not decision.holds:
        raise ValueError("held without a hold that says why and what mends it")
    if decision.end is End.WAIT:
        soonest = now + WAIT_LEAST
        return replace(decision, wait_until=max(decision.wait_until or soonest, soonest))
    return decision


def _guarded(work: Work, step: Callable[[], Answer], now: datetime) -> Answer:
    try:
        return step()
    except NotAllowed as refusal:
        log.warning(
            "apply.transition_refused",
            message_id=work.claimed.message_id,
            work_key=work.claimed.work_key,
            reason=str(refusal),
        )
        return _without_effects(work, not_allowed(refusal))
    except Rejected as refusal:
        return _without_effects(work, refused_content(work, refusal))
    except LeftOut as error:
        return _without_effects(work, left_out(error, now))
    except Exception as error:  # boundary: a fault of ours in one decision must not stop the rest
        log.exception("apply.decision_failed", message_id=work.claimed.message_id)
        fault = f"the decision failed: {in_one_line(error)}"
        return _without_effects(work, dead(work, fault))


def _without_effects(work: Work, decision: Decision) -> Decision:
    work.prepared = ()
    return decision
