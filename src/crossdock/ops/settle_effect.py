"""Settle a held or dead effect by a person's word."""

from collections.abc import Mapping
from typing import Any

from crossdock.engine.channels import DELIVER
from crossdock.engine.outcome_arrivals import outcome_arrivals
from crossdock.engine.outcome_policy import Settlement
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.receive import keep
from crossdock.engine.registry import Registry
from crossdock.engine.store import Transaction
from crossdock.ops.exceptions import SQL
from crossdock.ops.word import Resolution, Word
from crossdock.ports.effect import Failed, Grade, Observed, Operation
from crossdock.ports.errors import Rejected

PROBED = (Grade.A, Grade.B, Grade.C)


class ObservationMissing(ValueError):
    """An effect that can be looked up is not believed to stand on a person's word alone."""


def settle_by_hand(
    tx: Transaction,
    registry: Registry,
    effect_id: int,
    resolution: Resolution,
    word: Word,
    observed: Mapping[str, Any] | None,
) -> str:
    """As `release_hold` says; returns the effect's state. Raises ObservationMissing."""
    now = word.now
    row = tx.row(SQL.lock_effect, effect_id=effect_id)
    assert row is not None
    if row.state not in ("held", "dead"):
        return str(row.state)
    attached = registry.by_id(row.connection_id)
    operation = attached.manifest.operation(row.operation)
    if resolution is Resolution.RETRY:
        tx.run(SQL.effect_back, effect_id=effect_id, must_probe=operation.grade in PROBED, now=now)
        tx.run(RECEIVE_SQL.wake, channel=DELIVER)
        return "waiting"
    result, settlement = _result(row.effect_key, operation, resolution, word, observed)
    tx.run(
        SQL.end_effect,
        effect_id=effect_id,
        state=settlement.state,
        code=settlement.code,
        error=settlement.error,
        now=now,
    )
    keep(tx, outcome_arrivals(attached, operation, [(row, result, settlement)]), now)
    tx.run(RECEIVE_SQL.wake, channel=DELIVER)
    return settlement.state


def _result(
    effect_key: str,
    operation: Operation,
    resolution: Resolution,
    word: Word,
    observed: Mapping[str, Any] | None,
) -> tuple[Observed | Failed, Settlement]:
    if resolution is Resolution.REJECT:
        reason, code = word.refusal(), "refused_by_hand"
        refused = Settlement("rejected", "rejected", code=code, error=reason)
        return Failed(effect_key, Rejected(reason, code=code)), refused
    if observed is None and operation.grade in PROBED:
        raise ObservationMissing(
            f"{operation.name} can be looked up: release it --as retry, which looks for it first "
            "and sends nothing twice; or say what stands there, --observed '{…}'"
        )
    stands = Settlement("done", "observed", adopted=True, code="done_by_hand", error=word.deed())
    return Observed(effect_key, dict(observed or {}), adopted=True), stands
