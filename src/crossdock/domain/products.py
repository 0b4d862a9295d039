"""How a document names a product."""

from typing import Annotated

from pydantic import Field

from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.model import CanonicalModel


class ProductReference(CanonicalModel):
    """A product by the codes the sender used, and the sender's own description of it."""

    identifiers: tuple[Identifier, ...]
    description: Annotated[str, Field(max_length=1024)] = ""

    def identifier(self, scheme: IdentifierScheme) -> str | None:
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)

    @property
    def label(self) -> str:
        """The code a person knows the product by."""
        for scheme in (IdentifierScheme.SELLER_SKU, IdentifierScheme.GTIN):
            if value := self.identifier(scheme):
                return value
        return self.identifiers[0].value if self.identifiers else self.description
