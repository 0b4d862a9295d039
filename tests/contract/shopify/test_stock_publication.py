"""Numbers are set at the right item and location, or it is said why not."""

import pytest

from crossdock.connectors.shopify.connector import connector
from crossdock.connectors.shopify.twin.fulfilment_records import MAIN, SECOND
from crossdock.ports.channel_stock import PublishesStock
from crossdock.ports.errors import Rejected
from tests.contract.shopify.conftest import connection
from tests.contract.shopify.stocking import (
    CHANGED,
    NOT_STOCKED,
    REFUSED,
    SET,
    UNKNOWN,
    calls,
    number,
    outcomes,
    shown,
    stocked,
    writes,
)


class TestSetting:
    def test_it_offers_to_publish(self, shop):
        assert isinstance(shop, PublishesStock)
        assert shop.publish_batch_max == 250

    def test_a_batch_is_one_request(self, twin, shop):
        items = stocked(twin, 3)
        answers = shop.publish_stock([number(f"S-{n}", 10 + n) for n in range(3)], "k1")
        assert [(a.item.sku, a.outcome, a.shown) for a in answers] == [
            ("S-0", SET, 10), ("S-1", SET, 11), ("S-2", SET, 12)
        ]  # fmt: skip
        assert shown(items) == [10, 11, 12]
        assert calls(twin, "SetQuantities") == 1

    def test_what_is_not_believed_is_read_first(self, twin, shop):
        items = stocked(twin, 2, available=7)
        batch = [number("S-0", 3, None), number("S-1", 4, 7)]
        assert outcomes(shop.publish_stock(batch, "k1")) == [SET, SET]
        assert shown(items) == [3, 4]
        assert calls(twin, "ReadLevels") == 1

    def test_our_changes_say_that_they_are_ours(self, twin, shop):
        stocked(twin, 1)
        shop.publish_stock([number("S-0", 9)], "k1")
        (remembered,) = twin.shop.stock.keys.values()
        group = remembered.reply["inventoryAdjustmentGroup"]
        assert group["referenceDocumentUri"].startswith("gid://crossdock/StockPublication/")
        assert group["reason"] == "correction"

    def test_nothing_comes_back_of_it(self, twin, shop):
        stocked(twin, 250)
        told = []
        twin.shop.on_event = lambda *event: told.append(event)
        for turn in range(4):
            batch = [number(f"S-{n}", 6 + turn, 5 + turn) for n in range(250)]
            assert set(outcomes(shop.publish_stock(batch, f"k{turn}"))) == {SET}
        assert len(writes(twin)) == 1000
        assert calls(twin, "SetQuantities") == 4
        assert told == []

    def test_more_than_a_request_takes_is_refused(self, shop):
        with pytest.raises(Rejected, match="251"):
            shop.publish_stock([number("S", 1)] * 251, "k1")

    def test_an_empty_batch(self, twin, shop):
        assert shop.publish_stock([], "k1") == []
        assert twin.log.calls == []


class TestFinding:
    def test_a_sku_is_looked_up_once(self, twin, shop):
        stocked(twin, 120)
        for turn in range(3):
            batch = [number(f"S-{n}", 6 + turn, 5 + turn) for n in range(120)]
            shop.publish_stock(batch, f"k{turn}")
        assert calls(twin, "FindVariants") == 3
        assert calls(twin, "ReadLocations") == 1

    def test_an_unknown_sku(self, twin, shop):
        items = stocked(twin, 1)
        answers = shop.publish_stock([number("NO-SUCH", 1), number("S-0", 8)], "k1")
        assert outcomes(answers) == [UNKNOWN, SET]
        assert "NO-SUCH" in answers[0].reason
        assert shown(items) == [8]

    def test_letter_case_counts(self, twin, shop):
        stocked(twin, 1)
        assert outcomes(shop.publish_stock([number("s-0", 8)], "k1")) == [UNKNOWN]

    @pytest.mark.parametrize("sku", ['5" pipe', "a\\b", "A OR B", "sku:X", "ä ö*"])
    def test_a_sku_with_signs_of_the_search(self, twin, shop, sku):
        twin.shop.stock.add(sku, "Odd")
        (answer,) = shop.publish_stock([number(sku, 8, None)], "k1")
        assert answer.outcome is SET

    def test_one_that_was_entered_meanwhile(self, twin, shop):
        assert outcomes(shop.publish_stock([number("S-0", 8)], "k1")) == [UNKNOWN]
        stocked(twin, 1)
        assert outcomes(shop.publish_stock([number("S-0", 8)], "k2")) == [SET]

    def test_a_sku_of_two_variants_is_refused_with_both_names(self, twin, shop):
        (item,) = stocked(twin, 1)
        twin.shop.stock.add("S-0", "Another thing")
        (answer,) = shop.publish_stock([number("S-0", 8)], "k1")
        assert answer.outcome is REFUSED
        assert "Thing 0" in answer.reason
        assert "Another thing" in answer.reason
        assert shown([item]) == [5]

    def test_a_variant_that_was_made_anew(self, twin, shop):
        (item,) = stocked(twin, 1)
        assert outcomes(shop.publish_stock([number("S-0", 8)], "k1")) == [SET]
        twin.shop.stock.remove(item)
        again = twin.shop.stock.add("S-0", "Thing 0, again")
        assert again.item_id != item.item_id
        (answer,) = shop.publish_stock([number("S-0", 9, 8)], "k2")
        assert answer.outcome is CHANGED
        (answer,) = shop.publish_stock([number("S-0", 9, None)], "k3")
        assert (answer.outcome, shown([again])) == (SET, [9])

    def test_a_variant_that_is_gone(self, twin, shop):
        items = stocked(twin, 2)
        shop.publish_stock([number("S-0", 8), number("S-1", 8)], "k1")
        twin.shop.stock.remove(items[0])
        answers = shop.publish_stock([number("S-0", 9, 8), number("S-1", 9, 8)], "k2")
        assert outcomes(answers) == [UNKNOWN, SET]
        answers = shop.publish_stock([number("S-0", 9, None)], "k3")
        assert outcomes(answers) == [UNKNOWN]

    def test_a_sku_that_was_moved_to_another_variant(self, twin, shop):
        (item,) = stocked(twin, 1)
        shop.publish_stock([number("S-0", 8)], "k1")
        twin.shop.stock.remove(item)
        twin.shop.stock.add("OTHER", "Thing 0", item.variant_id)
        moved = twin.shop.stock.add("S-0", "Thing 1")
        assert outcomes(shop.publish_stock([number("S-0", 9, None)], "k2")) == [CHANGED]
        assert outcomes(shop.publish_stock([number("S-0", 9, None)], "k3")) == [SET]
        assert shown([moved]) == [9]


