"""Promise P3 for snapshots: an older version is stale, the same one twice is a duplicate, and the
same version with other content is read again at its source before anybody believes it.
"""

from crossdock.engine.use_case import Decision, EffectDraft, End, Event
from crossdock.engine.work import StoredDocument, Work
from crossdock.ports.effect import Lane
from crossdock.ports.erp import READ_ORDER, OrderCommand
from crossdock.ports.message import Shape, Source


def superseded(work: Work, stored: StoredDocument | None) -> Decision | None:
    """How the message ends because of what is known already; None when it must be decided."""
    version = work.claimed.version
    if work.shape is not Shape.SNAPSHOT or stored is None or stored.source_version is None:
        return None
    if stored.connection_id != work.claimed.connection_id:
        return None
    if version is None or stored.source_message == work.claimed.message_id:
        return None
    if version < stored.source_version:
        detail = f"stale, version {version} < {stored.source_version}"
        return Decision(end=End.STALE, code="stale", detail=detail, events=[_ignored(work, detail)])
    if version > stored.source_version:
        return None
    if work.digest == stored.source_digest:
        return Decision(end=End.DUPLICATE, code="same_content", detail="same version, same content")
    if work.source in (Source.REREAD, Source.SWEEP):
        return None
    return _read_again(work)


def _ignored(work: Work, detail: str) -> Event:
    return Event("message.ignored", {"message_id": work.claimed.message_id, "detail": detail})


def _read_again(work: Work) -> Decision:
    detail = f"version {work.claimed.version} came with other content: read again at its source"
    read = EffectDraft(
        connection=work.attached.connection.name,
        operation=READ_ORDER,
        effect_key=f"read:{work.claimed.message_key}",
        target_key=f"read:{work.claimed.work_key}",
        document=OrderCommand(external_id=work.claimed.work_key.rpartition(":")[2]),
        lane=Lane.INTERACTIVE,
    )
    conflicting = Event(
        "message.conflicting", {"message_id": work.claimed.message_id, "detail": detail}
    )
    return Decision(
        end=End.DONE, code="read_again", detail=detail, effects=[read], events=[conflicting]
    )
