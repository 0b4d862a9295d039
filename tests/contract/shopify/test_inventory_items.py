"""Which item a SKU is: pages, what is remembered, and replies that make no sense."""

import re

import pytest

from crossdock.connectors.shopify.inventory_items import InventoryItems, Unfit
from crossdock.connectors.shopify.inventory_levels import read_levels
from crossdock.connectors.shopify.queries import FIND_VARIANTS, READ_LOCATIONS, SET_QUANTITIES
from crossdock.connectors.shopify.stock_publication import StockPublication
from crossdock.ports.errors import Ambiguous, Unavailable
from tests.contract.shopify.stocking import number


def variant(sku, item=1, tracked=True):
    inventory_item = {"id": f"gid://shopify/InventoryItem/{item}", "tracked": tracked}
    return {"sku": sku, "displayName": f"{sku} {item}", "inventoryItem": inventory_item}


class Shop:
    """Answers searches in pages of two, and counts them."""

    def __init__(self, *variants):
        self.variants = variants
        self.searches = 0

    def run(self, _document, variables):
        self.searches += 1
        skus = [sku.casefold() for sku in re.findall(r'sku:"([^"]*)"', variables["query"])]
        found = [v for v in self.variants if v["sku"].casefold() in skus]
        start = int(variables["after"] or 0)
        more = len(found) > start + 2
        info = {"hasNextPage": more, "endCursor": str(start + 2) if more else None}
        return {"productVariants": {"nodes": found[start : start + 2], "pageInfo": info}}


def test_all_pages_are_read():
    """The right one is behind those whose SKU is merely alike."""
    shop = Shop(*[variant("ab", n) for n in range(2)], variant("aB", 2), variant("AB", 3))
    found = InventoryItems().find(shop.run, ["AB"])
    assert found == {"AB": "gid://shopify/InventoryItem/3"}
    assert shop.searches == 2


def test_a_duplicate_on_another_page_is_seen():
    shop = Shop(variant("AB", 1), variant("ab", 2), variant("AB", 3))
    found = InventoryItems().find(shop.run, ["AB"])["AB"]
    assert isinstance(found, Unfit)
    assert "AB 1, AB 3" in found.reason


def test_the_least_used_is_forgotten_first():
    shop = Shop(*[variant(sku, n) for n, sku in enumerate("ABC")])
    items = InventoryItems(known_max=2)
    items.find(shop.run, ["A"])
    items.find(shop.run, ["B"])
    items.find(shop.run, ["A"])
    items.find(shop.run, ["C"])
    assert shop.searches == 3
    items.find(shop.run, ["A", "C"])
    assert shop.searches == 3
    items.find(shop.run, ["B"])
    assert shop.searches == 4


@pytest.mark.parametrize(
    "reply", [{}, {"productVariants": None}, {"productVariants": {"nodes": [{}]}}]
)
def test_a_search_that_makes_no_sense(reply):
    with pytest.raises(Unavailable):
        InventoryItems().find(lambda *_: reply, ["A"])


@pytest.mark.parametrize("node", [{"sku": "A"}, {"id": "1", "sku": "A", "tracked": True}])
def test_a_level_that_makes_no_sense(node):
    with pytest.raises(Unavailable):
        read_levels(lambda *_: {"nodes": [node]}, ["1"], "gid://shopify/Location/1")


@pytest.mark.parametrize("payload", [None, {}, {"userErrors": [{}]}, {"userErrors": None}])
def test_after_a_write_nobody_knows(payload):
    page = {"hasNextPage": False, "endCursor": None}
    location = {"id": "gid://shopify/Location/1", "name": "Main"}
    replies = {
        READ_LOCATIONS: {"locations": {"nodes": [location], "pageInfo": page}},
        FIND_VARIANTS: {"productVariants": {"nodes": [variant("A")], "pageInfo": page}},
        SET_QUANTITIES: {"inventorySetQuantities": payload},
    }

    def run(document, _variables):
        return replies[document]

    with pytest.raises(Ambiguous):
        StockPublication(run, run, "").publish([number("A", 1)], "k")
