"""What follows from a batch of decisions, written in bulk in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.domain.money import Money
from crossdock.engine.channels import DELIVER
from crossdock.engine.encoding import to_json
from crossdock.engine.endings import DEAD, NOT_ALLOWED, OTHER_DOCUMENT
from crossdock.engine.prepare import prepare_effects
from crossdock.engine.receive import LANES
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.refused_effects import refuse_effects
from crossdock.engine.registry import Ask, Posted, Registry
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.use_case import Decision, End, HoldDraft
from crossdock.engine.work import PreparedEffect, StoredDocument, Work, WorkKey
from crossdock.ports.message import Shape

SQL = load_queries(__package__, "apply.sql")

_STATE_OF_END = {
    End.DONE: "done",
    End.DUPLICATE: "duplicate",
    End.STALE: "stale",
    End.REJECTED: "rejected",
    End.HELD: "held",
    End.WAIT: "waiting",
}

NOTHING_APPLIED = (DEAD, NOT_ALLOWED, OTHER_DOCUMENT)
"""Codes of messages that left their document as it was."""

Decided = tuple[Work, Decision]


def write_decisions(
    tx: Transaction,
    registry: Registry,
    works: Iterable[Work],
    stored: Mapping[WorkKey, StoredDocument],
    now: datetime,
) -> None:
    """Write states, events, effects, aliases, holds and the messages' ends."""
    decided: list[Decided] = [(w, w.decision) for w in works if w.decision is not None]
    if not decided:
        return
    _write_documents(tx, stored, now)
    _post(tx, registry, stored, now)
    _write_events(tx, decided, now)
    _write_aliases(tx, decided)
    write_effects(tx, registry, [w for w, _ in decided], now)
    _supersede(tx, decided, now)
    _write_holds(tx, registry, decided, now)
    _end_messages(tx, decided, stored, now)


def _write_documents(
    tx: Transaction, stored: Mapping[WorkKey, StoredDocument], now: datetime
) -> None:
    changed = sorted((k, d) for k, d in stored.items() if d.changed) if len(stored) else []
    if not changed:
        return
    documents = [d for _, d in changed]
    tx.run(
        SQL.write_documents,
        now=now,
        companies=[k[0] for k, _ in changed],
        work_keys=[k[1] for k, _ in changed],
        types=[d.document_type for d in documents],
        ids=[d.state.document_id for d in documents],
        connections=[d.connection_id for d in documents],
        statuses=[d.state.status for d in documents],
        versions=[d.source_version for d in documents],
        digests=[d.source_digest for d in documents],
        messages=[d.source_message for d in documents],
        datas=[d.state.data for d in documents],
    )


def _post(
    tx: Transaction,
    registry: Registry,
    stored: Mapping[WorkKey, StoredDocument],
    now: datetime,
) -> None:
    """Ledgers one after the other by name, so that no two batches take them the other way round."""
    by_ledger: defaultdict[str, list[Posted]] = defaultdict(list)
    for (company_id, work_key), document in sorted(stored.items()):
        if document.changed:
            for ledger, entry in document.state.postings.items():
                posted = Posted(company_id, document.connection_id, work_key, entry)
                by_ledger[ledger].append(posted)
    for ledger in sorted(by_ledger):
        registry.posters[ledger](tx, by_ledger[ledger], now)


def _write_events(tx: Transaction, decided: Sequence[Decided], now: datetime) -> None:
    events = [(w, e) for w, d in decided for e in d.events]
    if not events:
        return
    tx.run(
        SQL.write_events,
        now=now,
        companies=[w.claimed.company_id for w, _ in events],
        work_keys=[w.claimed.work_key for w, _ in events],
        types=[e.type for _, e in events],
        messages=[w.claimed.message_id for w, _ in events],
        datas=[to_json(dict(e.data)) for _, e in events],
    )


def _write_aliases(tx: Transaction, decided: Sequence[Decided]) -> None:
    aliases = [(w, a) for w, d in decided for a in d.aliases]
    if not aliases:
        return
    tx.run(
        SQL.write_aliases,
        companies=[w.claimed.company_id for w, _ in aliases],
        aliases=[a for _, a in aliases],
        work_keys=[w.claimed.work_key for w, _ in aliases],
    )


def write_effects(
    tx: Transaction, registry: Registry, works: Iterable[Work], now: datetime
) -> None:
    """Write the effects of these works that are not written yet: a later turn may withdraw them."""
    effects = [(w, e) for w in works for e in _take_prepared(registry, w)]
    if not effects:
        return
    tx.run(
        SQL.write_effects,
        now=now,
        companies=[w.claimed.company_id for w, _ in effects],
        connections=[e.connection_id for _, e in effects],
        effect_keys=[e.draft.effect_key for _, e in effects],
        operations=[e.draft.operation for _, e in effects],
        targets=[e.draft.target_key for _, e in effects],
        afters=[e.draft.after_key for _, e in effects],
        work_keys=[w.claimed.work_key for w, _ in effects],
        messages=[w.claimed.message_id for w, _ in effects],
        lanes=[LANES[e.draft.lane] for _, e in effects],
        requests=[e.request for _, e in effects],
        not_befores=[e.draft.not_before for _, e in effects],
    )
    refuse_effects(tx, registry, [e for _, e in effects], now)
    tx.run(RECEIVE_SQL.wake, channel=DELIVER)


