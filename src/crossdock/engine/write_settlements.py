"""Write what one call's results mean: for its effects, for a person, for the connection's pace."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crossdock.engine.call import Result
from crossdock.engine.outcome_policy import Settlement
from crossdock.engine.pace import Pace
from crossdock.engine.registry import Attached
from crossdock.engine.store import Transaction, load_queries
from crossdock.ports.effect import Failed
from crossdock.ports.errors import NotAuthorised, RateLimited

SQL = load_queries(__package__, "deliver.sql")

Settled = tuple[Any, Result, Settlement]
"""An effect's row, what the call answered for it, and what follows."""


def write_settlements(
    tx: Transaction, fence: int, settled: Sequence[Settled], now: datetime
) -> None:
    """Record how each effect of one call, and its attempt, ended."""
    ids = [r.effect_id for r, _, _ in settled]
    tx.run(
        SQL.settle_effects,
        now=now,
        fence=fence,
        effect_ids=ids,
        states=[s.state for _, _, s in settled],
        must_probes=[s.must_probe for _, _, s in settled],
        readies=[s.ready_at for _, _, s in settled],
        adopteds=[s.adopted for _, _, s in settled],
        causes=[s.cause for _, _, s in settled],
        strikes=[s.strikes for _, _, s in settled],
        codes=[s.code for _, _, s in settled],
        errors=[s.error[:2000] if s.error else None for _, _, s in settled],
    )
    tx.run(
        SQL.end_attempts,
        now=now,
        fence=fence,
        effect_ids=ids,
        outcomes=[s.outcome for _, _, s in settled],
        details=[s.error[:500] if s.error else None for _, _, s in settled],
    )


def hold_settled(
    tx: Transaction, attached: Attached, settled: Sequence[Settled], now: datetime
) -> None:
    """Ask a person about what no machine may repeat, and about a key that was refused."""
    held = [(r, s) for r, _, s in settled if s.hold_kind]
    if held:
        tx.run(
            SQL.hold_effects,
            now=now,
            owner=attached.manifest.owner,
            effect_ids=[r.effect_id for r, _ in held],
            kinds=[s.hold_kind for _, s in held],
            codes=[s.code for _, s in held],
            reasons=[s.error for _, s in held],
            fixes=[s.hold_fix for _, s in held],
        )
    refused = next(
        (
            x.error
            for _, x, _ in settled
            if isinstance(x, Failed) and isinstance(x.error, NotAuthorised)
        ),
        None,
    )
    if refused:
        tx.run(
            SQL.hold_connection,
            connection_id=attached.connection.connection_id,
            company_id=attached.connection.company_id,
            work_key=f"connection:{attached.connection.name}",
            reason=refused.reason,
            fix=refused.remedy or "renew the key or its rights, then `crossdock connections check`",
            owner=attached.manifest.owner,
            now=now,
        )


def slow_down(
    tx: Transaction, attached: Attached, results: Sequence[Result], now: datetime
) -> None:
    """Refused for pace: nothing of this connection is sent before the time the system named."""
    pauses = [
        r.error.retry_after
        for r in results
        if isinstance(r, Failed) and isinstance(r.error, RateLimited)
    ]
    if pauses:
        tx.run(
            SQL.drain_bucket,
            connection_id=attached.connection.connection_id,
            seconds=max(pauses).total_seconds(),
            now=now,
        )


def adopt_budget(tx: Transaction, attached: Attached, pace: Pace, now: datetime) -> None:
    """Where the system says how much of its budget is left, believe it, once."""
    read = getattr(attached.connector, "budget", None)
    reading = read() if read else None
    if reading is not None and reading != pace.adopted:
        pace.adopted = reading
        tx.run(
            SQL.set_tokens,
            connection_id=attached.connection.connection_id,
            tokens=reading.available,
            capacity=reading.capacity,
            rate=reading.tokens_per_second,
            now=now,
        )
