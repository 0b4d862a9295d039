"""Release a hold: a person has mended the cause, done it by hand, or refuses it.

            of a message                          of an effect
    retry   in line again where it stood          sent again; looked for first if it can be
    done    ends: somebody did it by hand; what   stands: somebody saw it there
            was changed counts as agreed, and
            an order nobody could take is theirs
    reject  ends: refused, and its sender told    refused, and its process told

Runs in the caller's transaction, with the audit entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossdock.engine.breaker import probe_now
from crossdock.engine.channels import APPLY, DELIVER, SWEEP
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction
from crossdock.governance.audit import record_act
from crossdock.ops.exceptions import SQL, UnknownHold
from crossdock.ops.leave_to_person import leave_to_person
from crossdock.ops.refuse_message import NothingToReject, refuse_message
from crossdock.ops.settle_effect import settle_by_hand
from crossdock.ops.take_over import take_over
from crossdock.ops.word import Resolution, Word

DONE_BY_HAND = "done_by_hand"
"""Code of a message that a person ended."""


class ClosedAlready(ValueError):
    """Somebody was quicker."""


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did."""

    hold_id: int
    resolution: Resolution
    subject: str
    """`message 12`, `effect 7` or `connection shop`"""
    state: str
    """Its state now."""


def release_hold(
    tx: Transaction,
    registry: Registry,
    hold_id: int,
    resolution: Resolution,
    word: Word,
    observed: Mapping[str, Any] | None = None,
) -> Released:
    """Close one hold. `observed`: for an effect as done, what stands in the outside system.

    Raises UnknownHold, ClosedAlready, NothingToReject, ObservationMissing, BusyNow,
    NotAgreed.
    """
    row = tx.row(SQL.lock_hold, hold_id=hold_id)
    if row is None:
        raise UnknownHold(hold_id)
    if row.closed_at is not None:
        raise ClosedAlready(
            f"hold {hold_id} was closed by {row.closed_by} at {row.closed_at.isoformat()}; "
            f"see `crossdock orders timeline {row.work_key}`"
        )
    tx.run(
        SQL.close_holds,
        hold_ids=[hold_id],
        by=word.by,
        resolution=f"{resolution}: {word.why}" if word.why else resolution.value,
        now=word.now,
    )
    if row.message_id is not None:
        subject, state = f"message {row.message_id}", _message(tx, registry, row, resolution, word)
    elif row.effect_id is not None:
        subject = f"effect {row.effect_id}"
        state = settle_by_hand(tx, registry, row.effect_id, resolution, word, observed)
    else:
        subject, state = f"connection {row.connection}", _connection(tx, row, resolution, word)
    record_act(
        tx,
        company_id=row.company_id,
        principal=word.by,
        action=f"hold.release_as_{resolution}",
        subject=f"hold:{hold_id}",
        now=word.now,
        detail={
            "work_key": row.work_key,
            "code": row.code,
            "reason": row.reason,
            "of": subject,
            "why": word.why,
            "observed": dict(observed) if observed is not None else None,
        },
    )
    return Released(hold_id, resolution, subject, state)


def release_for_need(tx: Transaction, company_id: int, need: str, word: Word) -> list[int]:
    """Retry everything that waits for one need (`sku:shop:A-1`), in order of arrival.

    Returns the numbers of the holds it closed. The caller audits the act that met the need.
    """
    rows = tx.rows(SQL.lock_holds_for_need, company_id=company_id, need=need)
    if not rows:
        return []
    messages = [r.message_id for r in rows if r.message_id is not None]
    tx.run(SQL.messages_back, message_ids=messages, released=True, now=word.now)
    hold_ids = [r.hold_id for r in rows]
    tx.run(
        SQL.close_holds,
        hold_ids=hold_ids,
        by=word.by,
        resolution=f"retry: {need} met",
        now=word.now,
    )
    tx.run(RECEIVE_SQL.wake, channel=APPLY)
    return hold_ids


def _message(
    tx: Transaction, registry: Registry, row: Any, resolution: Resolution, word: Word
) -> str:
    if resolution is Resolution.RETRY:
        tx.run(SQL.messages_back, message_ids=[row.message_id], released=True, now=word.now)
        tx.run(RECEIVE_SQL.wake, channel=APPLY)
        return "waiting"
    if resolution is Resolution.REJECT:
        return refuse_message(tx, registry, row.message_id, word.refusal(), word.now)
    if take_over(tx, registry, row, DONE_BY_HAND, word):
        return "done"
    if leave_to_person(tx, registry, row, DONE_BY_HAND, word):
        return "done"
    tx.run(
        SQL.end_message,
        message_id=row.message_id,
        state="done",
        code=DONE_BY_HAND,
        detail=word.deed(),
        now=word.now,
    )
    return "done"


def _connection(tx: Transaction, row: Any, resolution: Resolution, word: Word) -> str:
    if resolution is Resolution.REJECT:
        raise NothingToReject(
            f"hold {row.hold_id} is about connection {row.connection}, not about a document: "
            "release it --as retry when the cause is mended"
        )
    tx.run(SQL.effects_due_now, connection_id=row.connection_id, now=word.now)
    probe_now(tx, row.connection_id, word.now)
    for channel in (DELIVER, SWEEP):
        tx.run(RECEIVE_SQL.wake, channel=channel)
    return "tried again"
