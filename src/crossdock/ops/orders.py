"""Orders as a person looks at them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crossdock.engine.encoding import to_json
from crossdock.engine.store import Transaction, load_queries
from crossdock.ops.exceptions import Hold, HoldFilter, list_holds
from crossdock.ops.find import SQL as FIND_SQL
from crossdock.ops.find import NotFound
from crossdock.processes.order_to_cash.order_state import SalesOrderState

SQL = load_queries(__package__, "orders.sql")


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One line of the list."""

    work_key: str
    name: str
    reference: str
    connection: str
    status: str
    total_amount: Decimal | None
    total_currency: str | None
    erp_name: str | None
    created_at: datetime
    updated_at: datetime
    open_holds: int


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with all that was found out about it, and its open questions."""

    summary: OrderSummary
    state: SalesOrderState
    holds: list[Hold]
    draft_effect: int | None = None
    """The effect that put a draft into the ERP, where one is done."""


def list_orders(
    tx: Transaction,
    *,
    status: str | None = None,
    connection: str | None = None,
    limit: int = 50,
) -> list[OrderSummary]:
    """Orders, newest first."""
    rows = tx.rows(
        SQL.list_orders, status=status, connection=connection, work_key=None, limit=limit
    )
    return [OrderSummary(*row) for row in rows]


def order_detail(tx: Transaction, work_key: str) -> OrderDetail:
    """Raises NotFound when the work key is not an order's (yet)."""
    rows = tx.rows(SQL.list_orders, status=None, connection=None, work_key=work_key, limit=1)
    companies = [row.company_id for row in tx.rows(FIND_SQL.companies)]
    found = tx.row(SQL.state_of, companies=companies, work_key=work_key)
    if not rows or found is None:
        raise NotFound(
            f"{work_key} is no order yet; `crossdock orders timeline {work_key}` shows what arrived"
        )
    state = SalesOrderState.model_validate_json(to_json(found.data))
    holds = list_holds(tx, HoldFilter(work_key=work_key))
    draft = tx.row(SQL.draft_effect, companies=companies, work_key=work_key)
    return OrderDetail(OrderSummary(*rows[0]), state, holds, draft.effect_id if draft else None)
