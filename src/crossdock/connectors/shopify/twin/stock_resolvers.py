"""The fields of QueryRoot and Mutation about stock."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from crossdock.connectors.shopify.twin.idempotency import idempotency_key
from crossdock.connectors.shopify.twin.page import connection, gid
from crossdock.connectors.shopify.twin.shop_state import ShopState
from crossdock.connectors.shopify.twin.stock_state import Remembered, StockItem

Json = dict[str, Any]
Effect = Callable[[str, str, str, Mapping[str, Any]], None]
KEY_LIFETIME = timedelta(hours=24)
QUANTITY_MAX = 1_000_000_000
REASONS = frozenset(
    """
    correction cycle_count_available damaged movement_created movement_updated movement_received
    movement_canceled other promotion quality_control received reservation_created
    reservation_deleted reservation_updated restock safety_stock shrinkage
    """.split()  # noqa: SIM905 - reads better
)
_MESSAGES = {
    "CHANGE_FROM_QUANTITY_STALE": "The changeFromQuantity value does not match persisted value.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": "The same idempotency key cannot be used with different"
    " operation parameters.",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": "A previous request with this idempotency key failed."
    " Retry with a new idempotency key.",
    "INVALID_INVENTORY_ITEM": "The specified inventory item could not be found.",
    "INVALID_LOCATION": "The specified location could not be found.",
    "INVALID_NAME": "The quantity name must be either 'available' or 'on_hand'.",
    "INVALID_QUANTITY_NEGATIVE": "The quantity can't be negative.",
    "INVALID_QUANTITY_TOO_HIGH": "The total quantity can't be higher than 1,000,000,000.",
    "INVALID_REASON": "The specified reason is invalid.",
    "INVALID_REFERENCE_DOCUMENT": "The specified reference document is invalid.",
    "ITEM_NOT_STOCKED_AT_LOCATION": "The specified inventory item is not stocked at the location.",
    "NON_MUTABLE_INVENTORY_ITEM": "The specified inventory item is not allowed to be adjusted via"
    " API.",
    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR": "The combination of inventoryItemId and"
    " locationId must be unique.",
}
_TERM = r'sku:"((?:[^"\\]|\\.)*)"'
_SEARCH = re.compile(f"{_TERM}(?: OR {_TERM})*")
_GID = re.compile(r"gid://shopify/[A-Za-z]+/([0-9]{1,19})")
_URI = re.compile(r"gid://[^/]+/[^/]+/.+|(?!gid:)[a-z][a-z0-9+.-]*://.+")


class StockResolvers:
    """Root fields over one shop; `effect(kind, record, key, data)` records what was changed."""

    def __init__(self, shop: ShopState, effect: Effect) -> None:
        self.shop = shop
        self.replays_refusals = False
        """Whether a refused request is answered again under its key; else the key is used up."""
        self.names_one_error_only = False
        """Whether a refusal tells the first fault only."""
        self._effect = effect

    def mutations(self, now: datetime, scopes: Sequence[str]) -> Json:
        """Resolvers by field name; without its scope, a mutation is refused."""

        def set_quantities(info: GraphQLResolveInfo, *, input: Json) -> Json:  # noqa: A002
            if "write_inventory" not in scopes:
                words = "Access denied for inventorySetQuantities field."
                raise GraphQLError(words, extensions={"code": "ACCESS_DENIED"})
            return self._set(now, info, input)

        return {"inventorySetQuantities": set_quantities}

    def queries(self) -> Json:
        """Resolvers by field name."""
        return {"locations": self._locations, "productVariants": self._variants}

    def item_node(self, item_gid: str) -> Json | None:
        """An inventory item by its global id."""
        item = self.shop.stock.items.get(_number(item_gid))
        return _item_node(item) if item else None

    def _locations(
        self, _info: object, *, first: int | None = None, after: str | None = None
    ) -> Json:
        rows = sorted(self.shop.stock.locations.values(), key=lambda place: place.name)
        return connection(rows, render=_location_node, first=first, after=after)

    def _variants(
        self, _info: object, *, query: str | None = None, first: int | None = None,
        after: str | None = None,
    ) -> Json:  # fmt: skip
        rows = list(self.shop.stock.found(_searched(query or "")))
        return connection(rows, render=_variant_node, first=first, after=after)

    def _set(self, now: datetime, info: GraphQLResolveInfo, given: Json) -> Json:
        """Set all quantities or none, once per key."""
        request, key = json.dumps(given, sort_keys=True), idempotency_key(info)
        known = self.shop.stock.keys.get(key)
        if known is not None and now - known.at < KEY_LIFETIME:
            return self._again(known, request)
        errors = list(self._errors(given))[: 1 if self.names_one_error_only else None]
        if errors:
            reply: Json = {"inventoryAdjustmentGroup": None, "userErrors": errors}
        else:
            for row in given["quantities"]:
                self._write(row)
            group = _group_node(self.shop.next_id(), given, now)
            reply = {"inventoryAdjustmentGroup": group, "userErrors": []}
        self.shop.stock.keys[key] = Remembered(now, request, reply)
        return reply

    def _again(self, known: Remembered, request: str) -> Json:
        if known.request != request:
            return _refused("IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
        if known.reply["userErrors"] and not self.replays_refusals:
            return _refused("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
        return known.reply

    def _write(self, row: Json) -> None:
        item = self.shop.stock.items[_number(row["inventoryItemId"])]
        place = _number(row["locationId"])
        before, item.available[place] = item.available[place], row["quantity"]
        data = {"location": place, "before": before, "available": row["quantity"]}
        self._effect("changed", "inventory_level", item.sku, data)

    def _errors(self, given: Json) -> Iterator[Json]:
        if given["name"] not in ("available", "on_hand"):
            yield _error("INVALID_NAME", "name")
        if given["reason"] not in REASONS:
            yield _error("INVALID_REASON", "reason")
        uri = given.get("referenceDocumentUri")
        if uri is not None and not _URI.fullmatch(uri):
            yield _error("INVALID_REFERENCE_DOCUMENT", "referenceDocumentUri")
        pairs: set[tuple[int, int]] = set()
        for index, row in enumerate(given["quantities"]):
            if "changeFromQuantity" not in row:
                raise GraphQLError("changeFromQuantity must be given, null or not")
            pair = (_number(row["inventoryItemId"]), _number(row["locationId"]))
            code, name = self._fault(pair, row, repeated=pair in pairs)
            pairs.add(pair)
            if code:
                yield _error(code, "quantities", str(index), name)

    def _fault(self, pair: tuple[int, int], row: Json, *, repeated: bool) -> tuple[str, str]:
        """Code and field of what is wrong with one quantity; empty: nothing."""
        item = self.shop.stock.items.get(pair[0])
        if repeated:
            return "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "inventoryItemId"
        if item is None:
            return "INVALID_INVENTORY_ITEM", "inventoryItemId"
        if pair[1] not in self.shop.stock.locations:
            return "INVALID_LOCATION", "locationId"
        if pair[1] not in item.available:
            return "ITEM_NOT_STOCKED_AT_LOCATION", "locationId"
        if not item.mutable:
            return "NON_MUTABLE_INVENTORY_ITEM", "inventoryItemId"
        return _quantity_fault(row, item.available[pair[1]])


def _quantity_fault(row: Json, standing: int) -> tuple[str, str]:
    if row["quantity"] < 0:
        return "INVALID_QUANTITY_NEGATIVE", "quantity"
    if row["quantity"] > QUANTITY_MAX:
        return "INVALID_QUANTITY_TOO_HIGH", "quantity"
    if row["changeFromQuantity"] not in (None, standing):
        return "CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity"
    return "", ""


def _searched(query: str) -> Sequence[str]:
    """The SKUs of `sku:"A" OR sku:"B"`."""
    if not _SEARCH.fullmatch(query):
        raise GraphQLError(f"the twin does not understand the filter {query[:200]!r}")
    return [re.sub(r"\\(.)", r"\1", sku) for sku in re.findall(_TERM, query)]


def _number(record_gid: str) -> int:
    match = _GID.fullmatch(record_gid)
    if match is None:
        code = {"code": "RESOURCE_NOT_FOUND"}
        raise GraphQLError(f"Invalid global id '{record_gid}'", extensions=code)
    return int(match[1])


def _error(code: str, *path: str) -> Json:
    field = ["input", *path] if path else None
    return {"field": field, "message": _MESSAGES[code], "code": code}


def _refused(code: str) -> Json:
    return {"inventoryAdjustmentGroup": None, "userErrors": [_error(code)]}


def _group_node(number: int, given: Json, now: datetime) -> Json:
    return {
        "id": gid("InventoryAdjustmentGroup", number),
        "reason": given["reason"],
        "referenceDocumentUri": given.get("referenceDocumentUri"),
        "createdAt": now.isoformat(),
    }


def _location_node(place: Any) -> Json:
    node = {"id": gid("Location", place.location_id), "name": place.name, "isActive": True}
    return {"__typename": "Location", **node}


def _variant_node(item: StockItem) -> Json:
    return {
        "__typename": "ProductVariant", "id": gid("ProductVariant", item.variant_id),
        "sku": item.sku, "displayName": item.name, "inventoryItem": _item_node(item),
    }  # fmt: skip


def _item_node(item: StockItem) -> Json:
    def level(_info: object, *, locationId: str, **_given: object) -> Json | None:  # noqa: N803
        place = _number(locationId)
        return _level_node(item, place) if place in item.available else None

    node = {"id": gid("InventoryItem", item.item_id), "sku": item.sku, "tracked": item.tracked}
    return {"__typename": "InventoryItem", **node, "inventoryLevel": level}


def _level_node(item: StockItem, place: int) -> Json:
    def quantities(_info: object, *, names: Sequence[str]) -> list[Json]:
        if list(names) != ["available"]:
            raise GraphQLError("the twin counts what is available only")
        number = gid("InventoryQuantity", f"{item.item_id}?inventory_level_id={place}")
        return [{"id": number, "name": "available", "quantity": item.available[place]}]

    number = gid("InventoryLevel", f"{place}?inventory_item_id={item.item_id}")
    return {"id": number, "isActive": True, "quantities": quantities}
