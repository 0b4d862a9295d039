"""The twin's own control endpoints (beside those every twin has).

`POST   /_twin/orders` {"count", "lines"}      place orders
`GET    /_twin/orders`                         all orders as they stand, with our answers
`POST   /_twin/orders/<id>/<change>`           add_line, cancel {"reason", "restock"},
                                               fulfil {"line", "units", "number"}, hold, release,
                                               move {"line", "units", "location"},
                                               note {"note"}, raise_quantity, remove_shipping,
                                               remove_units {"line", "units"}, resend {"topic"},
                                               refund_shipping {"amount"}
`DELETE /_twin/orders/<id>`                    delete an order
`GET|POST /_twin/stock…`                        levels and their changes: see `stock_controls`
`GET|PUT /_twin/catalogue`                     goods and people
`PUT    /_twin/shop` {"search_lag_seconds", "job_seconds", "scopes", "mixture", "tax_rates",
                      "bucket": {"capacity", "restore_rate"}}
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.catalogue import Catalogue
from crossdock.connectors.shopify.twin.fulfilment import display_status, fulfilled
from crossdock.connectors.shopify.twin.graphql_shape import utc
from crossdock.connectors.shopify.twin.order_factory import Mixture
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.shop_state import WEBHOOK_TOPICS
from crossdock.connectors.shopify.twin.stock_controls import stock_control
from crossdock.connectors.shopify.twin.throttle import LeakyBucket
from crossdock.connectors.shopify.twin.totals import to_pay
from crossdock.testing.twin import ControlHandler, Json

if TYPE_CHECKING:
    from crossdock.connectors.shopify.twin.shop_twin import ShopTwin


class Controls:
    """Answers control requests; called under the twin's lock."""

    def __init__(self, twin: "ShopTwin") -> None:
        self._twin = twin
        self.handlers: Mapping[str, ControlHandler] = {
            "orders": self._orders,
            "catalogue": self._catalogue,
            "shop": self._shop,
            "stock": lambda *given: stock_control(twin.shop.stock, *given),
        }

    def state(self) -> Json:
        return {"orders": [order_truth(order) for order in self._twin.shop.orders.values()]}

    def _orders(self, method: str, rest: str, given: Json) -> Json | None:
        if rest:
            return self._one_order(method, rest, given)
        if method == "GET":
            return self.state()
        if method != "POST":
            return None
        now = self._twin.clock.now()
        placed = self._twin.shop.place(int(given.get("count", 1)), now, lines=given.get("lines"))
        return {"orders": [order_truth(order) for order in placed]}

    def _one_order(self, method: str, rest: str, given: Json) -> Json | None:
        number, _, change = rest.partition("/")
        order = self._twin.shop.orders[int(number)]
        if method == "DELETE" and not change:
            changes.delete(self._twin.shop, order)
        elif method == "POST":
            self._change(order, change, given)
        else:
            return None
        return order_truth(order)

    def _change(self, order: OrderState, change: str, given: Json) -> None:
        shop, now = self._twin.shop, self._twin.clock.now()
        if change == "cancel":
            restock = bool(given.get("restock", True))
            changes.cancel(shop, order, now, given.get("reason", "customer"), restock=restock)
        elif change == "remove_units":
            changes.remove_units(shop, order, now, int(given["line"]), int(given["units"]))
        elif change == "fulfil":
            line, units, number = int(given["line"]), int(given["units"]), given.get("number", "")
            changes.fulfil_by_hand(shop, order, now, line, units, str(number))
        elif change == "move":
            line, units, place = int(given["line"]), int(given["units"]), int(given["location"])
            changes.move_units(shop, order, now, line, units, place)
        elif change in ("hold", "release"):
            changes.hold(shop, order, now, held=change == "hold")
        elif change == "refund_shipping":
            changes.refund_shipping(shop, order, now, Decimal(str(given["amount"])))
        elif change == "note":
            changes.write_note(shop, order, now, str(given["note"]))
        elif change == "resend":
            shop.on_event(_topic(str(given.get("topic", "ORDERS_UPDATED"))), order)
        else:
            plain = {
                "add_line": changes.add_line,
                "raise_quantity": changes.raise_quantity,
                "remove_shipping": changes.remove_shipping,
            }
            plain[change](shop, order, now)

    def _catalogue(self, method: str, _rest: str, given: Json) -> Json:
        if method == "PUT":
            self._twin.shop.use(Catalogue.from_json(given))
        return self._twin.shop.catalogue.to_json()

    def _shop(self, method: str, _rest: str, given: Json) -> Json | None:
        if method != "PUT":
            return None
        twin = self._twin
        if "search_lag_seconds" in given:
            twin.shop.search_lag = timedelta(seconds=given["search_lag_seconds"])
        if "job_seconds" in given:
            twin.shop.job_delay = timedelta(seconds=given["job_seconds"])
        if "bucket" in given:
            fresh = LeakyBucket(**given["bucket"])
            twin.bucket.capacity, twin.bucket.restore_rate = fresh.capacity, fresh.restore_rate
        if "scopes" in given:
            twin.resolvers.scopes = list(given["scopes"])
        if "mixture" in given:
            mixture = dict(given["mixture"])
            if "currencies" in mixture:
                mixture["currencies"] = tuple(mixture["currencies"])
            twin.shop.mixture = twin.shop.factory.mixture = Mixture(**mixture)
        if "tax_rates" in given:
            twin.shop.factory.tax_rates = dict(given["tax_rates"])
        return {"changed": sorted(given)}


def _topic(text: str) -> str:
    """`orders/create` and `ORDERS_CREATE` alike. Raises ValueError naming those there are."""
    topic = text.strip().upper().replace("/", "_")
    if topic not in WEBHOOK_TOPICS:
        raise ValueError(f"no topic {text!r}; there are {', '.join(WEBHOOK_TOPICS.values())}")
    return topic


def order_truth(order: OrderState) -> Json:
    """An order in a few independent words, and what we answered it."""
    return {
        "id": order.order_id,
        "name": order.name,
        "updated_at": utc(order.updated_at),
        "cancelled_at": utc(order.cancelled_at),
        "po_number": order.po_number,
        "email": order.email,
        "currency": order.currency,
        "total": str(to_pay(order)),
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "quantity": line.current_quantity,
                "ordered": line.quantity,
                "fulfilled": fulfilled(order, line.line_id),
            }
            for line in order.lines
        ],
        "fulfilment_status": display_status(order).lower(),
        "fulfilments": [
            {"name": f.name, "pieces": f.pieces, "numbers": f.numbers, "notified": f.notified}
            for f in order.fulfilments
        ],
        "refunds": [{"note": r.note, "pieces": r.pieces} for r in order.refunds],
        "tags": list(order.tags),
        "answer": _answer(order, "order_response"),
        "cancellation_answer": _answer(order, "cancellation_response"),
    }


def _answer(order: OrderState, key: str) -> Any:
    found = order.metafields.get(("crossdock", key))
    return json.loads(found["value"]) if found else None
