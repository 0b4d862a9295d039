"""Watchdog: gives back what a dead worker held, and trusts no heartbeat to tell it so.

It looks at the data only: a lease that ended, a message without a lease, a call without an end.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from crossdock.engine.channels import APPLY, DELIVER
from crossdock.engine.clock import Clock
from crossdock.engine.deliver import SQL as DELIVER_SQL
from crossdock.engine.outcome_policy import Settlement, Tried, after_unknown
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Registry
from crossdock.engine.restored import note_caught_up
from crossdock.engine.store import Store, Transaction, load_queries
from crossdock.ports.effect import Grade, Operation
from crossdock.ports.manifest import UnknownOperation

SQL = load_queries(__package__, "watchdog.sql")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rearmed:
    """What one look gave back."""

    leases: int
    messages: int
    effects: int

    def __bool__(self) -> bool:
        return bool(self.leases or self.messages or self.effects)


@dataclass(slots=True)
class Watchdog:
    """Runs in every worker; any one of them is enough."""

    store: Store
    registry: Registry
    clock: Clock
    chance: random.Random = field(default_factory=random.Random)

    def look(self) -> Rearmed:
        """Give back everything whose owner is gone."""
        now = self.clock.now()
        with self.store.transaction() as tx:
            leases = tx.rows(SQL.expire_leases, now=now)
        with self.store.transaction() as tx:
            messages = self._rearm_messages(tx, now)
        with self.store.transaction() as tx:
            effects = self._rearm_effects(tx, now)
        with self.store.transaction() as tx:
            self._hold_stranded(tx, now)
            if note_caught_up(tx, self.registry, self.clock):
                log.info("watchdog.caught_up")
        rearmed = Rearmed(len(leases), messages, effects)
        if rearmed:
            log.warning(
                "watchdog.rearmed",
                leases=rearmed.leases,
                messages=rearmed.messages,
                effects=rearmed.effects,
            )
        return rearmed

    def _rearm_messages(self, tx: Transaction, now: datetime) -> int:
        orphans = [row.message_id for row in tx.rows(SQL.lock_orphans)]
        rearmed = tx.rows(SQL.rearm_messages, message_ids=orphans, now=now) if orphans else []
        if rearmed:
            tx.run(RECEIVE_SQL.wake, channel=APPLY)
        return len(rearmed)

    def _hold_stranded(self, tx: Transaction, now: datetime) -> None:
        """Effects whose prerequisite will never take place are a person's."""
        rows = tx.rows(SQL.hold_stranded)
        if not rows:
            return
        log.warning("watchdog.stranded", effects=len(rows))
        tx.run(
            DELIVER_SQL.hold_effects,
            now=now,
            owner="integration",
            effect_ids=[row.effect_id for row in rows],
            kinds=["held"] * len(rows),
            codes=["stranded"] * len(rows),
            reasons=[row.error for row in rows],
            fixes=["bring about by hand what it waits for and this effect, then "
                   "`crossdock holds release ID --as done`"] * len(rows),
        )  # fmt: skip

    def _rearm_effects(self, tx: Transaction, now: datetime) -> int:
        """Calls nobody finished have an unknown outcome: probe, or a person."""
        rows = tx.rows(SQL.orphaned_effects, now=now, connections=sorted(self.registry.attached))
        if not rows:
            return 0
        settled: list[tuple[int, Settlement]] = []
        for row in rows:
            operation = self._operation(row)
            tried = Tried(
                operation,
                row.attempts,
                row.first_sent_at,
                now,
                cause=row.cause,
                strikes=row.strikes,
                may_run_until=row.last_sent_at + operation.timeout,
            )
            unknown = after_unknown(tried, "its worker did not come back", self.chance)
            settled.append((row.effect_id, unknown))
        ids = [i for i, _ in settled]
        tx.run(
            SQL.rearm_effects,
            now=now,
            effect_ids=ids,
            states=[s.state for _, s in settled],
            must_probes=[s.must_probe for _, s in settled],
            readies=[s.ready_at for _, s in settled],
            errors=[s.error for _, s in settled],
            causes=[s.cause for _, s in settled],
            strikes=[s.strikes for _, s in settled],
        )
        tx.run(SQL.close_attempts, effect_ids=ids, now=now)
        held = [(i, s) for i, s in settled if s.hold_kind]
        if held:
            tx.run(
                DELIVER_SQL.hold_effects,
                now=now,
                owner="integration",
                effect_ids=[i for i, _ in held],
                kinds=[s.hold_kind for _, s in held],
                codes=[s.code for _, s in held],
                reasons=[s.error for _, s in held],
                fixes=[s.hold_fix for _, s in held],
            )
        tx.run(RECEIVE_SQL.wake, channel=DELIVER)
        return len(settled)

    def _operation(self, row: Any) -> Operation:
        """An operation nobody offers any more cannot be probed: as grade D, a person's."""
        try:
            return self.registry.by_id(row.connection_id).manifest.operation(row.operation)
        except UnknownOperation:
            return Operation(row.operation, Grade.D)
