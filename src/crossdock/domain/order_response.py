"""OrderResponse: the one business answer an order gets (X12 855, EDIFACT ORDRSP)."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crossdock.domain.identifiers import Identifier
from crossdock.domain.model import CanonicalModel


class OrderResponseStatus(StrEnum):
    """What became of the whole order."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    CANCELLATION_REFUSED = "cancellation_refused"
    """The channel asked for its cancellation too late: it is being shipped."""


class OrderResponse(CanonicalModel):
    """Tells the channel what became of its order, and for a refusal why and what to do."""

    document_type: Literal["OrderResponse"] = "OrderResponse"
    about: Literal["order", "cancellation"] = "order"
    """What is answered: an order once, a cancellation again when what became of it has changed."""
    revises: bool = False
    """An earlier answer about the same does not hold any more."""
    reference: Annotated[str, Field(min_length=1, max_length=255)]
    identifiers: tuple[Identifier, ...] = ()
    status: OrderResponseStatus
    code: Annotated[str, Field(max_length=64)] = ""
    reason: Annotated[str, Field(max_length=2000)] = ""
    seller_order_name: Annotated[str, Field(max_length=255)] = ""
    answered_at: AwareDatetime
