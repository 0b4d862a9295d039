"""Canonical documents and effects as tests send them."""

from decimal import Decimal

from crossdock.connectors.wms.connector import WmsConnector
from crossdock.domain.fulfilment import FulfilmentCancellation, FulfilmentLine, FulfilmentOrder
from crossdock.domain.parties import Address, Party
from crossdock.domain.quantity import Quantity
from crossdock.ports.effect import EffectToSend
from crossdock.ports.warehouse import CANCEL_FULFILMENT_ORDER, SEND_FULFILMENT_ORDER


def fulfilment_order(number: int = 1, *amounts: str, sku: str = "") -> FulfilmentOrder:
    """Lines of these amounts; by default 2 and 3."""
    lines = tuple(
        FulfilmentLine(
            line_id=f"L{n}",
            sku=sku or f"SKU-{n}",
            quantity=Quantity(amount=Decimal(amount), unit="Units"),
        )
        for n, amount in enumerate(amounts or ("2", "3"), 1)
    )
    address = Address(street="Dock 1", city="Gent", postal_code="9000", country="BE")
    return FulfilmentOrder(
        fulfilment_id=f"F-{number}",
        order_key=f"shop:order:{number}",
        order_name=f"#{number}",
        ship_to=Party(name="Ann Buyer", email="ann@example.com", address=address),
        lines=lines,
    )


def sending(connector: WmsConnector, order: FulfilmentOrder) -> EffectToSend:
    request = connector.prepare(SEND_FULFILMENT_ORDER, order, {})
    return EffectToSend(
        f"send:{order.fulfilment_id}", SEND_FULFILMENT_ORDER, order.order_key, request, 1
    )


def cancelling(connector: WmsConnector, number: int = 1) -> EffectToSend:
    document = FulfilmentCancellation(
        fulfilment_id=f"F-{number}", order_key=f"shop:order:{number}", reason="customer"
    )
    request = connector.prepare(CANCEL_FULFILMENT_ORDER, document, {})
    return EffectToSend(
        f"cancel:F-{number}", CANCEL_FULFILMENT_ORDER, document.order_key, request, 1
    )


def send(connector: WmsConnector, *orders: FulfilmentOrder):
    """Their outcomes, in one call."""
    return connector.deliver([sending(connector, order) for order in orders])
