"""The fields of QueryRoot and Mutation."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLError, OperationType

from crossdock.connectors.shopify.twin.fulfilment_resolvers import FulfilmentResolvers
from crossdock.connectors.shopify.twin.graphql_shape import order_node
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.page import cursor, cursor_text, gid, page_size
from crossdock.connectors.shopify.twin.shop_state import (
    ShopState,
    Subscription,
    orders_by_change,
    orders_by_creation,
)
from crossdock.connectors.shopify.twin.stock_resolvers import StockResolvers

Json = dict[str, Any]
Effect = Callable[[str, str, str, Mapping[str, Any]], None]
METAFIELDS_MAX = 25
_SEARCH = {
    "UPDATED_AT": re.compile(r"updated_at:>='(?P<since>[^']+)'(?P<until>)"),
    "CREATED_AT": re.compile(r"created_at:>='(?P<since>[^']+)' created_at:<'(?P<until>[^']+)'"),
}
_ORDER_GID = re.compile(r"gid://shopify/Order/([0-9]{1,19})")


class Resolvers:
    """Root fields over one shop; `effect(kind, record, key, data)` records what was changed."""

    def __init__(self, shop: ShopState, effect: Effect) -> None:
        self.shop = shop
        self.scopes = ["read_orders", "write_orders", "read_customers", "read_products",
                       "write_merchant_managed_fulfillment_orders", "write_inventory",
                       "read_locations"]  # fmt: skip
        self.versions = {"2026-01": True, "2026-04": True, "2026-07": True, "2026-10": True}
        self.subscriptions_refused = ""
        """Words in which new subscriptions are refused; empty: they are not."""
        self._effect = effect
        self._fulfilment = FulfilmentResolvers(shop, effect)
        self.stock = StockResolvers(shop, effect)
        self._now = datetime.min.replace(tzinfo=UTC)

    def roots(self, operation: OperationType, now: datetime) -> Json:
        """Resolvers by field name."""
        self._now = now
        if operation is OperationType.MUTATION:
            stock = self.stock.mutations(now, self.scopes)
            return self._fulfilment.mutations(now) | stock | {
                "metafieldsSet": self.metafields_set,
                "tagsAdd": self.tags_add,
                "tagsRemove": self.tags_remove,
                "webhookSubscriptionCreate": self.subscription_create,
                "webhookSubscriptionUpdate": self.subscription_update,
            }  # fmt: skip
        return self._fulfilment.queries() | self.stock.queries() | {
            "currentAppInstallation": self._installation,
            "nodes": lambda _, ids: [self._node(record) for record in ids],
            "order": lambda _, id: self._node(id),  # noqa: A006 - the vendor's name
            "orders": self.orders,
            "publicApiVersions": [
                {"handle": handle, "displayName": handle, "supported": supported}
                for handle, supported in self.versions.items()
            ],
            "shop": {"id": gid("Shop", 1), "name": "Twin supplies", "currencyCode": "EUR",
                     "myshopifyDomain": "twin-supplies.myshopify.com"},
            "webhookSubscriptions": self.subscriptions,
        }  # fmt: skip

    def orders(
        self, _info: object, *, sortKey: str, reverse: bool, query: str | None = None,  # noqa: N803
        first: int | None = None, after: str | None = None,
    ) -> Json:  # fmt: skip
        """Orders by change from an instant on, or by creation in a window; no other searches."""
        if sortKey not in _SEARCH or reverse:
            raise GraphQLError("the twin sorts orders by UPDATED_AT and CREATED_AT only")
        by_change = sortKey == "UPDATED_AT"
        matches = [o for o in self.shop.visible(self._now) if _matches(query, o, sortKey)]
        rows = (orders_by_change if by_change else orders_by_creation)(iter(matches))
        size = page_size(first)
        if after:
            seconds, order_id = cursor_text(after).split("|")
            position = (datetime.fromisoformat(seconds), int(order_id))
            rows = [o for o in rows if (_at(o, sortKey), o.order_id) > position]
        chosen = rows[:size]
        end = f"{_at(chosen[-1], sortKey).isoformat()}|{chosen[-1].order_id}" if chosen else None
        return {
            "nodes": [order_node(order) for order in chosen],
            "pageInfo": {
                "hasNextPage": len(rows) > size,
                "endCursor": cursor(end) if end else None,
            },
        }

    def _order(self, order_gid: str) -> OrderState | None:
        match = _ORDER_GID.fullmatch(order_gid)
        if match is None:
            code = {"code": "RESOURCE_NOT_FOUND"}
            raise GraphQLError(f"Invalid global id '{order_gid}'", extensions=code)
        return self.shop.orders.get(int(match[1]))

    def _node(self, record_gid: str) -> Json | None:
        if record_gid.startswith("gid://shopify/InventoryItem/"):
            return self.stock.item_node(record_gid)
        order = self._order(record_gid)
        return order_node(order) if order else None

    def _installation(self, _info: object) -> Json:
        scopes = [{"handle": scope} for scope in self.scopes]
        return {"id": gid("AppInstallation", 1), "accessScopes": scopes}

    def metafields_set(self, _info: object, *, metafields: Sequence[Json]) -> Json:
        """All or nothing. Orders whose value changes are touched: they echo orders/updated."""
        errors = list(self._metafield_errors(metafields))
        if errors:
            return {"metafields": None, "userErrors": errors}
        nodes = []
        for given in metafields:
            order = self._order(given["ownerId"])
            assert order is not None
            nodes.append(self._set_metafield(order, given))
        return {"metafields": nodes, "userErrors": []}

    def _metafield_errors(self, metafields: Sequence[Json]) -> list[Json]:
        if len(metafields) > METAFIELDS_MAX:
            return [_error(0, "", "Exceeded the maximum metafields input limit of 25.",
                           "LESS_THAN_OR_EQUAL_TO")]  # fmt: skip
        errors = []
        for index, given in enumerate(metafields):
            if self._order(given["ownerId"]) is None:
                errors.append(_error(index, "ownerId", "Owner does not exist.", "INVALID"))
            elif self._is_stale(given):
                errors.append(_error(index, "compareDigest", "The resource has been updated since "
                                     "it was loaded.", "STALE_OBJECT"))  # fmt: skip
            elif not given.get("namespace") or not given["key"]:
                errors.append(_error(index, "key", "can't be blank", "BLANK"))
            elif given.get("type") != "json" or not _is_json(given["value"]):
                errors.append(_error(index, "value", "Value is invalid JSON.", "INVALID_VALUE"))
        return errors

    def _is_stale(self, given: Json) -> bool:
        """Whether a value was given by which to compare, and is not that of what stands."""
        order = self._order(given["ownerId"])
        place = (given.get("namespace") or "", given["key"])
        standing = order.metafields.get(place) if order else None
        now = standing["compareDigest"] if standing else None
        return "compareDigest" in given and given["compareDigest"] != now

    def _set_metafield(self, order: OrderState, given: Json) -> Json:
        place = (given["namespace"], given["key"])
        before = order.metafields.get(place)
        value = given["value"]
        if before is None or before["value"] != value:
            number = before["id"] if before else gid("Metafield", self.shop.next_id())
            digest = hashlib.sha256(value.encode()).hexdigest()
            order.metafields[place] = {
                "__typename": "Metafield", "id": number, "value": value, "compareDigest": digest,
            }  # fmt: skip
            kind = "changed" if before else "created"
            self._effect(kind, "order.metafield", order.name, json.loads(value))
            self.shop.changed(order, self._now)
        return order.metafields[place]

    def tags_add(self, _info: object, *, id: str, tags: Sequence[str]) -> Json:  # noqa: A002
        """Tags are a set; a new one touches the order."""
        return self._retag(id, "added", lambda has: [tag for tag in tags if tag not in has])

    def tags_remove(self, _info: object, *, id: str, tags: Sequence[str]) -> Json:  # noqa: A002
        """What is not there is no error."""
        return self._retag(id, "removed", lambda has: [tag for tag in has if tag in tags])

    def _retag(self, order_id: str, what: str, pick: Callable[[list[str]], list[str]]) -> Json:
        order = self._order(order_id)
        if order is None:
            return {"node": None, "userErrors": [{"field": ["id"], "message": "does not exist"}]}
        if changed := pick(order.tags):
            kept = [tag for tag in order.tags if tag not in changed]
            order.tags = [*kept, *changed] if what == "added" else kept
            self._effect("changed", "order.tags", order.name, {what: changed})
            self.shop.changed(order, self._now)
        return {"node": order_node(order), "userErrors": []}

    def subscriptions(
        self, _info: object, *, first: int | None = None, after: str | None = None,
        topics: Sequence[str] | None = None, uri: str | None = None,
    ) -> Json:  # fmt: skip
        """The app's webhook subscriptions."""
        page_size(first)
        rows = [
            _subscription_node(s)
            for s in self.shop.subscriptions
            if (not topics or s.topic in topics) and (not uri or s.uri == uri)
        ]
        return {"nodes": [] if after else rows, "pageInfo": {"hasNextPage": False}}

    def subscription_create(
        self, _info: object, *, topic: str, webhookSubscription: Json  # noqa: N803
    ) -> Json:  # fmt: skip
        uri = webhookSubscription.get("uri") or ""
        refused = self.subscriptions_refused or _bad_uri(uri)
        if not refused:
            try:
                subscription = self.shop.subscribe(topic, uri)
            except ValueError as error:
                refused = str(error)
            else:
                return self._subscribed(subscription, webhookSubscription, "created")
        return _subscription_error(refused)

    def subscription_update(
        self, _info: object, *, id: str, webhookSubscription: Json  # noqa: A002, N803
    ) -> Json:  # fmt: skip
        found = [s for s in self.shop.subscriptions if _subscription_gid(s) == id]
        if not found:
            return _subscription_error("Webhook subscription does not exist")
        uri = webhookSubscription.get("uri") or found[0].uri
        refused = self.subscriptions_refused or _bad_uri(uri)
        if refused:
            return _subscription_error(refused)
        return self._subscribed(found[0], webhookSubscription, "changed")

    def _subscribed(self, subscription: Subscription, given: Json, kind: str) -> Json:
        subscription.uri = given.get("uri") or subscription.uri
        subscription.format = given.get("format") or subscription.format
        if "includeFields" in given:
            subscription.include_fields = list(given["includeFields"])
        if "filter" in given:
            subscription.filter = given["filter"] or None
        subscription.failures = 0
        data = {"uri": subscription.uri}
        self._effect(kind, "webhook_subscription", subscription.topic, data)
        return {"webhookSubscription": _subscription_node(subscription), "userErrors": []}


