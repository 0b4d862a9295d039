"""Effects that a connector could not express: refused before they were sent, and heard as such."""

from collections.abc import Sequence
from datetime import datetime

from crossdock.engine.outcome_arrivals import outcome_arrivals
from crossdock.engine.outcome_policy import Settlement
from crossdock.engine.receive import keep
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction, load_queries
from crossdock.engine.work import PreparedEffect
from crossdock.ports.effect import Failed
from crossdock.ports.errors import Rejected

SQL = load_queries(__package__, "apply.sql")
REFUSED = "refused"


def refuse_effects(
    tx: Transaction, registry: Registry, effects: Sequence[PreparedEffect], now: datetime
) -> None:
    """End those of these effects that have a refusal, once each; their processes hear of it."""
    refusals = {
        (e.connection_id, e.draft.effect_key): e.refusal for e in effects if e.refusal is not None
    }
    if not refusals:
        return
    rows = tx.rows(
        SQL.refuse_effects,
        now=now,
        connections=[number for number, _ in refusals],
        effect_keys=[key for _, key in refusals],
        codes=[refusal.code or REFUSED for refusal in refusals.values()],
        errors=[refusal.reason[:2000] for refusal in refusals.values()],
    )
    for row in rows:
        attached = registry.by_id(row.connection_id)
        refusal = refusals[row.connection_id, row.effect_key]
        settled = (row, Failed(row.effect_key, refusal), _settlement(refusal))
        operation = attached.manifest.operation(row.operation)
        keep(tx, outcome_arrivals(attached, operation, [settled]), now)


def _settlement(refusal: Rejected) -> Settlement:
    code = refusal.code or REFUSED
    return Settlement("rejected", "rejected", code=code, error=refusal.reason)
