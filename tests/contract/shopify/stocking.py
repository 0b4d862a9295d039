"""Stock of known numbers in the twin, and batches of it."""

from collections.abc import Iterable
from typing import Any

from crossdock.connectors.shopify.twin import ShopTwin
from crossdock.connectors.shopify.twin.fulfilment_records import MAIN
from crossdock.connectors.shopify.twin.stock_state import StockItem
from crossdock.ports.channel_stock import ChannelStock, Published, PublishOutcome

SET = PublishOutcome.SET
CHANGED = PublishOutcome.CHANGED_MEANWHILE
UNKNOWN = PublishOutcome.UNKNOWN_SKU
NOT_STOCKED = PublishOutcome.NOT_STOCKED
REFUSED = PublishOutcome.REFUSED


def stocked(twin: ShopTwin, count: int, available: int = 5) -> list[StockItem]:
    """New variants S-0, S-1 … with so many pieces each at the main location."""
    with twin.lock:
        items = [twin.shop.stock.add(f"S-{number}", f"Thing {number}") for number in range(count)]
        for item in items:
            item.available[MAIN.location_id] = available
    return items


def number(sku: str, quantity: int, believed: int | None = 5, location: str = "") -> ChannelStock:
    return ChannelStock(sku, location, quantity, believed)


def shown(items: Iterable[StockItem], location: int = MAIN.location_id) -> list[Any]:
    return [item.available.get(location) for item in items]


def outcomes(answers: Iterable[Published]) -> list[PublishOutcome]:
    return [answer.outcome for answer in answers]


def calls(twin: ShopTwin, operation: str) -> int:
    return sum(call.operation == operation for call in twin.log.calls)


def writes(twin: ShopTwin) -> list[tuple[str, int, int]]:
    """(SKU, before, after) of each level that was set through the API."""
    return [
        (effect.key, effect.data["before"], effect.data["available"])
        for effect in twin.log.effects
        if effect.record == "inventory_level"
    ]


def after(twin, operation, act):
    """Do something once, right after the next request of that operation was answered."""
    handle = twin.handle

    def handled(request):
        reply = handle(request)
        if twin.operation(request) == operation:
            twin.handle = handle
            act()
        return reply

    twin.handle = handled


def answer_with(twin, error):
    """Refuse every request with that user error."""
    payload = {"inventoryAdjustmentGroup": None, "userErrors": [error]}
    resolvers = {"inventorySetQuantities": lambda *_, **__: payload}
    twin.resolvers.stock.mutations = lambda *_: resolvers
