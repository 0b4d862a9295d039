"""Our own books as a comparison needs them: the orders of a day, others by key, what is moving."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.reconciliation.ledger_order import LedgerOrder, ledger_order
from crossdock.processes.order_to_cash.order_state import SalesOrderState

SQL = load_queries("crossdock.ops", "reconciliation.sql")
PAGE = 1000


@dataclass(slots=True)
class Books:
    """One company's orders, each read once."""

    tx: Transaction
    company_id: int
    orders: dict[str, LedgerOrder] = field(default_factory=dict)
    """By work key."""

    def of_day(self, since: datetime, until: datetime) -> list[LedgerOrder]:
        """Orders that came to us in [since, until), or about which something came in it."""
        touched = self.tx.rows(
            SQL.orders_touched, company_id=self.company_id, since=since, until=until
        )
        return self.by_work_key([row.work_key for row in touched])

    def by_work_key(self, work_keys: Collection[str]) -> list[LedgerOrder]:
        """Those of these work keys that are sales orders."""
        wanted = [key for key in dict.fromkeys(work_keys) if key not in self.orders]
        for chunk in _chunks(wanted):
            rows = self.tx.rows(SQL.orders_by_key, company_id=self.company_id, work_keys=chunk)
            for row in rows:
                state = SalesOrderState.model_validate_json(row.data)
                self.orders[row.work_key] = ledger_order(
                    row.work_key, row.status, row.created_at, state
                )
        return [self.orders[key] for key in dict.fromkeys(work_keys) if key in self.orders]

    def by_alias(self, aliases: Collection[str]) -> list[LedgerOrder]:
        """Orders known under these ids; others of the same spelling may come with them."""
        found = [
            row.work_key
            for chunk in _chunks(list(aliases))
            for row in self.tx.rows(SQL.by_alias, company_id=self.company_id, aliases=chunk)
        ]
        return self.by_work_key(found)

    def by_channel_id(
        self, connection_id: int, ids: Collection[str], since: datetime
    ) -> list[LedgerOrder]:
        """Orders of a channel that came since then; one that was never accepted has no alias."""
        found = [
            row.work_key
            for chunk in _chunks(list(ids))
            for row in self.tx.rows(
                SQL.by_channel_id,
                company_id=self.company_id,
                connection_id=connection_id,
                ids=chunk,
                since=since,
            )
        ]
        return self.by_work_key(found)

    def moving(self, work_keys: Collection[str], connection_id: int) -> set[str]:
        """Those with a message that is being decided, or an effect of this connection open."""
        return {
            row.work_key
            for chunk in _chunks(list(work_keys))
            for row in self.tx.rows(
                SQL.moving, company_id=self.company_id, connection_id=connection_id, work_keys=chunk
            )
        }

    def waiting(self, connection_id: int, work_keys: Collection[str]) -> set[str]:
        """Work keys of messages that are open and have made no order yet."""
        return {
            row.work_key
            for chunk in _chunks(list(work_keys))
            for row in self.tx.rows(
                SQL.waiting,
                company_id=self.company_id,
                connection_id=connection_id,
                work_keys=chunk,
            )
        }

    def connections(self) -> list[str]:
        """Names of all of the company's connections."""
        return [row.name for row in self.tx.rows(SQL.names, company_id=self.company_id)]


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), PAGE):
        yield values[start : start + PAGE]
