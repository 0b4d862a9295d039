"""The shape every canonical type shares: immutable, closed, exact."""

from pydantic import BaseModel, ConfigDict


class CanonicalModel(BaseModel):
    """A value of the canonical model.

    Unknown fields are refused (a canonical document is ours, so a surplus field is a bug);
    instances cannot be changed after they were made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
