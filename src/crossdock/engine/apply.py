"""Apply: messages to decisions, in order per key, one transaction per batch.

    claim (lease, fence) → translate → [lock leases → read → needs → decide → write] → drop leases

A worker that dies loses nothing: until the bracket commits, nothing was decided, and the watchdog
gives the keys back when their leases end. A worker that lost its lease finds its fence gone and
writes nothing for that key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from crossdock.engine.clock import Clock
from crossdock.engine.decide import ask_decision, ask_needs
from crossdock.engine.endings import (
    DEAD,
    MAX_ATTEMPTS,
    NOT_ALLOWED,
    dead,
    not_written,
    other_document,
    unreadable,
)
from crossdock.engine.identify_again import as_itself, identified, take_up_identified
from crossdock.engine.registry import Registry
from crossdock.engine.replayed import applied_before, as_it_was
from crossdock.engine.resolve import resolve
from crossdock.engine.snapshot_rule import superseded
from crossdock.engine.store import Store, StoreUnavailable, Transaction, load_queries
from crossdock.engine.translate import translate
from crossdock.engine.turns import by_key, turns
from crossdock.engine.use_case import Decision, DocumentState, EffectOutcome, End, Need
from crossdock.engine.work import Claimed, StoredDocument, Work, WorkKey
from crossdock.engine.write_decisions import write_decisions, write_effects
from crossdock.ports.errors import in_one_line
from crossdock.ports.message import Shape

SQL = load_queries(__package__, "apply.sql")
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
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - boundary: one message must stop no other
            log.warning("apply.batch_failed", messages=len(works), error=str(error))
            self._one_by_one(works)
        return len(claimed)

    def try_out(self, tx: Transaction, claimed: Claimed) -> tuple[Work, DocumentState | None]:
        """Decide one message and write nothing of it; for a caller that rolls `tx` back.

        Returns the work with its decision, and the document's state before it.
        """
        bodies = _read_bodies(tx, [claimed])
        row = bodies.get(claimed.delivery_id)
        work = as_itself(tx, self.registry, translate(self.registry, claimed, row), row)
        stored = read_documents(tx, [work])
        before = _state(stored, work)
        self._decide(tx, [work], stored, self.clock.now())
        return work, before

    def _claim(self) -> list[Claimed]:
        now = self.clock.now()
        with self.store.transaction() as tx:
            tx.without_sync()
            rows = tx.rows(
                SQL.claim_messages,
                now=now,
                limit=self.batch,
                owner=self.worker_id,
                until=now + self.lease,
                connections=sorted(self.registry.attached),
            )
        return [Claimed(*row) for row in rows]

    def _read(self, claimed: Sequence[Claimed]) -> list[Work]:
        """What was begun too often is not even read again: reading it may be what kills."""
        with self.store.transaction() as tx:
            bodies = _read_bodies(tx, [c for c in claimed if c.attempts <= MAX_ATTEMPTS])
        return [translate(self.registry, c, bodies.get(c.delivery_id)) for c in claimed]

    def _one_by_one(self, works: Sequence[Work]) -> None:
        """After a batch failed: each key alone, so that one bad message stops no other."""
        for key, group in by_key(works).items():
            for work in group:
                work.start_over()
            try:
                self._decide_and_write(group)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - boundary: given back with its reason
                log.warning("apply.failed", work_key=key[1], error=in_one_line(error))
                self._give_back(group, error)

    def _give_back(self, group: Sequence[Work], error: Exception) -> None:
        """Nothing was written for this key: dead with a reason after too many attempts."""
        now = self.clock.now()
        for work in group:
            work.start_over()
            work.decision = not_written(work, error, now)
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
            in_turns = turns(mine)
            for turn in in_turns:
                self._decide(tx, turn, stored, now)
                if turn is not in_turns[-1]:
                    write_effects(tx, self.registry, turn, now)
            write_decisions(tx, self.registry, mine, stored, now)
            take_up_identified(tx, mine, now)
            drop_leases(tx, mine)

    def _decide(
        self,
        tx: Transaction,
        turn: Sequence[Work],
        stored: dict[WorkKey, StoredDocument],
        now: datetime,
    ) -> None:
        """Decide one message of each key; each may ask for more before it answers."""
        open_works: list[tuple[Work, Sequence[Need]]] = []
        for work in turn:
            work.decision = self._early_end(work, stored.get(work.key))
            if work.decision is None:
                answer = ask_needs(work, _state(stored, work), now)
                self._take_up(tx, work, answer, stored, open_works)
            else:
                as_it_was(tx, work, _state(stored, work))
        for _ in range(ROUNDS):
            resolve(tx, self.registry, open_works, now)
            again: list[tuple[Work, Sequence[Need]]] = []
            for work, _needs in open_works:
                answer = ask_decision(self.registry, work, _state(stored, work), now)
                self._take_up(tx, work, answer, stored, again)
            open_works = again
            if not open_works:
                return
        for work, needs in open_works:
            work.decision = dead(work, f"the decision asks for ever: {needs[0]}")

    def _take_up(
        self,
        tx: Transaction,
        work: Work,
        answer: Decision | Sequence[Need],
        stored: dict[WorkKey, StoredDocument],
        asking: list[tuple[Work, Sequence[Need]]],
    ) -> None:
        if isinstance(answer, Decision):
            work.decision = answer
            if not as_it_was(tx, work, _state(stored, work)):
                _remember(stored, work, answer)
        else:
            asking.append((work, answer))

    def _early_end(self, work: Work, stored: StoredDocument | None) -> Decision | None:
        if work.fault is not None:
            return dead(work, work.fault)
        if work.failure is not None:
            return unreadable(work.failure, work.attached.manifest.owner)
        if work.identified is not None:
            return identified(work.identified)
        if (end := superseded(work, stored)) is not None:
            return end
        document = work.document
        if (end := applied_before(work, document_exists=stored is not None)) is not None:
            return end
        if isinstance(document, EffectOutcome):
            routes = self.registry.outcome_routes
            work.use_case = routes.get(stored.document_type) if stored else None
        else:
            assert document is not None
            work.use_case = self.registry.routes.get(type(document))
        if work.use_case and stored and work.use_case.document_type != stored.document_type:
            return other_document(work, stored.document_type)
        return None if work.use_case else Decision(code="not_ours", detail="nobody here needs it")


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
                work.use_case.document_type,
                work.claimed.connection_id,
                decision.state,
                None,
                None,
                None,
            )
            stored[work.key] = found
        found.state = decision.state
        found.changed = True
    if (
        found is not None
        and work.shape is Shape.SNAPSHOT
        and decision.end in (End.DONE, End.HELD, End.REJECTED)
    ):
        if decision.code in ("not_ours", DEAD, NOT_ALLOWED):
            return
        if work.attached.connection.connection_id == found.connection_id:
            found.source_version = work.claimed.version
            found.source_digest = work.digest
            found.source_message = work.claimed.message_id
            found.changed = True


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


def _read_bodies(tx: Transaction, claimed: Sequence[Claimed]) -> dict[int, Any]:
    rows = tx.rows(
        SQL.read_bodies,
        delivery_ids=[c.delivery_id for c in claimed],
        received_ats=[c.received_at for c in claimed],
    )
    return {row.delivery_id: row for row in rows}


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
