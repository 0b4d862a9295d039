"""Fulfilment orders and cancellations as the Warehouse API takes them."""

from pydantic import BaseModel

from crossdock.connectors.wms.contract import fulfilment_orders as api
from crossdock.connectors.wms.contract.values import Address, Quantity
from crossdock.domain.fulfilment import FulfilmentCancellation, FulfilmentLine, FulfilmentOrder
from crossdock.domain.identifiers import IdentifierScheme
from crossdock.domain.parties import Party


def from_fulfilment_order(document: FulfilmentOrder) -> bytes:
    """The body of its PUT."""
    return _bytes(
        api.FulfilmentOrder(
            fulfilment_id=document.fulfilment_id,
            order_key=document.order_key,
            order_name=document.order_name,
            ship_to=_ship_to(document.ship_to),
            lines=tuple(map(_line, document.lines)),
            shipping_method=document.shipping_method,
            note=document.note,
        )
    )


def from_fulfilment_cancellation(document: FulfilmentCancellation) -> bytes:
    """The body of the request for its cancellation."""
    return _bytes(
        api.Cancellation(
            fulfilment_id=document.fulfilment_id,
            order_key=document.order_key,
            reason=document.reason,
        )
    )


def _line(line: FulfilmentLine) -> api.FulfilmentOrderLine:
    return api.FulfilmentOrderLine(
        line_id=line.line_id,
        sku=line.sku,
        quantity=Quantity(amount=line.quantity.amount, unit=line.quantity.unit),
        description=line.description,
    )


def _ship_to(party: Party) -> api.ShipTo:
    address = party.address
    return api.ShipTo(
        name=party.name,
        email=party.email,
        phone=party.phone,
        gln=party.identifier(IdentifierScheme.GLN) or "",
        address=Address(**address.model_dump()) if address else None,
    )


def _bytes(model: BaseModel) -> bytes:
    return model.model_dump_json(exclude_defaults=True).encode()
