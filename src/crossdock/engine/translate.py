"""Raw message → canonical document, with every failure kept for the decision about it."""

from collections.abc import Sequence
from typing import Any

import structlog
from pydantic import ValidationError

from crossdock.engine.encoding import document_digest, from_json
from crossdock.engine.endings import MAX_ATTEMPTS
from crossdock.engine.outcome_arrivals import KIND as OUTCOME_KIND
from crossdock.engine.receive import UNREADABLE, identify_arrival
from crossdock.engine.registry import Registry
from crossdock.engine.use_case import EffectOutcome
from crossdock.engine.work import Claimed, Work
from crossdock.ports.capabilities import Receives, Translates
from crossdock.ports.errors import Unreadable, in_one_line
from crossdock.ports.manifest import InboundType, UnknownKind
from crossdock.ports.message import Arrival, Hint, MessageIdentity, Shape

log = structlog.get_logger(__name__)
NOTHING = Arrival("", {}, b"")


def translate(registry: Registry, claimed: Claimed, row: Any | None) -> Work:
    """A claimed message as a work item. `row`: its delivery (topic, headers, body), if it is kept.

    What cannot be translated has a `failure` (its content) or a `fault` (ours); nothing is raised
    for it, so that one message stops no other of its batch.
    """
    attached = registry.by_id(claimed.connection_id)
    shape = _shape(attached.manifest.inbound, claimed.kind)
    work = Work(claimed, attached, NOTHING, shape)
    if claimed.attempts > MAX_ATTEMPTS:
        work.fault = f"begun {claimed.attempts - 1} times and never finished"
        return work
    try:
        work.arrival = _arrival(row)
        if claimed.kind.endswith(UNREADABLE):
            work.identified = _identity(work)
        else:
            _fill(work)
    except Unreadable as error:
        work.failure = error
    except ValidationError as error:
        work.failure = _not_canonical(error)
    except UnknownKind as error:
        work.failure = Unreadable("kind", str(error), "upgrade Crossdock, then replay it")
    except Exception as error:  # boundary: a fault in one translation is that message's alone
        log.exception("apply.translation_failed", message_id=claimed.message_id)
        work.fault = f"the translation failed: {in_one_line(error)}"
    return work


def _arrival(row: Any | None) -> Arrival:
    if row is None:
        raise Unreadable("body", "its delivery is not kept any more", "restore it, then replay")
    return Arrival(row.topic, from_json(row.headers), bytes(row.body))


def _identity(work: Work) -> MessageIdentity:
    """What it is after all, now that its connector or its sender's contract was mended.

    Raises Unreadable where it still is, as it was when it came.
    """
    attached = work.attached
    connector = attached.connector
    if not isinstance(connector, Receives):
        raise Unreadable("kind", "its connector receives nothing any more", "refuse it")
    owner = attached.manifest.owner
    named = identify_arrival(attached.connection, connector, work.arrival, work.source, owner)
    if isinstance(named, Hint):
        reason = f"it only says that the stream {named.stream} has news"
        raise Unreadable("body", reason, "its sweep brings them: release it as done")
    if named.unreadable is not None:
        raise named.unreadable
    return named.identity


def _fill(work: Work) -> None:
    if work.claimed.kind == OUTCOME_KIND:
        work.document = EffectOutcome.model_validate_json(work.arrival.body)
        return
    connector = work.attached.connector
    if not isinstance(connector, Translates):
        raise Unreadable("kind", f"{work.claimed.kind} has no translation", "tell the owner")
    work.document = connector.translate(work.claimed.kind, work.arrival)
    work.digest = document_digest(work.document)


def _shape(inbound: Sequence[InboundType], kind: str) -> Shape:
    return next((t.shape for t in inbound if t.kind == kind), Shape.FACT)


def _not_canonical(error: ValidationError) -> Unreadable:
    """The first of the fields that the canonical model refuses."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"])) or "document"
    return Unreadable(
        field, first["msg"].removeprefix("Value error, "), "correct it at its sender, then replay"
    )
