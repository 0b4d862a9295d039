"""Replay a message: decide it again, with today's code, mappings and reference data.

Effects have keys that can exist once, so what took place before does not take place again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossdock.engine.apply import Applier
from crossdock.engine.channels import APPLY
from crossdock.engine.clock import Clock
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Registry
from crossdock.engine.store import Store, Transaction, load_queries
from crossdock.engine.use_case import Decision, DocumentState
from crossdock.engine.work import Claimed, Work
from crossdock.governance.audit import record_act
from crossdock.ops.word import Word

SQL = load_queries(__package__, "replay.sql")
OPEN = ("held", "dead")


class UnknownMessage(LookupError):
    """No message with that number."""


class OnItsWay(ValueError):
    """The message is waiting or being worked on: it will be decided anyway."""


@dataclass(frozen=True, slots=True)
class EffectPreview:
    """An effect the decision asks for. `state` is `new`, or that of the one that exists."""

    connection: str
    operation: str
    effect_key: str
    state: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would do, were it done now."""

    message_id: int
    work_key: str
    message_before: str
    message_after: str
    code: str
    detail: str
    document_before: str | None
    document_after: str | None
    events: Sequence[tuple[str, Mapping[str, Any]]]
    effects: Sequence[EffectPreview]
    holds: Sequence[str]

    @property
    def new_effects(self) -> int:
        return sum(effect.state == "new" for effect in self.effects)


def replay_message(tx: Transaction, message_id: int, word: Word) -> str:
    """Put a message that came to an end, or is a person's, back in line; returns its old state.

    Raises UnknownMessage, OnItsWay.
    """
    row = _find(tx, message_id)
    put = tx.row(SQL.put_back, message_id=message_id, released=row.state in OPEN, now=word.now)
    if put is None:
        raise OnItsWay(f"message {message_id} is {row.state}: it will be decided without a replay")
    tx.run(SQL.close_hold, message_id=message_id, by=word.by, now=word.now)
    tx.run(RECEIVE_SQL.wake, channel=APPLY)
    record_act(
        tx,
        company_id=row.company_id,
        principal=word.by,
        action="message.replay",
        subject=f"message:{message_id}",
        now=word.now,
        detail={"work_key": row.work_key, "was": row.state, "why": word.why},
    )
    return str(row.state)


def preview_replay(store: Store, registry: Registry, clock: Clock, message_id: int) -> Preview:
    """Translate, look up and decide, then roll everything back. Raises UnknownMessage."""
    applier = Applier(store, registry, clock, "preview")
    with store.transaction() as tx:
        row = _find(tx, message_id)
        claimed = Claimed(*row[:-1])._replace(attempts=1, released=row.state in OPEN)
        work, before = applier.try_out(tx, claimed)
        preview = _preview(tx, work, before, row.state)
        tx.run(SQL.roll_back)
    return preview


def _find(tx: Transaction, message_id: int) -> Any:
    row = tx.row(SQL.message, message_id=message_id)
    if row is None:
        raise UnknownMessage(f"no message {message_id}; see `crossdock messages list`")
    return row


def _preview(tx: Transaction, work: Work, before: DocumentState | None, state: str) -> Preview:
    decision = work.decision
    assert decision is not None
    after = decision.state.status if decision.state else None
    return Preview(
        message_id=work.claimed.message_id,
        work_key=work.claimed.work_key,
        message_before=state,
        message_after="dead" if decision.code == "dead" else decision.end.value,
        code=decision.code,
        detail=decision.detail,
        document_before=before.status if before else None,
        document_after=after or (before.status if before else None),
        events=[(event.type, event.data) for event in decision.events],
        effects=_effects(tx, decision),
        holds=[f"{hold.code}: {hold.reason}" for hold in decision.holds],
    )


def _effects(tx: Transaction, decision: Decision) -> list[EffectPreview]:
    known = {
        (row.connection, row.effect_key): row.state
        for row in tx.rows(
            SQL.known_effects,
            connections=[e.connection for e in decision.effects],
            effect_keys=[e.effect_key for e in decision.effects],
        )
    }
    return [
        EffectPreview(
            e.connection, e.operation, e.effect_key, known.get((e.connection, e.effect_key), "new")
        )
        for e in decision.effects
    ]
