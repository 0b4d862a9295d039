"""Cancellation: somebody asks for, or reports, the end of an order."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crossdock.domain.identifiers import Identifier
from crossdock.domain.model import CanonicalModel


class Cancellation(CanonicalModel):
    """The whole order `reference` is cancelled by the sender."""

    document_type: Literal["Cancellation"] = "Cancellation"
    reference: Annotated[str, Field(min_length=1, max_length=255)]
    identifiers: tuple[Identifier, ...] = ()
    cancelled_at: AwareDatetime
    reason: Annotated[str, Field(max_length=255)] = ""