class TestNotStocked:
    def test_what_the_shop_does_not_count(self, twin, shop):
        (item,) = stocked(twin, 1)
        item.tracked = False
        (answer,) = shop.publish_stock([number("S-0", 8)], "k1")
        assert (answer.outcome, shown([item])) == (NOT_STOCKED, [5])
        assert "tracked" in answer.reason
        item.tracked = True
        assert outcomes(shop.publish_stock([number("S-0", 8)], "k2")) == [SET]

    @pytest.mark.parametrize("believed", [5, None])
    def test_what_is_not_activated_at_the_location(self, twin, shop, believed):
        items = stocked(twin, 2)
        twin.shop.stock.set(items[0], MAIN.location_id, None)
        batch = [number("S-0", 8, believed), number("S-1", 8)]
        answers = shop.publish_stock(batch, "k1")
        assert outcomes(answers) == [NOT_STOCKED, SET]
        assert "Edit locations" in answers[0].reason


class TestLocations:
    def test_the_only_one_needs_no_setting(self, twin, shop):
        (item,) = stocked(twin, 1)
        shop.publish_stock([number("S-0", 8)], "k1")
        assert shown([item]) == [8]

    def test_of_several_one_must_be_set(self, twin, shop):
        (item,) = stocked(twin, 1)
        twin.shop.stock.open(SECOND.location_id)
        (answer,) = shop.publish_stock([number("S-0", 8)], "k1")
        assert answer.outcome is REFUSED
        for said in ("stock_location", MAIN.name, SECOND.name, str(SECOND.location_id)):
            assert said in answer.reason
        assert shown([item]) == [5]

    def test_the_one_that_is_set(self, twin):
        (item,) = stocked(twin, 1)
        twin.shop.stock.open(SECOND.location_id)
        twin.shop.stock.set(item, SECOND.location_id, 5)
        made = connector(connection(twin.url, stock_location=str(SECOND.location_id)))
        assert outcomes(made.publish_stock([number("S-0", 8)], "k1")) == [SET]
        made.close()
        assert (shown([item]), shown([item], SECOND.location_id)) == ([5], [8])

    @pytest.mark.parametrize("setting", ["999", "Main warehouse"])
    def test_one_that_does_not_exist(self, twin, setting):
        stocked(twin, 1)
        made = connector(connection(twin.url, stock_location=setting))
        (answer,) = made.publish_stock([number("S-0", 8)], "k1")
        made.close()
        assert answer.outcome is REFUSED
        assert setting in answer.reason

    def test_two_in_one_batch(self, twin, shop):
        items = stocked(twin, 2)
        twin.shop.stock.open(SECOND.location_id)
        for item in items:
            twin.shop.stock.set(item, SECOND.location_id, 4)
        batch = [
            number("S-0", 1, 5, str(MAIN.location_id)),
            number("S-0", 2, 4, f"gid://shopify/Location/{SECOND.location_id}"),
            number("S-1", 3, None, str(SECOND.location_id)),
            number("S-1", 9, 4, str(MAIN.location_id)),
            number("S-1", 9, 4, "here"),
        ]
        answers = shop.publish_stock(batch, "k1")
        assert outcomes(answers) == [SET, SET, SET, CHANGED, REFUSED]
        assert (shown(items), shown(items, SECOND.location_id)) == ([1, 5], [2, 3])
