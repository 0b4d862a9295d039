"""The store: the only package that touches the database driver.

SQL lives in named blocks of `.sql` files beside the package that owns the tables
(`-- name: claim_messages`), is loaded once by `load_queries` and run through a `Transaction`.
Every session acts as the role `crossdock_app`, under row-level security for the companies named
by `Store.companies`.
"""

from crossdock.engine.store.errors import SerializationConflict, StatementFailed, StoreUnavailable
from crossdock.engine.store.listening import Notification
from crossdock.engine.store.queries import Queries, load_queries
from crossdock.engine.store.sessions import APPLICATION_ROLE, SCHEMA, Store
from crossdock.engine.store.stepped import SessionLost
from crossdock.engine.store.stepped_pool import SteppedPool
from crossdock.engine.store.transaction import Row, Transaction, json_value

__all__ = [
    "APPLICATION_ROLE",
    "SCHEMA",
    "Notification",
    "Queries",
    "Row",
    "SerializationConflict",
    "SessionLost",
    "StatementFailed",
    "SteppedPool",
    "Store",
    "StoreUnavailable",
    "Transaction",
    "json_value",
    "load_queries",
]