def _at(order: OrderState, sort_key: str) -> datetime:
    return order.updated_at if sort_key == "UPDATED_AT" else order.created_at


def _matches(query: str | None, order: OrderState, sort_key: str) -> bool:
    if not query:
        return True
    match = _SEARCH[sort_key].fullmatch(query)
    if match is None:
        raise GraphQLError(f"the twin does not understand the filter {query!r}")
    at = _at(order, sort_key)
    until = match["until"]
    return at >= datetime.fromisoformat(match["since"]) and (
        not until or at < datetime.fromisoformat(until)
    )


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _error(index: int, name: str, message: str, code: str) -> Json:
    path = ["metafields", str(index), name] if name else ["metafields"]
    return {
        "field": path, "message": message, "code": code,
        "elementIndex": index if name else None,
    }  # fmt: skip


def _bad_uri(uri: str) -> str:
    """Shopify takes https; a twin takes http on this machine as well."""
    parts = urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    return "" if parts.scheme == "https" or local else "Address protocol is not supported"


def _subscription_error(message: str) -> Json:
    field = ["webhookSubscription", "callbackUrl"]
    return {"webhookSubscription": None, "userErrors": [{"field": field, "message": message}]}


def _subscription_gid(subscription: Subscription) -> str:
    return gid("WebhookSubscription", subscription.subscription_id)


def _subscription_node(subscription: Subscription) -> Json:
    return {
        "__typename": "WebhookSubscription",
        "id": _subscription_gid(subscription),
        "topic": subscription.topic,
        "uri": subscription.uri,
        "format": subscription.format,
        "filter": subscription.filter,
        "includeFields": list(subscription.include_fields),
    }
