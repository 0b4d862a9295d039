"""Who plays a role on an order: buyer, ship-to, bill-to."""

from crossdock.connectors.shopify.mapping.reading import Reader, shown, unreadable
from crossdock.domain.identifiers import Identifier, IdentifierScheme
from crossdock.domain.parties import Address, Party


def buyer_of(order: Reader) -> Party:
    """The customer; of a guest what the order says of them; an unnamed party at the till.

    The order's own e-mail and phone come first: they stay as they were when it was placed.
    """
    customer = order.object("customer")
    identifiers: tuple[Identifier, ...] = ()
    if customer and (customer_id := customer.identifier("id")):
        scheme = IdentifierScheme.CHANNEL_CUSTOMER_ID
        identifiers = (Identifier(scheme=scheme, value=customer_id),)
    return Party(
        name=_buyer_name(order, customer),
        email=order.text("email") or (customer.text("email") if customer else ""),
        phone=order.text("phone") or (customer.text("phone") if customer else ""),
        identifiers=identifiers,
    )


def _buyer_name(order: Reader, customer: Reader | None) -> str:
    if customer:
        full = f"{customer.text('first_name', 127)} {customer.text('last_name', 127)}".strip()
        if full:
            return full
    for role in ("billing_address", "shipping_address"):
        address = order.object(role)
        if address and (name := address.text("name") or address.text("company")):
            return name
    return ""


def party_at(order: Reader, name: str) -> Party | None:
    """The party of `shipping_address` or `billing_address`; None when there is none."""
    fields = order.object(name)
    if fields is None:
        return None
    address = Address(
        name=fields.text("name"),
        company=fields.text("company"),
        street=fields.text("address1"),
        street2=fields.text("address2"),
        city=fields.text("city"),
        postal_code=fields.text("zip"),
        subdivision=fields.text("province_code"),
        country=_country(fields),
        phone=fields.text("phone"),
    )
    return Party(name=address.name or address.company, phone=address.phone, address=address)


def _country(address: Reader) -> str:
    code = address.text("country_code").upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        unreadable(address.at("country_code"), f"is not a two-letter country code: {shown(code)}")
    return code
