"""Apply: messages to decisions, in order per key, one transaction per batch.

    claim (lease, fence) → translate → [lock leases → read → needs → decide → write] → drop leases

A worker that dies loses nothing: until the bracket commits, nothing was decided, and the watchdog
gives the keys back when their leases end. A worker that lost its lease finds its fence gone and
writes nothing for that key.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from crossdock.engine.clock import Clock
from crossdock.engine.encoding import document_digest, from_json
from crossdock.engine.outcome_arrivals import KIND as OUTCOME_KIND
from crossdock.engine.registry import Registry
from crossdock.engine.resolve import resolve
from crossdock.engine.snapshot_rule import superseded
from crossdock.engine.store import SerializationConflict, StatementFailed, Store, Transaction, load_queries
from crossdock.engine.use_case import Decision, DocumentState, EffectOutcome, End, HoldDraft, Need
from crossdock.engine.work import Claimed, StoredDocument, Work, WorkKey
from crossdock.engine.write_decisions import write_decisions
from crossdock.ports.capabilities import Translates
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import Arrival, Shape

SQL = load_queries(__package__, "apply.sql")
MAX_ATTEMPTS = 5
"""Runs of one message that end in a crash of ours before a person gets it."""
ROUNDS = 4
"""How often a decision may ask for more."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Applier:
    """The apply stage of one worker."""

    store: Store
    registry: Registry
    clock: Clock
    worker_id: str
    lease: timedelta = timedelta(seconds=30)
    batch: int = 100

    def apply_once(self) -> int:
        """Claim a batch, decide it, write it. Returns how many messages were worked on."""
        claimed = self._claim()
        if not claimed:
            return 0
        works = self._read(claimed)
        try:
            self._decide_and_write(works)
        except (SerializationConflict, StatementFailed) as error:
            log.warning("apply.batch_failed", messages=len(works), error=str(error))
            self._one_by_one(works)
        return len(claimed)

    def _claim(self) -> list[Claimed]:
        now = self.clock.now()
        with self.store.transaction() as tx:
            tx.without_sync()
            rows = tx.rows(
                SQL.claim_messages, now=now, limit=self.batch, owner=self.worker_id, until=now + self.lease
            )
        return [Claimed(*row) for row in rows]

    def _read(self, claimed: Sequence[Claimed]) -> list[Work]:
        with self.store.transaction() as tx:
            bodies = {
                row.delivery_id: row
                for row in tx.rows(
                    SQL.read_bodies,
                    delivery_ids=[c.delivery_id for c in claimed],
                    received_ats=[c.received_at for c in claimed],
                )
            }
        return [self._translate(c, bodies[c.delivery_id]) for c in claimed]

    def _translate(self, claimed: Claimed, row: object) -> Work:
        attached = self.registry.by_id(claimed.connection_id)
        arrival = Arrival(row.topic, from_json(row.headers), bytes(row.body))  # type: ignore[attr-defined]
        if claimed.kind == OUTCOME_KIND:
            outcome = EffectOutcome.model_validate_json(arrival.body)
            return Work(claimed, attached, arrival, Shape.FACT, outcome)
        work = Work(claimed, attached, arrival, _shape(attached.manifest.inbound, claimed.kind))
        connector = attached.connector
        try:
            if not isinstance(connector, Translates):
                raise Unreadable("kind", f"{claimed.kind} has no translation", "report it to the owner")
            work.document = connector.translate(claimed.kind, arrival)
            work.digest = document_digest(work.document)
        except Unreadable as error:
            work.failure = error
        return work

    def _one_by_one(self, works: Sequence[Work]) -> None:
        """After a batch failed: each key alone, so that one bad message stops no other."""
        for key, group in _by_key(works).items():
            for work in group:
                work.asked.clear()
                work.granted.clear()
                work.decision = None
            try:
                self._decide_and_write(group)
            except SerializationConflict as error:
                log.warning("apply.conflict", work_key=key[1], error=str(error))
            except StatementFailed as error:
                self._give_back(group, error)

    def _give_back(self, group: Sequence[Work], error: StatementFailed) -> None:
        """Nothing was written for this key: dead with a reason after too many attempts."""
        log.error("apply.failed", work_key=group[0].claimed.work_key, error=str(error))
        now = self.clock.now()
        for work in group:
            if work.claimed.attempts >= MAX_ATTEMPTS:
                work.decision = _dead(f"it could not be written: {error}")
            else:
                pause = timedelta(seconds=2**work.claimed.attempts)
                work.decision = Decision(end=End.WAIT, code="retry", detail=str(error)[:500], wait_until=now + pause)
        with self.store.transaction() as tx:
            held = _hold_leases(tx, group)
            write_decisions(tx, self.registry, [w for w in group if w.key in held], {}, now)
            drop_leases(tx, group)

    def _decide_and_write(self, works: Sequence[Work]) -> None:
        now = self.clock.now()
        with self.store.transaction() as tx:
            held = _hold_leases(tx, works)
            mine = [w for w in works if w.key in held]
            stored = read_documents(tx, mine)
            for turn in _turns(mine):
                self._decide(tx, turn, stored, now)
            write_decisions(tx, self.registry, mine, stored, now)
            drop_leases(tx, mine)

    def _decide(
        self, tx: Transaction, turn: Sequence[Work], stored: dict[WorkKey, StoredDocument], now: datetime
    ) -> None:
        """Decide one message of each key; each may ask for more before it answers."""
        open_works: list[tuple[Work, Sequence[Need]]] = []
        for work in turn:
            work.decision = self._early_end(work, stored.get(work.key))
            if work.decision is None:
                assert work.use_case is not None
                state = _state(stored, work)
                open_works.append((work, work.use_case.needs(work.document, state, work.context(now))))
        for _ in range(ROUNDS):
            resolve(tx, self.registry, open_works, now)
            again: list[tuple[Work, Sequence[Need]]] = []
            for work, _needs in open_works:
                answer = self._ask(work, _state(stored, work), now)
                if isinstance(answer, Decision):
                    work.decision = answer
                    _remember(stored, work, answer)
                else:
                    again.append((work, answer))
            open_works = again
            if not open_works:
                return
        for work, needs in open_works:
            work.decision = _dead(f"the decision asks for ever: {needs[0]}")

    def _ask(self, work: Work, state: DocumentState | None, now: datetime) -> Decision | Sequence[Need]:
        assert work.use_case is not None
        try:
            return work.use_case.decide(work.document, state, work.granted, work.context(now))
        except Exception as error:  # boundary: a fault of ours in one decision must not stop the rest
            log.exception("apply.decision_failed", message_id=work.claimed.message_id)
            return _dead(f"the decision failed: {type(error).__name__}: {error}")

    def _early_end(self, work: Work, stored: StoredDocument | None) -> Decision | None:
        if work.claimed.attempts > MAX_ATTEMPTS:
            return _dead(f"begun {work.claimed.attempts - 1} times and never finished")
        if work.failure is not None:
            return _unreadable(work.failure, work.attached.manifest.owner)
        if (end := superseded(work, stored)) is not None:
            return end
        document = work.document
        if isinstance(document, EffectOutcome):
            work.use_case = self.registry.outcome_routes.get(stored.document_type) if stored else None
        else:
            assert document is not None
            work.use_case = self.registry.routes.get(type(document))
        return None if work.use_case else Decision(code="not_ours", detail="nobody here needs it")


