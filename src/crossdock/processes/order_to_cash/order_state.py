"""What the process remembers of an order."""

from typing import Any

from pydantic import AwareDatetime, Field

from crossdock.domain.identifiers import IdentifierScheme, document_identity
from crossdock.domain.model import CanonicalModel
from crossdock.domain.order_response import OrderResponseStatus
from crossdock.domain.sales_order import OrderLine, SalesOrder
from crossdock.engine.use_case import Context, DocumentState
from crossdock.processes.order_to_cash.fulfilment.progress import Fulfilment, Progress
from crossdock.processes.order_to_cash.order_status import ENDS_UNSHIPPED, OrderStatus


class SalesOrderState(CanonicalModel):
    """An order with everything that was found out about it (promise P9)."""

    status: OrderStatus
    order: SalesOrder
    """As it was agreed: the newest version of which nothing was to be amended any more."""
    gone: tuple[OrderLine, ...] = ()
    """Lines that an agreed change took off: goods of them may have left before."""
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
    """Likewise, of a cancellation and of an answer that was refused and released."""
    accepted: bool = False
    """The channel was told that its order is accepted."""
    cancellation_answers: tuple[OrderResponseStatus, ...] = ()
    """What the channel was told about its cancellation, in order; the last is how it stands."""
    erp_id: int | None = None
    erp_name: str = ""
    erp_total: str = ""
    erp_seen: str = ""
    """Newest version of the ERP's order that was applied."""
    cancelled_at: AwareDatetime | None = None
    """When the channel cancelled it."""
    erp_cancelled: bool = False
    """A person cancelled it in the ERP while it could still be stopped."""
    reason: str = ""
    progress: Progress = Field(default_factory=Progress)

    @property
    def channel_cancelled(self) -> bool:
        """The channel wants nothing more of it, whether or not it can still be stopped."""
        return self.cancelled_at is not None

    @property
    def cancel_asked(self) -> bool:
        """Somebody wants nothing more of it: none of it is sent to a warehouse."""
        return self.channel_cancelled or self.erp_cancelled or self.status in ENDS_UNSHIPPED

    @property
    def cancellation_answer(self) -> OrderResponseStatus | None:
        """What the channel was last told about its cancellation."""
        return self.cancellation_answers[-1] if self.cancellation_answers else None

    def progressed(self, **changes: object) -> "SalesOrderState":
        """The order with its fulfilment's progress changed."""
        return self.model_copy(update={"progress": self.progress.model_copy(update=changes)})

    def with_fulfilment(self, changed: Fulfilment) -> "SalesOrderState":
        """The order with one of its fulfilments changed."""
        return self.model_copy(update={"progress": self.progress.replaced(changed)})

    def stored(self) -> DocumentState:
        return DocumentState(self.status, self.model_dump_json().encode(), self.document_id)


def target(state: SalesOrderState) -> str:
    """What all effects of one order on the ERP are ordered by."""
    return f"sales_order:{state.document_id}"


def channel_order_id(order: SalesOrder) -> str:
    """The order's id on its channel, which is not its reference where that is the buyer's."""
    found = (i for i in order.identifiers if i.scheme is IdentifierScheme.CHANNEL_ORDER_ID)
    first = next(found, None)
    return first.value if first else order.reference


def identity_at_channel(order: SalesOrder, context: Context) -> str:
    """The document identity of an order as its channel numbers it, whatever the buyer calls it."""
    return document_identity(
        context.company_id, f"connection:{context.connection}", channel_order_id(order)
    )


def load_state(state: DocumentState | None) -> SalesOrderState | None:
    """The state as `stored` wrote it. Raises ValidationError when it cannot be read."""
    return SalesOrderState.model_validate_json(state.data) if state else None
