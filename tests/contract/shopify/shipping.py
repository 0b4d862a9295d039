"""Orders of known lines, and the documents that ship or cancel them."""

from collections.abc import Mapping
from decimal import Decimal

from crossdock.connectors.shopify.connector import ShopifyConnector
from crossdock.connectors.shopify.twin import ShopTwin
from crossdock.connectors.shopify.twin.order_factory import PLAIN
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.domain.fulfilment import (
    Parcel,
    RemainderCancellation,
    RemainderLine,
    Shipment,
    WarehouseLine,
)
from crossdock.domain.model import CanonicalModel
from crossdock.domain.quantity import Quantity
from crossdock.ports.effect import EffectToSend
from tests.contract.shopify.conftest import NOW

TRACKED = (Parcel(parcel_id="1", carrier="DHL", tracking_number="JD014600003RU"),)


def order_of(twin: ShopTwin, *quantities: int) -> OrderState:
    """An order with one line per quantity."""
    with twin.lock:
        twin.shop.factory.mixture = PLAIN
        (order,) = twin.shop.place(1, NOW, lines=len(quantities))
        for line, quantity in zip(order.lines, quantities, strict=True):
            for tax in line.taxes:
                tax.amount = order.rounded(tax.amount * quantity / line.quantity)
            line.discount = order.rounded(line.discount * quantity / line.quantity)
            line.quantity = line.current_quantity = quantity
    return order


def pieces(count: int | str) -> Quantity:
    return Quantity(amount=Decimal(count), unit="EA")


def shipment(
    order: OrderState, units: Mapping[int, int], parcels: tuple[Parcel, ...] = TRACKED,
    name: str = "1",
) -> Shipment:  # fmt: skip
    """Units by the line's index; `name` tells shipments of an order apart."""
    lines = tuple(
        WarehouseLine(
            line_id=str(order.lines[index].line_id),
            sku=order.lines[index].sku,
            quantity=pieces(count),
        )
        for index, count in units.items()
    )
    return Shipment(
        shipment_id=f"F{order.number}/{name}",
        order_reference=str(order.order_id),
        shipped_at=NOW,
        lines=lines,
        parcels=parcels,
    )


def remainder(
    order: OrderState, units: Mapping[int, int], reason: str = ""
) -> RemainderCancellation:
    """Units by the line's index."""
    lines = tuple(
        RemainderLine(
            line_id=str(order.lines[index].line_id),
            sku=order.lines[index].sku,
            quantity=pieces(count),
        )
        for index, count in units.items()
    )
    return RemainderCancellation(order_reference=str(order.order_id), lines=lines, reason=reason)


def effect(
    shop: ShopifyConnector,
    operation: str,
    document: CanonicalModel,
    *,
    attempt: int = 1,
    key: str = "e",
) -> EffectToSend:
    return EffectToSend(key, operation, "order", shop.prepare(operation, document, {}), attempt)


def fulfilled(order: OrderState) -> list[dict[int, int]]:
    """Pieces of each fulfilment by the line's index."""
    index = {line.line_id: number for number, line in enumerate(order.lines)}
    return [{index[k]: v for k, v in f.pieces.items()} for f in order.fulfilments]