def _shape(inbound: Sequence[object], kind: str) -> Shape:
    return next((t.shape for t in inbound if t.kind == kind), Shape.FACT)  # type: ignore[attr-defined]


def _state(stored: dict[WorkKey, StoredDocument], work: Work) -> DocumentState | None:
    found = stored.get(work.key)
    return found.state if found else None


def _remember(stored: dict[WorkKey, StoredDocument], work: Work, decision: Decision) -> None:
    """Carry a decision's state to the next message of the same key, and to the write."""
    found = stored.get(work.key)
    if decision.state is not None:
        assert work.use_case is not None
        if found is None:
            found = StoredDocument(
                work.use_case.document_type, work.claimed.connection_id, decision.state, None, None, None
            )
            stored[work.key] = found
        found.state = decision.state
        found.changed = True
    if found is not None and work.shape is Shape.SNAPSHOT and decision.end in (End.DONE, End.HELD, End.REJECTED):
        if decision.code == "not_ours":
            return
        if work.attached.connection.connection_id == found.connection_id:
            found.source_version = work.claimed.version
            found.source_digest = work.digest
            found.source_message = work.claimed.message_id
            found.changed = True


def _by_key(works: Sequence[Work]) -> dict[WorkKey, list[Work]]:
    groups: defaultdict[WorkKey, list[Work]] = defaultdict(list)
    for work in works:
        groups[work.key].append(work)
    return dict(groups)


def _turns(works: Sequence[Work]) -> list[list[Work]]:
    """Facts in order of arrival, then snapshots newest first; one message of each key a turn."""
    turns: list[list[Work]] = []
    for group in _by_key(works).values():
        facts = sorted((w for w in group if w.shape is Shape.FACT), key=lambda w: w.claimed.message_id)
        snapshots = sorted((w for w in group if w.shape is Shape.SNAPSHOT), key=lambda w: w.claimed.message_id)
        snapshots.sort(key=lambda w: w.claimed.version or "", reverse=True)
        for position, work in enumerate(facts + snapshots):
            if position == len(turns):
                turns.append([])
            turns[position].append(work)
    return turns


def _hold_leases(tx: Transaction, works: Sequence[Work]) -> set[WorkKey]:
    rows = tx.rows(SQL.lock_leases, **_lease_columns(works))
    return {(row.company_id, row.work_key) for row in rows}


def drop_leases(tx: Transaction, works: Sequence[Work]) -> None:
    """Free the keys of these works."""
    if works:
        tx.run(SQL.drop_leases, **_lease_columns(works))


def _lease_columns(works: Sequence[Work]) -> dict[str, list[int] | list[str]]:
    return {
        "companies": [w.claimed.company_id for w in works],
        "work_keys": [w.claimed.work_key for w in works],
        "fences": [w.claimed.fence for w in works],
    }


def read_documents(tx: Transaction, works: Sequence[Work]) -> dict[WorkKey, StoredDocument]:
    """The states these works are about, as far as they exist."""
    rows = tx.rows(
        SQL.read_documents,
        companies=[w.claimed.company_id for w in works],
        work_keys=[w.claimed.work_key for w in works],
    )
    return {
        (row.company_id, row.work_key): StoredDocument(
            row.document_type,
            row.connection_id,
            DocumentState(row.status, row.data.encode(), row.document_id),
            row.source_version,
            row.source_digest,
            row.source_message,
        )
        for row in rows
    }


def _dead(reason: str) -> Decision:
    hold = HoldDraft(
        code="dead",
        reason=reason,
        fix="look at the log of the worker, mend the cause, then `crossdock replay ID`",
        owner="integration",
    )
    return Decision(end=End.HELD, code="dead", detail=reason, holds=[hold])


def _unreadable(failure: Unreadable, owner: str) -> Decision:
    hold = HoldDraft(
        code="unreadable", field=failure.field, reason=failure.reason, fix=failure.remedy, owner=owner
    )
    return Decision(end=End.HELD, code="unreadable", detail=str(failure), holds=[hold])
