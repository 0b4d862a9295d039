"""What the process remembers of an order."""

from typing import Any

from pydantic import AwareDatetime, Field

from crossdock.domain.identifiers import document_identity
from crossdock.domain.model import CanonicalModel
from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.use_case import Context, DocumentState
from crossdock.processes.order_to_cash.order_status import OrderStatus


class SalesOrderState(CanonicalModel):
    """An order with everything that was found out about it (promise P9)."""

    status: OrderStatus
    order: SalesOrder
    connection: str
    erp: str
    document_id: str | None = None
    external_id: str = ""
    """Our external id of the order in the ERP."""
    resolved: dict[str, Any] = Field(default_factory=dict)
    """What its names were resolved to (ports.erp.ResolvedOrder)."""
    explanation: tuple[str, ...] = ()
    """Why it was decided so, in words."""
    trade_digest: str = ""
    """Fingerprint of resolved products, quantities and money: equal on every channel."""
    total_tolerance: str = "0"
    """Largest difference of totals that is confirmed, as the channel's policy had it."""
    tries: int = 1
    """How many drafts were attempted; part of effect keys."""
    cancel_tries: int = 1
    answer_tries: int = 1
    """Likewise, of a cancellation and an answer that were refused and released."""
    erp_id: int | None = None
    erp_name: str = ""
    erp_total: str = ""
    erp_seen: str = ""
    """Newest version of the ERP's order that was applied."""
    cancelled_at: AwareDatetime | None = None
    reason: str = ""

    def stored(self) -> DocumentState:
        return DocumentState(self.status, self.model_dump_json().encode(), self.document_id)


def identity_at_channel(order: SalesOrder, context: Context) -> str:
    """The document identity of an order whose number is its channel's, not the buyer's."""
    return document_identity(
        context.company_id, f"connection:{context.connection}", order.reference
    )


def load_state(state: DocumentState | None) -> SalesOrderState | None:
    """The state as `stored` wrote it. Raises ValidationError when it cannot be read."""
    return SalesOrderState.model_validate_json(state.data) if state else None
