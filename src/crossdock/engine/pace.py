"""How hard a connection is driven: the rate budget, the cap on concurrency, the batch size.

All three are shared by every worker on every host, because they live in the database.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from crossdock.engine.store import Transaction, load_queries
from crossdock.ports.effect import Operation
from crossdock.ports.manifest import Manifest, RateBudgetReading

SQL = load_queries(__package__, "deliver.sql")
CALL_SECONDS_AIM = 1.5
"""Batches are kept so small that a call lasts about this long: nobody urgent waits longer."""
SLOT_FREED_SECONDS = 0.5
"""With many slots calls may last longer, as long as one of them ends this often."""
WORTH_A_CALL = 5
"""Effects that one call should carry at least before more calls are made at once."""
SLOWER_THAN_USUAL = 3.0
"""A call this many times slower than the usual one lowers the cap by one."""
CALLS_BEFORE_RAISING = 20
SHARE_OF_ALL_LANES = 0.9
"""Of a day's quota; the rest is for the interactive lane."""


def ensure(
    tx: Transaction, connection_id: int, manifest: Manifest, slots: int, now: datetime
) -> None:
    """Make the connection's slots and bucket, as its manifest asks."""
    tx.run(SQL.ensure_slots, connection_id=connection_id, slots=slots, now=now)
    if manifest.rate_budget:
        tx.run(
            SQL.ensure_bucket,
            connection_id=connection_id,
            capacity=manifest.rate_budget.capacity,
            rate=manifest.rate_budget.tokens_per_second,
            per_day=manifest.rate_budget.per_day,
            now=now,
        )


def take_tokens(
    tx: Transaction,
    connection_id: int,
    manifest: Manifest,
    cost: float,
    now: datetime,
    *,
    interactive: bool = False,
) -> bool:
    """Spend from the shared budget; False when there is not enough yet.

    The last tenth of a day's quota is for the interactive lane.
    """
    if manifest.rate_budget is None:
        return True
    taken = tx.row(
        SQL.take_tokens,
        connection_id=connection_id,
        cost=cost,
        share=1.0 if interactive else SHARE_OF_ALL_LANES,
        day=utc_day(now),
        now=now,
    )
    return taken is not None


def time_until_affordable(
    tx: Transaction, connection_id: int, cost: float, now: datetime
) -> timedelta:
    """How long until `take_tokens` for a call nobody waits for can succeed."""
    row = tx.row(
        SQL.tokens_missing,
        connection_id=connection_id,
        cost=cost,
        share=SHARE_OF_ALL_LANES,
        day=utc_day(now),
        now=now,
    )
    if row is None:
        return timedelta(0)
    if row.day_spent:
        return next_utc_day(now) - now
    return timedelta(seconds=row.seconds or 0)


def utc_day(now: datetime) -> date:
    """The day a daily quota counts on."""
    return now.astimezone(UTC).date()


def next_utc_day(now: datetime) -> datetime:
    """When a daily quota begins anew."""
    return datetime.combine(utc_day(now) + timedelta(days=1), time(0), UTC)


@dataclass(slots=True)
class Pace:
    """What one worker has learned of a connection's speed."""

    slots: int
    usual: dict[tuple[str, bool], float] = field(default_factory=dict)
    """Seconds per effect, by operation, apart for batches: a call has a cost of its own."""
    good_calls: int = 0
    adopted: RateBudgetReading | None = None
    """The system's newest word on its budget, so that an old one is not believed twice."""

    def batch_limit(
        self, tx: Transaction, connection_id: int, operation: Operation, now: datetime
    ) -> int:
        """Most effects to put in one call now: what is waiting is spread over the free slots."""
        most = self._most(operation)
        if most <= WORTH_A_CALL:
            return most
        found = tx.row(
            SQL.count_waiting,
            connection_id=connection_id,
            operation=operation.name,
            at_most=most * self.slots,
            now=now,
        )
        share = math.ceil(found.effects / (found.free + 1)) if found else most
        return min(most, max(WORTH_A_CALL, share))

    def _most(self, operation: Operation) -> int:
        """As many as a call of the wanted length can carry."""
        usual = self.usual.get((operation.name, True), self.usual.get((operation.name, False)))
        if usual is None or usual <= 0:
            return min(operation.batch_max, 10)
        aim = max(CALL_SECONDS_AIM, SLOT_FREED_SECONDS * self.slots)
        return max(1, min(operation.batch_max, round(aim / usual)))

    def learn(
        self,
        tx: Transaction,
        connection_id: int,
        operation: Operation,
        effects: int,
        seconds: float,
        *,
        answered: bool = True,
    ) -> None:
        """Note a call's duration; lowers the shared cap when the system slows down, raises it back.

        A call that brought no effect about (`answered`) says nothing of how long one takes: quick
        refusals do not make the usual call look slow. A slow failure counts as slow.
        """
        each = seconds / max(1, effects)
        of = (operation.name, effects > 1)
        usual = self.usual.get(of)
        slow = usual is not None and seconds > 1.0 and each > SLOWER_THAN_USUAL * usual
        if answered:
            weight = 0.05 if slow else 0.2
            self.usual[of] = each if usual is None else (1 - weight) * usual + weight * each
        if not slow and not answered:
            return
        self.good_calls = 0 if slow else self.good_calls + 1
        if slow or self.good_calls >= CALLS_BEFORE_RAISING:
            self._move(tx, connection_id, -1 if slow else 1)

    def _move(self, tx: Transaction, connection_id: int, by: int) -> None:
        self.good_calls = 0
        tx.run(SQL.move_limit, connection_id=connection_id, by=by, slots=self.slots)
