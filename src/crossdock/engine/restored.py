"""After a restore: effects that may stand outside already, made in the time the ledger has lost.

Each is looked for before anything is sent; where a probe cannot tell, its grade says what follows:

    READ   nothing to look for: read again
    A      looked for; a person's when its key may be older than the system remembers
    B      looked for
    C      looked for, once a call of the lost time can no longer take effect
    D      cannot be looked for: a person's

`first_sent_at` and `last_sent_at` of such an effect are the backup's instant and the restore's: it
was sent between them, if it was.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from crossdock.engine.channels import DELIVER
from crossdock.engine.clock import Clock
from crossdock.engine.outcome_policy import UNKNOWN_FIX
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Attached, Registry
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.upkeep import UPKEEP
from crossdock.engine.write_settlements import SQL as DELIVER_SQL
from crossdock.ports.effect import Absent, Failed, Grade, Operation
from crossdock.ports.errors import Rejected

SQL = load_queries(__package__, "restored.sql")
LOOK_AGAIN_AFTER = timedelta(seconds=10)
"""Whether it may be sent by then."""
TAKEN_BACK = "taken_back"
"""Code of an effect that was withdrawn while it had to be looked for yet."""


def set_aside(tx: Transaction, attached: Attached, operation: Operation, now: datetime) -> bool:
    """See to the connection's waiting effects of one operation that can be neither probed nor sent,
    or not yet.

    Returns whether there were any.
    """
    these = {
        "connection_id": attached.connection.connection_id, "operation": operation.name, "now": now,
    }  # fmt: skip
    match operation.grade:
        case Grade.READ:
            found = tx.run(SQL.just_read, **these)
        case Grade.D:
            found = _ask(tx, attached, these, now, "no machine can see whether it was")
        case Grade.A if operation.key_lifetime is not None:
            why = "its idempotency key may be older than the system remembers"
            found = _ask(tx, attached, these, now - operation.key_lifetime, why)
        case Grade.C:
            settling = operation.timeout + operation.settle
            found = tx.run(SQL.look_later, **these, settling=settling)
        case _:
            found = 0
    found += _hold_back(tx, these, now)
    if found:
        tx.run(RECEIVE_SQL.wake, channel=DELIVER)
    return bool(found)


def _ask(
    tx: Transaction, attached: Attached, these: dict[str, object], before: datetime, why: str
) -> int:
    reason = f"the ledger was restored from a backup; this may have been sent since, and {why}"
    rows = tx.rows(SQL.ask_a_person, **these, before=before, error=reason)
    ids = [row.effect_id for row in rows]
    if ids:
        tx.run(
            DELIVER_SQL.hold_effects, now=these["now"], owner=attached.manifest.owner,
            effect_ids=ids, kinds=["held"] * len(ids), codes=["unknown"] * len(ids),
            reasons=[reason] * len(ids), fixes=[UNKNOWN_FIX] * len(ids),
        )  # fmt: skip
    return len(ids)


def held_back(
    tx: Transaction, effect_ids: Collection[int], now: datetime
) -> Mapping[int, Absent | Failed]:
    """Those of these effects that are not to be sent, though they are not there: what follows.

    The lost time may have taken them back, which is known when their document was read again; or
    they were taken back since.
    """
    rows = tx.rows(SQL.held_back, effect_ids=list(effect_ids), upkeep=UPKEEP.name, now=now)
    taken = Rejected("it was taken back before it was sent", code=TAKEN_BACK)
    return {
        r.effect_id: Failed(r.effect_key, taken) if r.unwanted else Absent(r.effect_key)
        for r in rows
    }


def _hold_back(tx: Transaction, these: dict[str, object], now: datetime) -> int:
    absent = [row.effect_id for row in tx.rows(SQL.absent, **these)]
    kept = sorted(held_back(tx, absent, now)) if absent else []
    if not kept:
        return 0
    return tx.run(SQL.hold_back, effect_ids=kept, until=now + LOOK_AGAIN_AFTER)


def note_caught_up(tx: Transaction, registry: Registry, clock: Clock) -> bool:
    """Note which connections have been read again since the restore.

    Returns whether that was the last thing missing: nothing of before is undecided either.
    """
    attached = registry.attached
    declared = [(i, s.name) for i, a in attached.items() for s in a.manifest.streams]
    again = tx.rows(
        SQL.read_again, connection_ids=sorted(attached), declaring=[i for i, _ in declared],
        streams=[name for _, name in declared],
    )  # fmt: skip
    now = clock.now()  # asked now: whatever the sweeps brought came before
    if again:
        ids = [row.connection_id for row in again]
        tx.run(SQL.note_read_again, connection_ids=ids, now=now)
    return bool(tx.run(SQL.note_caught_up, now=now))
