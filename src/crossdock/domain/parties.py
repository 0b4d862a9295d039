"""Parties and addresses as they stand on a document."""

from typing import Annotated

from pydantic import Field

from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.model import CanonicalModel

Text = Annotated[str, Field(max_length=255)]


class Address(CanonicalModel):
    """A postal address. Country is ISO 3166-1 alpha-2, subdivision the part of ISO 3166-2."""

    name: Text = ""
    company: Text = ""
    street: Text = ""
    street2: Text = ""
    city: Text = ""
    postal_code: Text = ""
    subdivision: Text = ""
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    phone: Text = ""

    def match_key(self) -> str:
        """What makes two spellings of one place equal: case, spaces and punctuation dropped.

        Names and subdivisions are left out: one dock has many spellings of both.
        """
        parts = (self.street, self.street2, self.city, self.postal_code, self.country)
        return "|".join("".join(c for c in p.casefold() if c.isalnum()) for p in parts)


class Party(CanonicalModel):
    """Who plays a role on a document (buyer, ship-to, bill-to)."""

    name: Text = ""
    email: Text = ""
    phone: Text = ""
    identifiers: tuple[Identifier, ...] = ()
    address: Address | None = None

    def identifier(self, scheme: IdentifierScheme) -> str | None:
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)
