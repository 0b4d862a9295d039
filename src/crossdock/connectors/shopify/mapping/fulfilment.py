"""Shipments, remainders and cancellations, as the final bytes of effects.

Only what we want is in them. Which fulfilment orders and locations it concerns is Shopify's affair
and may change until it is sent; `fulfilment_plan` finds that out then.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from crossdock.connectors.shopify.mapping.order_commands import (
    channel_order_id,
    encoded,
    order_gid,
)
from crossdock.domain.cancellation import Cancellation
from crossdock.domain.fulfilment import (
    Parcel,
    RemainderCancellation,
    RemainderLine,
    Shipment,
    WarehouseLine,
)
from crossdock.domain.quantity import Quantity
from crossdock.ports.errors import Rejected

CANCEL_REASONS = frozenset({"CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"})
"""Enum OrderCancelReason of the schema 2026-07."""


def from_shipment(shipment: Shipment, *, notify: bool) -> bytes:
    """JSON `{"shipment_id", "order_id", "lines": [{"line_id", "sku", "quantity"}], "tracking",
    "notify"}`. The shipment's id stays when it is tried anew.

    Raises Rejected for a line that is no line of a Shopify order, or no whole number of pieces.
    """
    return encoded(
        shipment_id=shipment.shipment_id,
        order_id=order_gid(shipment.order_reference),
        lines=_lines(shipment.lines),
        tracking=_tracking(shipment.parcels),
        notify=notify,
    )


def from_remainder(remainder: RemainderCancellation) -> bytes:
    """JSON `{"order_id", "lines": [{"line_id", "sku", "quantity"}], "reason"}`.

    Raises Rejected as `from_shipment`.
    """
    return encoded(
        order_id=order_gid(remainder.order_reference),
        lines=_lines(remainder.lines),
        reason=remainder.reason,
    )


def from_cancellation(cancellation: Cancellation, *, notify: bool) -> bytes:
    """JSON `{"order_id", "reason", "note", "notify"}`; a reason Shopify does not know is OTHER.

    Raises Rejected when the Shopify order is not named.
    """
    order_id = channel_order_id(cancellation.identifiers) or cancellation.reference
    word = cancellation.reason.strip().upper()
    return encoded(
        order_id=order_gid(order_id),
        reason=word if word in CANCEL_REASONS else "OTHER",
        note=cancellation.reason,
        notify=notify,
    )


def _lines(lines: Iterable[WarehouseLine | RemainderLine]) -> list[dict[str, object]]:
    """One entry per order line, whatever parcels and lots it is spread over."""
    found: dict[str, dict[str, object]] = {}
    pieces: dict[str, int] = {}
    for line in lines:
        gid = _line_gid(line.line_id)
        pieces[gid] = pieces.get(gid, 0) + _pieces(line.line_id, line.quantity)
        found[gid] = {"line_id": gid, "sku": line.sku, "quantity": pieces[gid]}
    return [found[gid] for gid in sorted(found)]


def _line_gid(line_id: str) -> str:
    if not (line_id.isascii() and line_id.isdigit() and len(line_id) <= 20):
        raise Rejected(
            f"{line_id!r} is not the id of a line of a Shopify order",
            field="lines.line_id",
            remedy="ship the lines of the order as it was captured",
        )
    return f"gid://shopify/LineItem/{line_id}"


def _pieces(line_id: str, quantity: Quantity) -> int:
    whole = quantity.amount.to_integral_value()
    if whole != quantity.amount or whole <= Decimal(0):
        raise Rejected(
            f"line {line_id}: {quantity} is not a whole number of pieces, which Shopify counts in",
            field="lines.quantity",
            remedy="mend the unit or the quantity in the warehouse, or enter it in Shopify by hand",
        )
    return int(whole)


def _tracking(parcels: Sequence[Parcel]) -> dict[str, object]:
    """`FulfillmentTrackingInput`: numbers, their URLs if each has one, the carrier if there is one.

    One fulfilment names one company: parcels of several carriers go without, by their URLs.
    """
    followed = {p.tracking_number: p for p in parcels if p.tracking_number}
    if not followed:
        return {}
    tracking: dict[str, object] = {"numbers": list(followed)}
    urls = [parcel.tracking_url for parcel in followed.values()]
    if all(url.startswith(("https://", "http://")) for url in urls):
        tracking["urls"] = urls
    carriers = {parcel.carrier for parcel in followed.values()}
    if len(carriers) == 1 and "" not in carriers:
        tracking["company"] = carriers.pop()
    return tracking