def _take_prepared(registry: Registry, work: Work) -> Sequence[PreparedEffect]:
    """As prepared with the decision; else (a rule of the engine, a person) prepared now."""
    prepared = work.prepared
    if prepared is None:
        prepared = prepare_effects(registry, work.decision.effects) if work.decision else ()
    work.prepared = ()
    return prepared


def _supersede(tx: Transaction, decided: Sequence[Decided], now: datetime) -> None:
    """An applied snapshot takes the place of older ones still held, and of their questions."""
    applied = [
        w
        for w, d in decided
        if w.shape is Shape.SNAPSHOT and w.claimed.version
        and d.end in (End.DONE, End.HELD, End.REJECTED)
        and d.code not in ("not_ours", "read_again", "unreadable", *NOTHING_APPLIED)
    ]  # fmt: skip
    closing = [(w, d) for w, d in decided if d.closes_holds]
    replaced: list[int] = []
    if applied:
        replaced = [
            row.message_id
            for row in tx.rows(
                SQL.supersede_held,
                now=now,
                companies=[w.claimed.company_id for w in applied],
                work_keys=[w.claimed.work_key for w in applied],
                versions=[w.claimed.version for w in applied],
                messages=[w.claimed.message_id for w in applied],
                kinds=[w.claimed.kind for w in applied],
                details=[f"replaced by message {w.claimed.message_id}" for w in applied],
            )
        ]
    again = replaced + [
        w.claimed.message_id for w, _ in decided if w.claimed.attempts > 1 or w.claimed.released
    ]
    if again:
        tx.run(SQL.close_message_holds, message_ids=again, now=now)
    if closing:
        tx.run(
            SQL.close_holds,
            now=now,
            companies=[w.claimed.company_id for w, _ in closing],
            work_keys=[w.claimed.work_key for w, _ in closing],
            kept=["\n".join(d.keeps_holds) for _, d in closing],
            details=[f"answered by message {w.claimed.message_id}" for w, _ in closing],
        )


def _write_holds(
    tx: Transaction, registry: Registry, decided: Sequence[Decided], now: datetime
) -> None:
    holds = [(w, d.end, h) for w, d in decided for h in d.holds[:1]]
    if not holds:
        return
    candidates = _candidates(tx, registry, [(w, h) for w, _, h in holds], now)
    values = [_value(w, h) for w, _, h in holds]
    tx.run(
        SQL.write_holds,
        now=now,
        companies=[w.claimed.company_id for w, _, _ in holds],
        connections=[w.claimed.connection_id for w, _, _ in holds],
        work_keys=[w.claimed.work_key for w, _, _ in holds],
        messages=[w.claimed.message_id if end is End.HELD else None for w, end, _ in holds],
        kinds=["dead" if h.code == DEAD else "held" for _, _, h in holds],
        codes=[h.code for _, _, h in holds],
        fields=[h.field for _, _, h in holds],
        reasons=[h.reason for _, _, h in holds],
        fixes=[h.fix for _, _, h in holds],
        needs=[h.need for _, _, h in holds],
        candidates=[to_json(c) for c in candidates],
        amounts=[v.amount if v else None for v in values],
        currencies=[v.currency if v else None for v in values],
        owners=[h.owner for _, _, h in holds],
    )


def _value(work: Work, hold: HoldDraft) -> Money | None:
    """As the hold says, else the total of what came; the statement adds that of what stands."""
    total = hold.value or getattr(work.document, "total", None)
    return total if isinstance(total, Money) else None


def _candidates(
    tx: Transaction, registry: Registry, holds: Sequence[tuple[Work, HoldDraft]], now: datetime
) -> list[Any]:
    """Suggestions for the person, looked up only for what is held."""
    found: list[Any] = []
    for work, hold in holds:
        if hold.candidates is None:
            found.append([])
            continue
        ask = Ask(*work.key, hold.candidates)
        found.append(registry.resolvers[hold.candidates.kind](tx, [ask], now).get(ask) or [])
    return found


def _end_messages(
    tx: Transaction,
    decided: Sequence[Decided],
    stored: Mapping[WorkKey, StoredDocument],
    now: datetime,
) -> None:
    tx.run(
        SQL.end_messages,
        now=now,
        messages=[w.claimed.message_id for w, _ in decided],
        states=["dead" if d.code == DEAD else _STATE_OF_END[d.end] for _, d in decided],
        codes=[d.code or None for _, d in decided],
        details=[d.detail[:2000] or None for _, d in decided],
        duplicates=[_first_of(w, d, stored) for w, d in decided],
        owners=[d.duplicate_of_work for _, d in decided],
        readies=[d.wait_until for _, d in decided],
        unchanged=[w.unchanged for w, _ in decided],
    )


def _first_of(
    work: Work, decision: Decision, stored: Mapping[WorkKey, StoredDocument]
) -> int | None:
    """For a duplicate: the message it repeats."""
    if decision.end is not End.DUPLICATE or work.unchanged:
        return None
    found = stored.get(work.key)
    return found.source_message if found else None
