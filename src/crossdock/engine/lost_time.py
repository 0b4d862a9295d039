"""What the ledger cannot know since it was restored: what it did between the backup and the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.engine.registry import Ask
from crossdock.engine.store import Transaction, load_queries

SQL = load_queries(__package__, "restored.sql")


@dataclass(frozen=True, slots=True)
class LostTime:
    """From the newest backup that was restored to its restore."""

    since: datetime
    until: datetime


def resolve_lost_time(
    tx: Transaction, asks: Sequence[Ask], _now: datetime
) -> Mapping[Ask, LostTime | None]:
    """The newest lost time; None where the ledger was never restored."""
    row = tx.row(SQL.lost_time)
    lost = LostTime(row.backup_at, row.restored_at) if row else None
    return dict.fromkeys(asks, lost)
