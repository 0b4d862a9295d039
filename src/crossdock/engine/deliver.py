"""Deliver: intent → attempt → observed, one call at a time per slot (promise P2).

    take slot, tokens, effects; record the attempt │ call or probe │ record what was observed
                    one transaction                │   no lock     │     one transaction

A worker that dies in the middle leaves effects in `sending`; the watchdog turns them to
"outcome unknown" when their lease ends, and the next attempt begins with a probe.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from crossdock.engine import breaker, pace
from crossdock.engine.breaker import Verdict
from crossdock.engine.call import Result, probe, send
from crossdock.engine.clock import Clock
from crossdock.engine.in_hand import InHand
from crossdock.engine.outcome_arrivals import outcome_arrivals
from crossdock.engine.outcome_policy import RESTORED, Tried, settle
from crossdock.engine.pace import Pace
from crossdock.engine.receive import LANES, keep
from crossdock.engine.registry import Attached
from crossdock.engine.restored import held_back, set_aside
from crossdock.engine.store import (
    SerializationConflict,
    Store,
    StoreUnavailable,
    Transaction,
    load_queries,
)
from crossdock.engine.write_settlements import (
    adopt_budget,
    hold_settled,
    slow_down,
    write_settlements,
)
from crossdock.ports import crash_points
from crossdock.ports.capabilities import Delivers
from crossdock.ports.effect import Absent, EffectToSend, Failed, Lane, Observed, Operation
from crossdock.ports.manifest import UnknownOperation

SQL = load_queries(__package__, "deliver.sql")
log = structlog.get_logger(__name__)
TRIES_TO_RECORD = 5


@dataclass(slots=True)
class Batch:
    """Effects taken for one call."""

    slot: int
    fence: int
    operation: Operation
    must_probe: bool
    rows: Sequence[Any]
    probing: bool = False
    """The one call that tries a connection whose breaker is open."""

    def to_send(self, only: set[str] | None = None) -> list[EffectToSend]:
        return [
            EffectToSend(r.effect_key, r.operation, r.target_key, bytes(r.request), r.attempts)
            for r in self.rows
            if only is None or r.effect_key in only
        ]


@dataclass(slots=True)
class Deliverer:
    """The deliver stage of one worker for one connection."""

    store: Store
    clock: Clock
    attached: Attached
    worker_id: str
    pace: Pace
    lease: timedelta = timedelta(seconds=30)
    chance: random.Random = field(default_factory=random.Random)
    in_hand: InHand = field(default_factory=InHand)
    _unwritten: tuple[Batch, Sequence[Result], float] | None = None
    """What a call brought while the database could not be reached."""

    @property
    def connection_id(self) -> int:
        return self.attached.connection.connection_id

    def deliver_once(self) -> int:
        """Take what is due, call, record. Returns how many effects were tried.

        What could not be written down comes first: its fence says whether it is still ours to say.
        """
        if self._unwritten is not None:
            left, self._unwritten = self._unwritten, None
            self._record(*left)
        batch = self._take()
        if batch is None:
            return 0
        with self.in_hand.holding(batch.fence):
            crash_points.reach(crash_points.AFTER_INTENT)
            began = self.clock.now()
            results = self._probe_or_send(batch)
            crash_points.reach(crash_points.BEFORE_OBSERVE)
            self._record(batch, results, self._seconds_since(began, batch.operation))
        return len(batch.rows)

    def _seconds_since(self, began: datetime, operation: Operation) -> float:
        """How long a call took; the longest it may where the database cannot tell the time."""
        try:
            return max(0.0, (self.clock.now() - began).total_seconds())
        except StoreUnavailable:
            return operation.timeout.total_seconds()

    def _record(self, batch: Batch, results: Sequence[Result], seconds: float) -> None:
        """What a call brought is not lost to a conflict, nor to a database that is away."""
        try:
            self._write_down(batch, results, seconds)
        except StoreUnavailable:
            self._unwritten = (batch, results, seconds)
            raise

    def _write_down(self, batch: Batch, results: Sequence[Result], seconds: float) -> None:
        for _ in range(TRIES_TO_RECORD - 1):
            try:
                self._observe(batch, results, seconds)
            except SerializationConflict:
                continue
            return
        self._observe(batch, results, seconds)

    def _take(self) -> Batch | None:
        now = self.clock.now()
        with self.store.transaction() as tx:
            head = self._next(tx, now)
            if head is None:
                return None
            try:
                operation = self.attached.manifest.operation(head.operation)
            except UnknownOperation as error:
                self._bury(tx, head.operation, error, now)
                return None
            if head.cause == RESTORED and set_aside(tx, self.attached, operation, now):
                return None
            slot = tx.row(
                SQL.take_slot,
                connection_id=self.connection_id,
                owner=self.worker_id,
                cost=operation.cost,
                now=now,
                until=now + self.lease,
            )
            if slot is None:
                return None
            if not self._may_call(tx, head, operation, now):
                self._free(tx, slot.slot, slot.fence, now)
                return None
            rows = tx.rows(
                SQL.claim_effects,
                connection_id=self.connection_id,
                operation=operation.name,
                must_probe=head.must_probe,
                restored=head.cause == RESTORED,
                only=head.effect_id if head.probing else None,
                limit=1
                if head.probing
                else self.pace.batch_limit(tx, self.connection_id, operation, now),
                owner=self.worker_id,
                fence=slot.fence,
                now=now,
                until=now + self.lease,
            )
        return Batch(slot.slot, slot.fence, operation, head.must_probe, rows, head.probing)

    def _next(self, tx: Transaction, now: datetime) -> Any:
        """The effect that says what to do next; while the breaker is open, the one that tries."""
        wanted = {"connection_id": self.connection_id, "now": now}
        return tx.row(SQL.next_operation, **wanted) or tx.row(SQL.next_probe, **wanted)

    def _may_call(self, tx: Transaction, head: Any, operation: Operation, now: datetime) -> bool:
        """Be the only one who tries a connection that does not answer, and pay for the call.

        Breaker, then bucket: the order in which every transaction locks them.
        """
        until = now + operation.timeout + self.lease
        if head.probing and not breaker.begin_probe(tx, self.connection_id, until, now):
            return False
        if pace.take_tokens(
            tx, self.connection_id, self.attached.manifest, operation.cost, now,
            interactive=head.lane == LANES[Lane.INTERACTIVE],
        ):  # fmt: skip
            return True
        if head.probing:
            breaker.probe_now(tx, self.connection_id, now)
        return False

    def _bury(self, tx: Transaction, name: str, error: UnknownOperation, now: datetime) -> None:
        """Effects no code can perform any more are a person's; those behind them go on."""
        log.error("deliver.unknown_operation", operation=name, error=str(error))
        ids = [
            row.effect_id
            for row in tx.rows(
                SQL.bury_operation,
                connection_id=self.connection_id,
                operation=name,
                error=str(error),
            )
        ]
        tx.run(
            SQL.hold_effects,
            now=now,
            owner=self.attached.manifest.owner,
            effect_ids=ids,
            kinds=["dead"] * len(ids),
            codes=["unknown_operation"] * len(ids),
            reasons=[str(error)] * len(ids),
            fixes=["install the connector that can, then `crossdock holds release ID --as retry`"]
            * len(ids),
        )

    def _probe_or_send(self, batch: Batch) -> list[Result]:
        connector = self.attached.connector
        assert isinstance(connector, Delivers)
        if not batch.must_probe:
            return send(connector, batch.to_send())
        found: list[Result] = []
        absent: set[str] = set()
        for answer in probe(connector, batch.to_send()):
            if isinstance(answer, Absent):
                absent.add(answer.effect_key)
            else:
                found.append(answer)
        if absent:
            begun, kept = self._begin_send(batch, absent)
            found += kept
            if begun:
                found += send(connector, batch.to_send(begun))
        return found

    def _begin_send(self, batch: Batch, absent: set[str]) -> tuple[set[str], Sequence[Result]]:
        """Record the sending; only what is still this worker's may be sent after the probe.

        Returns it, and what becomes of the effects that a restored ledger keeps back.
        """
        now, ids = self.clock.now(), {r.effect_id for r in batch.rows if r.effect_key in absent}
        with self.store.transaction() as tx:
            kept = held_back(tx, ids, now)
            rows = tx.rows(
                SQL.begin_send,
                effect_ids=sorted(ids - kept.keys()),
                fence=batch.fence,
                owner=self.worker_id,
                now=now,
                until=now + self.lease,
            )
        return {row.effect_key for row in rows}, list(kept.values())

    def _observe(self, batch: Batch, results: Sequence[Result], seconds: float) -> None:
        now = self.clock.now()
        by_key = {r.effect_key: r for r in results}
        with self.store.transaction() as tx:
            mine = {
                row.effect_id
                for row in tx.rows(
                    SQL.lock_sending,
                    effect_ids=[r.effect_id for r in batch.rows],
                    fence=batch.fence,
                )
            }
            self._free(tx, batch.slot, batch.fence, now)
            rows = [r for r in batch.rows if r.effect_id in mine]
            down = self._tell_breaker(tx, batch, results, now)
            settled = [
                (r, found, settle(_tried(batch, r, now, down), found, self.chance))
                for r in rows
                for found in [by_key[r.effect_key]]
            ]
            write_settlements(tx, batch.fence, settled, now)
            hold_settled(tx, self.attached, settled, now)
            keep(tx, outcome_arrivals(self.attached, batch.operation, settled), now)
            answered = any(isinstance(result, Observed) for result in results)
            self.pace.learn(
                tx, self.connection_id, batch.operation, len(batch.rows), seconds, answered=answered
            )
            adopt_budget(tx, self.attached, self.pace, now)
            slow_down(tx, self.attached, results, now)
            if answered:
                tx.run(
                    SQL.close_connection_hold,
                    company_id=self.attached.connection.company_id,
                    connection_id=self.connection_id,
                    now=now,
                )

    def _tell_breaker(
        self, tx: Transaction, batch: Batch, results: Sequence[Result], now: datetime
    ) -> bool:
        """Whether the connection counts as down after this call."""
        said = breaker.verdict(results)
        if said is Verdict.ANSWERS:
            breaker.answered(tx, self.attached, now)
        if said is Verdict.UNCLEAR and batch.probing:
            breaker.probe_now(tx, self.connection_id, now)
        if said is not Verdict.SILENT:
            return False
        reason = next(r.error.reason for r in results if isinstance(r, Failed))
        return breaker.failed(tx, self.attached, reason, now, self.chance, probing=batch.probing)

    def _free(self, tx: Transaction, slot: int, fence: int, now: datetime) -> None:
        tx.run(SQL.free_slot, connection_id=self.connection_id, slot=slot, fence=fence, now=now)


def _tried(batch: Batch, row: Any, now: datetime, down: bool) -> Tried:
    return Tried(
        batch.operation, row.attempts, row.first_sent_at, now,
        cause=row.cause, strikes=row.strikes, down=down,
    )  # fmt: skip
