"""The control endpoints of the shop's stock.

`GET  /_twin/stock`                                            all levels: what is for sale
`POST /_twin/stock/set` {"sku", "available", "location"}       somebody else's change; null: the
                                                               item is not stocked there any more
`POST /_twin/stock/sell` {"sku", "units", "location"}          a checkout, if there is enough
`POST /_twin/stock/track` {"sku", "tracked"}                   whether the shop counts it
`POST /_twin/stock/add` {"sku", "name"}                        another variant, also of a known SKU
`POST /_twin/stock/remove` {"sku"}                             delete the variant
`POST /_twin/stock/open` {"location"}                          make a location an active one

Without a location, the main one is meant.
"""

from crossdock.connectors.shopify.twin.fulfilment_records import MAIN
from crossdock.connectors.shopify.twin.stock_state import ShopStock, StockItem
from crossdock.testing.twin import Json


def stock_control(stock: ShopStock, method: str, change: str, given: Json) -> Json | None:
    """Answers a control request; None: there is no such thing."""
    if method == "GET" and not change:
        return {"stock": [_truth(item) for item in stock.items.values()]}
    if method != "POST":
        return None
    place = int(given.get("location", MAIN.location_id))
    if change == "open":
        stock.open(place)
        return {"locations": sorted(stock.locations)}
    if change == "add":
        return _truth(stock.add(str(given["sku"]), str(given.get("name", given["sku"]))))
    item = stock.item(str(given["sku"]))
    if change == "sell":
        sold = stock.sell(item, int(given.get("units", 1)), place)
        return {"sold": sold, **_truth(item)}
    if change == "set":
        available = given["available"]
        stock.set(item, place, None if available is None else int(available))
    elif change == "track":
        item.tracked = bool(given["tracked"])
    elif change == "remove":
        stock.remove(item)
    else:
        return None
    return _truth(item)


def _truth(item: StockItem) -> Json:
    available = {str(place): count for place, count in item.available.items()}
    return {"sku": item.sku, "name": item.name, "tracked": item.tracked, "available": available}
