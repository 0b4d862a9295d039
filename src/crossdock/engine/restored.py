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

from datetime import datetime

from crossdock.engine.channels import DELIVER
from crossdock.engine.outcome_policy import UNKNOWN_FIX
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.upkeep import UPKEEP
from crossdock.engine.write_settlements import SQL as DELIVER_SQL
from crossdock.ports.effect import Grade, Operation

SQL = load_queries(__package__, "restored.sql")
RESTORED = "restored"
"""The cause of an effect that the time which was lost may have sent."""


def set_aside(tx: Transaction, attached: Attached, operation: Operation, now: datetime) -> bool:
    """See to the connection's waiting effects of one operation that cannot be probed, or not yet.

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


def note_caught_up(tx: Transaction, now: datetime) -> bool:
    """Whether everything outside has been read again since the restore, and this was not noted yet.

    Every stream was swept, and nothing is on its way whose order is not known by now.
    """
    return bool(tx.run(SQL.note_caught_up, now=now, upkeep=UPKEEP.name))
