"""Prepare a restored ledger for a world that is ahead of it.

What took place after the backup stands outside and is not known here. So, before any worker sees
the ledger: numbers begin far ahead of those given out, what was in anybody's hand is put back, what
was open is doubted, and everything outside is read again. Then the workers do the rest: they find
what stands there and adopt it (`engine.restored`).
"""

from dataclasses import dataclass
from datetime import datetime

from crossdock.engine.channels import APPLY, DELIVER, SWEEP
from crossdock.engine.receive import SQL as RECEIVE_SQL
from crossdock.engine.store import Transaction, load_queries
from crossdock.governance.audit import record_act
from crossdock.ops.backup_file import BackupManifest

SQL = load_queries(__package__, "restore.sql")

FENCE = "fence"
FENCES_AHEAD = 1_000_000_000
"""A worker of before holds a fence that no lease of now can have."""
NUMBERS_AHEAD = 1_000_000
"""Of messages, effects, holds …: one that people or logs knew is not given out again."""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """What a restore put back into line."""

    effects: int
    """May have been sent since the backup: looked for before anything is sent."""
    messages: int
    """Were being worked on at the backup."""
    streams: int
    """Are swept again."""


def resync(
    tx: Transaction, manifest: BackupManifest, by: str, now: datetime
) -> tuple[int, InDoubt]:
    """In the transaction that put the rows in. Returns the ledger's new epoch as well."""
    for name, last in manifest.sequences.items():
        ahead = FENCES_AHEAD if name == FENCE else NUMBERS_AHEAD
        tx.run(SQL.set_sequence, name=name, last=last, ahead=ahead)
    epoch = manifest.epoch + 1
    tx.run(
        SQL.note_restoration, epoch=epoch, backup_at=manifest.at, digest=manifest.digest, now=now,
        by=by,
    )  # fmt: skip
    for forget in (
        SQL.forget_workers, SQL.forget_leases, SQL.forget_breakers, SQL.nothing_read_again,
    ):  # fmt: skip
        tx.run(forget)
    tx.run(SQL.free_slots, now=now)
    tx.run(SQL.empty_buckets, now=now)
    tx.run(SQL.end_attempts, now=now)
    doubted = InDoubt(
        effects=tx.run(SQL.doubt_effects, now=now, backup_at=manifest.at),
        messages=tx.run(SQL.put_messages_back, now=now),
        streams=tx.run(SQL.read_again, now=now),
    )
    _record(tx, manifest, epoch, by, now)
    for channel in (APPLY, DELIVER, SWEEP):
        tx.run(RECEIVE_SQL.wake, channel=channel)
    return epoch, doubted


def _record(tx: Transaction, manifest: BackupManifest, epoch: int, by: str, now: datetime) -> None:
    """In every company's audit: whose chain goes on from the backup's."""
    for row in tx.rows(SQL.companies):
        record_act(
            tx, company_id=row.company_id, principal=by, action="ledger.restore",
            subject=f"backup:{manifest.digest}", now=now,
            detail={"backup_at": manifest.at.isoformat(), "epoch": epoch},
        )  # fmt: skip
