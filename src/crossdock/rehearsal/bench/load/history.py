"""A database with years behind it: what it saw is written again, many times, by set-based SQL."""

from datetime import timedelta

from crossdock.engine.store import load_queries
from crossdock.engine.store.owner import owner_transaction, vacuum
from crossdock.rehearsal.bench.result import BenchFailed

SQL = load_queries("crossdock.rehearsal.bench", "history.sql")
NAME = "crossdock bench"
SPAN = timedelta(days=365)


def grow(url: str, messages: int) -> None:
    """Give the database at least so many messages, with all that belonged to them, ended long ago.

    Call it when the orders that it saw have come to rest, and work for it has ended. Afterwards it
    is vacuumed and its statistics are fresh, as autovacuum has them in a year.
    Raises BenchFailed when it has seen nothing.
    """
    with owner_transaction(url, NAME) as tx:
        (seed,) = tx.rows(SQL.seed)
        if not seed.messages:
            raise BenchFailed("a database that saw nothing has no history to grow from")
        copies = -(-messages // seed.messages) - 1
        if copies < 1:
            return
        values = {
            "copies": copies, "step": SPAN / copies, "last_delivery": seed.last_delivery,
            "last_effect": seed.last_effect,
        }  # fmt: skip
        for table in ("deliveries", "messages", "documents", "identities", "aliases", "events",
                      "effects", "attempts"):  # fmt: skip
            statement = SQL[f"copy_{table}"]
            tx.run(statement, **{k: v for k, v in values.items() if f"%({k})s" in statement})
        tx.run(SQL.go_on_behind)
    vacuum(url, NAME)
