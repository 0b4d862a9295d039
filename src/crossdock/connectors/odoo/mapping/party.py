"""Party → the row of a res.partner."""

from collections.abc import Mapping
from typing import Any

from crossdock.connectors.odoo.mapping.order_request import LoadRequest
from crossdock.domain.identifiers import IdentifierScheme
from crossdock.domain.parties import Address, Party
from crossdock.ports.errors import Rejected

PARENT = "parent_id"
COUNTRY, STATE = "country_id/.id", "state_id/.id"
"""Cells hold ISO codes (US, US-CA); the connector puts Odoo's own ids in their place."""
FIELDS = (
    "id", "name", "company_name", "is_company", "type", "ref", "email", "phone", "vat",
    "street", "street2", "city", "zip", COUNTRY, STATE,
)  # fmt: skip


def from_party(party: Party, resolved: Mapping[str, Any]) -> bytes:
    """A contact or delivery address, under its parent when one is given.

    Raises Rejected when the party has no name at all.
    """
    address = party.address or Address()
    name = address.name if resolved["type"] == "delivery" else party.name
    name = name or party.name or address.name or address.company or party.email
    if not name:
        raise Rejected(
            "the party has no name, company or e-mail address, and Odoo needs a name",
            field="name",
            remedy="correct it on the channel, or map it to an existing customer",
        )
    company = address.company if address.company != name else ""
    fields = list(FIELDS)
    row = [
        resolved["external_id"], name, company, "1" if name == address.company else "0",
        resolved["type"], resolved.get("ref") or _code(party), party.email,
        party.phone or address.phone, party.identifier(IdentifierScheme.VAT_NUMBER) or "",
        address.street, address.street2, address.city, address.postal_code, address.country,
        _region(address),
    ]  # fmt: skip
    if parent := resolved.get("parent"):
        by_id = "id" in parent
        fields.append(f"{PARENT}/.id" if by_id else f"{PARENT}/id")
        row.append(str(parent["id"] if by_id else parent["external_id"]))
    return LoadRequest(tuple(fields), (tuple(row),)).to_bytes()


def _code(party: Party) -> str:
    return party.identifier(IdentifierScheme.CUSTOMER_CODE) or ""


def _region(address: Address) -> str:
    if not address.subdivision or not address.country:
        return ""
    return f"{address.country}-{address.subdivision.removeprefix(address.country + '-')}"
