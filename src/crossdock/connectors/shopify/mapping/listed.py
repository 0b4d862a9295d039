"""Nodes of the close's listing → Listed. What counts as ordered is what `to_sales_order` counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crossdock.ports.listing import Listed, ListedKind

Node = Mapping[str, Any]


def to_listed_order(order: Node, lines: Iterable[Node]) -> Listed:
    """An order as it stands; one that was cancelled down to nothing, as it was ordered.

    `quantities` are current ones (after edits and cancelled remainders), by SKU, or by the line's
    name where it has none. Tips are no goods.
    """
    tips = _money(order["totalTipReceivedSet"])
    goods = [line for line in lines if not (tips and _like_a_tip(line))]
    stands = any(line["currentQuantity"] for line in goods)
    total = order["currentTotalPriceSet"] if stands else order["totalPriceSet"]
    rounding = order["totalCashRoundingAdjustment"]["paymentSet"]
    quantity = "currentQuantity" if stands else "quantity"
    return Listed(
        kind=ListedKind.ORDER,
        key=str(order["legacyResourceId"]),
        name=order["name"],
        status="cancelled" if order["cancelledAt"] else _status(order),
        at=datetime.fromisoformat(order["createdAt"]),
        amount=_money(total) + _money(rounding),
        currency=order["currencyCode"],
        quantities=_by_sku((line, line[quantity]) for line in goods),
    )


def to_listed_shipment(order: Node, lines: Iterable[Node]) -> Listed:
    """All fulfilments of an order that stand, as one: what was shipped, by SKU."""
    return Listed(
        kind=ListedKind.SHIPMENT,
        key=str(order["legacyResourceId"]),
        name=order["name"],
        status=_status(order),
        at=datetime.fromisoformat(order["createdAt"]),
        quantities=_by_sku((line["lineItem"], line["quantity"] or 0) for line in lines),
    )


def _status(order: Node) -> str:
    return "shipped" if order["displayFulfillmentStatus"] == "FULFILLED" else "open"


def _like_a_tip(line: Node) -> bool:
    return not (line["product"] or line["sku"] or line["requiresShipping"] or line["isGiftCard"])


def _by_sku(pieces: Iterable[tuple[Node, int]]) -> dict[str, Decimal]:
    quantities: Counter[str] = Counter()
    for line, count in pieces:
        quantities[line["sku"] or line["name"]] += count
    return {sku: Decimal(count) for sku, count in quantities.items() if count}


def _money(bag: Node) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])
