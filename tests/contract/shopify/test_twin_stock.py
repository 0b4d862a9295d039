"""The twin refuses what Shopify refuses about stock, and its sales take pieces off."""

import json
from datetime import timedelta

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
)
from graphql.execution.values import get_variable_values

from crossdock.connectors.shopify import MANIFEST
from crossdock.connectors.shopify.inventory_items import VARIANTS_PER_PAGE
from crossdock.connectors.shopify.inventory_levels import ITEMS_PER_READ
from crossdock.connectors.shopify.mapping.inventory import (
    IN_PROGRESS,
    KEY_USED,
    OF_ALL_ITEMS,
    OUTCOMES,
)
from crossdock.connectors.shopify.queries import (
    FIND_VARIANTS,
    READ_LEVELS,
    SET_QUANTITIES,
    Document,
)
from crossdock.connectors.shopify.stock_publication import QUANTITIES_MAX
from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.endpoint import checked, schema
from crossdock.connectors.shopify.twin.fulfilment_records import MAIN, SECOND
from crossdock.connectors.shopify.twin.shop_twin import PATH, TOKEN
from crossdock.connectors.shopify.twin.stock_state import AVAILABLE_AT_FIRST
from crossdock.connectors.shopify.twin.throttle import QueryCost
from crossdock.ports.erp import CANCEL_REMAINDER
from crossdock.testing.wire import TwinReply, TwinRequest
from tests.contract.shopify.conftest import NOW
from tests.contract.shopify.documents import official
from tests.contract.shopify.shipping import effect, order_of, remainder
from tests.contract.shopify.stocking import number, shown, stocked

ERROR_CODES = "InventorySetQuantitiesUserErrorCode"


def ask(twin, document, variables):
    body = TwinReply.of_json({"query": document.text, "variables": variables}).body
    request = TwinRequest("POST", PATH, headers={"x-shopify-access-token": TOKEN}, body=body)
    return json.loads(twin.handle(request).body)


def quantity(item, count, believed=5):
    return {
        "inventoryItemId": f"gid://shopify/InventoryItem/{item.item_id}",
        "locationId": f"gid://shopify/Location/{MAIN.location_id}",
        "quantity": count,
        "changeFromQuantity": believed,
    }


def put(twin, *quantities, key="k", **more):
    given = {"name": "available", "reason": "correction", "quantities": list(quantities), **more}
    return ask(twin, SET_QUANTITIES, {"input": given, "key": key})


def codes(reply):
    return [error["code"] for error in reply["data"]["inventorySetQuantities"]["userErrors"]]


class TestRules:
    def test_all_or_nothing(self, twin):
        items = stocked(twin, 2)
        reply = put(twin, quantity(items[0], 8), quantity(items[1], 8, 4))
        assert codes(reply) == ["CHANGE_FROM_QUANTITY_STALE"]
        (error,) = reply["data"]["inventorySetQuantities"]["userErrors"]
        assert error["field"] == ["input", "quantities", "1", "changeFromQuantity"]
        assert shown(items) == [5, 5]

    def test_a_given_null_is_not_compared(self, twin):
        (item,) = stocked(twin, 1)
        assert codes(put(twin, quantity(item, 8, None))) == []
        assert shown([item]) == [8]

    def test_the_comparison_must_be_given(self, twin):
        (item,) = stocked(twin, 1)
        row = quantity(item, 8)
        del row["changeFromQuantity"]
        assert put(twin, row)["errors"]
        assert shown([item]) == [5]

    def test_no_request_without_a_key(self, twin):
        text = SET_QUANTITIES.text.replace("@idempotent(key: $key)", "")
        document = Document("NoKey", text.replace(", $key: String!", ""))
        assert "@idempotent" in ask(twin, document, {"input": {}})["errors"][0]["message"]

    def test_no_more_than_250(self, twin):
        (item,) = stocked(twin, 1)
        reply = put(twin, *[quantity(item, 8)] * 251)
        assert reply["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"name": "reserved"}, "INVALID_NAME"),
            ({"reason": "because"}, "INVALID_REASON"),
            ({"referenceDocumentUri": "here"}, "INVALID_REFERENCE_DOCUMENT"),
            ({"referenceDocumentUri": "gid://crossdock/"}, "INVALID_REFERENCE_DOCUMENT"),
        ],
    )
    def test_what_all_have_in_common(self, twin, given, code):
        (item,) = stocked(twin, 1)
        assert codes(put(twin, quantity(item, 8), **given)) == [code]
        assert shown([item]) == [5]

    def test_a_key_is_good_for_one_request_and_a_day(self, twin, clock):
        (item,) = stocked(twin, 1)
        first = put(twin, quantity(item, 8))
        assert put(twin, quantity(item, 8))["data"] == first["data"]
        assert codes(put(twin, quantity(item, 9, 8))) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
        clock.advance(timedelta(hours=24))
        assert codes(put(twin, quantity(item, 9, 8))) == []
        assert shown([item]) == [9]

    def test_a_refused_request_uses_its_key_up(self, twin):
        (item,) = stocked(twin, 1)
        assert codes(put(twin, quantity(item, 8, 4))) == ["CHANGE_FROM_QUANTITY_STALE"]
        assert codes(put(twin, quantity(item, 8, 4))) == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]

    @pytest.mark.parametrize(
        ("document", "variables", "cost_max"),
        [
            (FIND_VARIANTS, {"first": VARIANTS_PER_PAGE}, 250),
            (READ_LEVELS, {"ids": ["x"] * ITEMS_PER_READ}, 350),
            (SET_QUANTITIES, {}, 10),
        ],
    )
    def test_the_cost_of_a_request(self, document, variables, cost_max):
        parsed = checked(document.text)
        operation = get_operation_ast(parsed)
        assert isinstance(operation, OperationDefinitionNode)
        assert QueryCost(schema(), parsed, variables).of(operation) <= cost_max


