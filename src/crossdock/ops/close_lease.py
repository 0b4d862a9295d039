"""Who closes a day: one worker at a time, under a lease with a fencing token."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crossdock.engine.clock import Clock
from crossdock.engine.store import Store, Transaction, load_queries
from crossdock.ops.close import OvertakenClose

SQL = load_queries(__package__, "loss.sql")
LEASE = timedelta(minutes=15)
EXTENDED_EVERY = timedelta(minutes=5)


@dataclass(slots=True)
class CloseLease:
    """On the close of one company's day."""

    company_id: int
    day: date
    fence: int
    clock: Clock
    extended_at: datetime

    def extend(self, store: Store) -> None:
        """From time to time, while the close goes on. Raises OvertakenClose."""
        if self.clock.now() - self.extended_at >= EXTENDED_EVERY:
            with store.transaction() as tx:
                self.check(tx)

    def check(self, tx: Transaction) -> None:
        """Hold it for some time more. Raises OvertakenClose where it is another's by now."""
        now = self.clock.now()
        if tx.row(SQL.extend_close, until=now + LEASE, **self._named) is None:
            raise OvertakenClose(f"the close of {self.day} took too long: another has begun it")
        self.extended_at = now

    def leave(self, store: Store) -> None:
        """To whoever comes."""
        with store.transaction() as tx:
            tx.run(SQL.leave_close, **self._named)

    @property
    def _named(self) -> dict[str, object]:
        return {"company_id": self.company_id, "work_key": _key(self.day), "fence": self.fence}


def take(
    tx: Transaction, company_id: int, day: date, owner: str, clock: Clock
) -> CloseLease | None:
    """None while another closes that day."""
    now = clock.now()
    taken = tx.row(
        SQL.take_close, company_id=company_id, work_key=_key(day), owner=owner, until=now + LEASE,
        now=now,
    )  # fmt: skip
    return CloseLease(company_id, day, taken.fence, clock, now) if taken else None


def _key(day: date) -> str:
    return f"close:{day}"
