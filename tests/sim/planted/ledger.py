"""Bugs in the ledger: leases, ends, holds, watchdog."""

from typing import Any

from crossdock.engine import apply, deliver, watchdog, write_decisions, write_settlements
from crossdock.engine.store import StoreUnavailable
from crossdock.engine.write_decisions import write_effects
from tests.sim.planted.bug import PlantedBug, function, sql

_write_decisions = write_decisions.write_decisions
_deliver_once = deliver.Deliverer.deliver_once


def _half_commit(tx: Any, registry: Any, works: Any, stored: Any, now: Any) -> None:
    """Committed after the ends were written; the effects come in the transaction's second half."""
    works = list(works)
    prepared = [(w, w.prepared) for w in works]
    for work in works:
        work.prepared = ()
    _write_decisions(tx, registry, works, stored, now)
    tx._connection.commit()
    for work, effects in prepared:
        work.prepared = effects
    write_effects(tx, registry, [w for w in works if w.decision], now)


def _no_outcomes(*_: Any) -> list[Any]:
    return []


def _keep_calling(self: deliver.Deliverer) -> int:
    """A worker that lost its session after the call makes it again at once."""
    try:
        return _deliver_once(self)
    except StoreUnavailable:
        with self.store.transaction() as tx:
            tx.run("UPDATE effect SET state = 'waiting', must_probe = false "
                   "WHERE state = 'sending' AND owner = %(me)s", me=self.worker_id)  # fmt: skip
        return 0


LEDGER = (
    PlantedBug(
        "lease_for_everybody", "P3", "a key under somebody's lease is taken all the same",
        [sql(apply, "claim_messages",
             ("AND l.work_key = m.work_key)", "AND l.work_key = m.work_key AND false)"),
             ("DO NOTHING", "DO UPDATE SET owner = EXCLUDED.owner, fence = EXCLUDED.fence"))],
    ),
    PlantedBug(
        "fence_forgotten_in_apply", "T24 no second run",
        "who was given up for dead writes over who took its place",
        [sql(apply, "lock_leases", ("USING (company_id, work_key, fence)",
                                    "USING (company_id, work_key)")),
         sql(apply, "drop_leases", (" AND l.fence = w.fence", ""))],
    ),
    PlantedBug(
        "fence_forgotten_in_deliver", "P2", "who no longer owns an effect records its outcome",
        [sql(deliver, "lock_sending", (" AND fence = %(fence)s AND state = 'sending'", "")),
         sql(write_settlements, "settle_effects",
             (" AND e.fence = %(fence)s AND e.state = 'sending'", ""))],
    ),
    PlantedBug(
        "half_commit", "T24 half commits", "a message's end is committed before its effects",
        [function(apply, "write_decisions", _half_commit)],
    ),
    PlantedBug(
        "hold_without_person", "P4", "what is held has no hold",
        [function(write_settlements, "hold_settled", lambda *_: None),
         function(deliver, "hold_settled", lambda *_: None)],
    ),
    PlantedBug(
        "message_hold_forgotten", "T24 vanished errors", "a held message is in nobody's queue",
        [sql(write_decisions, "write_holds", ("ON CONFLICT DO NOTHING",
                                    "WHERE h.message_id IS NULL ON CONFLICT DO NOTHING"))],
    ),
    PlantedBug(
        "outcome_forgotten", "P4", "what an effect turned out to be is told to no process",
        [function(deliver, "outcome_arrivals", _no_outcomes)],
    ),
    PlantedBug(
        "started_for_ever", "T1 work marked started for ever",
        "effects of a dead worker stay in `sending`",
        [function(watchdog.Watchdog, "_rearm_effects", lambda *_: 0)],
    ),
    PlantedBug(
        "claimed_for_ever", "T1 work marked started for ever",
        "messages of a dead worker stay in `working`",
        [function(watchdog.Watchdog, "_rearm_messages", lambda *_: 0)],
    ),
    PlantedBug(
        "leases_never_end", "P4", "a dead worker's leases stay",
        [sql(watchdog, "expire_leases", ("until <= %(now)s", "until <= %(now)s AND false"))],
    ),
    PlantedBug(
        "rearmed_too_early", "T1 a rescue that doubles",
        "leases count as ended when they have just begun",
        [sql(watchdog, "expire_leases", ("until <= %(now)s",
                                         "until <= %(now)s::timestamptz + interval '1 hour'"))],
    ),
    PlantedBug(
        "recorded_by_hand", "P2", "a session lost after the call puts the effect back in line",
        [function(deliver.Deliverer, "deliver_once", _keep_calling)],
    ),
)  # fmt: skip