class TestSales:
    def test_an_order_takes_its_pieces_and_a_cancellation_gives_them_back(self, twin, shop):
        order = order_of(twin, 3)
        (line,) = order.lines
        item = twin.shop.stock.item(line.sku)
        placed = shown([item])[0]
        assert placed < AVAILABLE_AT_FIRST
        changes.raise_quantity(twin.shop, order, NOW)
        assert shown([item]) == [placed - 1]
        changes.remove_units(twin.shop, order, NOW, 0, 2)
        assert shown([item]) == [placed + 1]
        shop.deliver([effect(shop, CANCEL_REMAINDER, remainder(order, {0: 1}))])
        assert shown([item]) == [placed + 2]
        changes.cancel(twin.shop, order, NOW, "customer")
        assert shown([item]) == [placed + 3]

    def test_a_reset_begins_anew(self, twin):
        order_of(twin, 3)
        twin.reset()
        assert {n for item in twin.shop.stock.items.values() for n in shown([item])} == {100}


class TestControls:
    def control(self, twin, change, **given):
        reply = httpx.post(f"{twin.url}/_twin/stock/{change}", json=given, trust_env=False)
        return reply.status_code, reply.json()

    def test_levels_are_changed_from_outside(self, twin):
        (item,) = stocked(twin, 1)
        assert self.control(twin, "set", sku="S-0", available=2)[0] == 200
        assert self.control(twin, "sell", sku="S-0", units=2)[1]["sold"] is True
        assert self.control(twin, "sell", sku="S-0")[1]["sold"] is False
        assert shown([item]) == [0]
        assert self.control(twin, "set", sku="S-0", available=None)[0] == 200
        assert item.available == {}
        assert self.control(twin, "track", sku="S-0", tracked=False)[1]["tracked"] is False
        second = SECOND.location_id
        assert self.control(twin, "set", sku="S-0", available=2, location=second)[0] == 400
        assert second in self.control(twin, "open", location=second)[1]["locations"]
        assert self.control(twin, "set", sku="S-0", available=2, location=second)[0] == 200
        assert self.control(twin, "add", sku="S-0", name="Double")[0] == 200
        assert self.control(twin, "remove", sku="S-0")[0] == 200
        assert self.control(twin, "set", sku="NO", available=2)[0] == 400
        assert self.control(twin, "nonsense", sku="S-0")[0] == 404
        listed = httpx.get(f"{twin.url}/_twin/stock", trust_env=False).json()["stock"]
        assert [row["name"] for row in listed if row["sku"] == "S-0"] == ["Double"]


class TestEvidence:
    def test_what_we_send_fits_the_official_schema(self, twin, shop):
        stocked(twin, 3)
        twin.shop.stock.add("S-0", "Double")
        twin.log.keep_bodies = True
        batch = [number("S-0", 8), number("S-1", 8, None), number("S-2", 8, 4)]
        shop.publish_stock([*batch, number("S-1", 9)], "k1")
        sent = [json.loads(call.body) for call in twin.log.calls]
        assert {"SetQuantities", "ReadLevels"} <= {request["operationName"] for request in sent}
        for request in sent:
            assert not unfit(request["query"], request["variables"]), request

    def test_the_input_of_older_versions_is_seen(self):
        row = {"inventoryItemId": "a", "locationId": "b", "quantity": 1, "compareQuantity": 1}
        given = {"name": "available", "reason": "correction", "quantities": [row]}
        assert unfit(SET_QUANTITIES.text, {"input": given, "key": "k"})

    def test_every_code_we_know_is_shopifys(self):
        theirs = official(MANIFEST.api_version).type_map[ERROR_CODES]
        assert isinstance(theirs, GraphQLEnumType)
        assert {*OUTCOMES, *OF_ALL_ITEMS, *KEY_USED, IN_PROGRESS} <= set(theirs.values)

    def test_the_most_numbers_of_a_request(self):
        assert QUANTITIES_MAX == 250


def unfit(text, variables):
    """What the official schema has against the variables of a document."""
    operation = get_operation_ast(parse(text))
    assert operation is not None
    definitions = list(operation.variable_definitions)
    found = get_variable_values(official(MANIFEST.api_version), definitions, variables)
    return found if isinstance(found, list) else []
