"""Numbers are set once, never over a change nobody saw, and a bad one loses no other."""

import random
import threading

import pytest

from crossdock.connectors.shopify.connector import connector
from crossdock.connectors.shopify.twin.fulfilment_records import MAIN, SECOND
from crossdock.ports.errors import Ambiguous, NotAuthorised, RateLimited, Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import connection
from tests.contract.shopify.stocking import (
    CHANGED,
    NOT_STOCKED,
    REFUSED,
    SET,
    UNKNOWN,
    after,
    answer_with,
    calls,
    number,
    outcomes,
    shown,
    stocked,
    writes,
)


def lost():
    return Fault(FaultKind.REPLY_LOST, operations=("SetQuantities",), count=1)


class TestChangedMeanwhile:
    def test_what_is_shown_is_told_and_left(self, twin, shop):
        (item,) = stocked(twin, 1, available=4)
        (answer,) = shop.publish_stock([number("S-0", 8, 5)], "k1")
        assert (answer.outcome, answer.shown) == (CHANGED, 4)
        assert shown([item]) == [4]

    def test_a_sale_between_reading_and_setting(self, twin, shop):
        (item,) = stocked(twin, 1)
        after(twin, "ReadLevels", lambda: twin.shop.stock.sell(item, 2, MAIN.location_id))
        (answer,) = shop.publish_stock([number("S-0", 8, None)], "k1")
        assert (answer.outcome, answer.shown) == (CHANGED, 3)
        assert shown([item]) == [3]

    def test_no_sale_is_overwritten(self, twin, shop):
        """Of 100 pieces some are sold between any two requests; every sale is noticed."""
        (item,) = stocked(twin, 1, available=100)
        chance = random.Random(5)
        bought = []
        handle = twin.handle

        def with_buyers(request):
            reply = handle(request)
            if len(twin.log.calls) < 90 and chance.random() < 0.4:
                bought.append(twin.shop.stock.sell(item, 1, MAIN.location_id))
            return reply

        twin.handle = with_buyers
        believed, noticed = None, 0
        for turn in range(60):
            (answer,) = shop.publish_stock([number("S-0", 100 - noticed, believed)], f"k{turn}")
            if answer.outcome is CHANGED:
                noticed = 100 - answer.shown
            believed = answer.shown
        assert len(bought) > 20
        assert noticed == sum(bought)
        assert shown([item]) == [100 - noticed]


class TestOneBadAmongMany:
    @pytest.mark.parametrize("one_at_a_time", [False, True])
    def test_the_others_are_set(self, twin, shop, one_at_a_time):
        twin.resolvers.stock.names_one_error_only = one_at_a_time
        items = stocked(twin, 250)
        shop.publish_stock([number(f"S-{n}", 5) for n in range(250)], "k0")
        stock = twin.shop.stock
        stock.set(items[3], MAIN.location_id, 2)
        stock.set(items[70], MAIN.location_id, None)
        stock.remove(items[111])
        items[249].mutable = False
        batch = [number(f"S-{n}", 9) for n in range(250)]
        batch[200] = number("S-200", -1)
        answers = shop.publish_stock(batch, "k1")
        bad = {n: a.outcome for n, a in enumerate(answers) if a.outcome is not SET}
        assert bad == {3: CHANGED, 70: NOT_STOCKED, 111: UNKNOWN, 200: REFUSED, 249: REFUSED}
        assert answers[3].shown == 2
        assert "bundle" in answers[249].reason or "adjusted" in answers[249].reason
        good = [item for n, item in enumerate(items) if n not in bad]
        assert shown(good) == [9] * 245
        assert len(writes(twin)) == 250 + 245
        assert calls(twin, "SetQuantities") == (6 if one_at_a_time else 3)

    def test_one_stale_number_costs_one_more_request(self, twin, shop):
        items = stocked(twin, 250)
        twin.shop.stock.set(items[9], MAIN.location_id, 2)
        shop.publish_stock([number(f"S-{n}", 9) for n in range(250)], "k1")
        assert calls(twin, "SetQuantities") == 2
        assert calls(twin, "ReadLevels") == 1

    def test_the_same_number_twice(self, twin, shop):
        stocked(twin, 1)
        answers = shop.publish_stock([number("S-0", 8), number("S-0", 9)], "k1")
        assert outcomes(answers) == [SET, REFUSED]

    def test_a_refusal_of_what_all_have_in_common(self, twin, shop):
        items = stocked(twin, 2)
        batch = [number("S-0", 8, location="999"), number("S-1", 8, location="999")]
        answers = shop.publish_stock(batch, "k1")
        assert outcomes(answers) == [REFUSED, REFUSED]
        assert "location" in answers[0].reason
        assert shown(items) == [5, 5]


class TestOnce:
    def test_a_lost_reply_and_its_repeat(self, twin, shop):
        (item,) = stocked(twin, 1)
        twin.faults.add(lost())
        with pytest.raises(Ambiguous):
            shop.publish_stock([number("S-0", 8)], "k1")
        twin.shop.stock.sell(item, 3, MAIN.location_id)
        answers = shop.publish_stock([number("S-0", 8)], "k1")
        assert outcomes(answers) == [SET]
        assert writes(twin) == [("S-0", 5, 8)]
        assert shown([item]) == [5]

    def test_it_holds_after_a_restart(self, twin, shop):
        (item,) = stocked(twin, 1)
        twin.faults.add(lost())
        with pytest.raises(Ambiguous):
            shop.publish_stock([number("S-0", 8)], "k1")
        twin.shop.stock.sell(item, 3, MAIN.location_id)
        restarted = connector(connection(twin.url))
        assert outcomes(restarted.publish_stock([number("S-0", 8)], "k1")) == [SET]
        restarted.close()
        assert shown([item]) == [5]

    def test_what_was_read_first_is_not_set_over_a_sale(self, twin, shop):
        """The number read anew makes the repeat another request: nothing is written."""
        items = stocked(twin, 2)
        batch = [number("S-0", 8, None), number("S-1", 8, None)]
        twin.faults.add(lost())
        with pytest.raises(Ambiguous):
            shop.publish_stock(batch, "k1")
        twin.shop.stock.sell(items[0], 3, MAIN.location_id)
        answers = shop.publish_stock(batch, "k1")
        assert [(a.outcome, a.shown) for a in answers] == [(CHANGED, 5), (SET, 8)]
        assert shown(items) == [5, 8]
        assert len(writes(twin)) == 2

    @pytest.mark.parametrize("replays", [False, True])
    def test_a_reply_lost_after_a_refusal(self, twin, shop, replays):
        """Whether Shopify answers a refused request again, or says that its key is used up."""
        twin.resolvers.stock.replays_refusals = replays
        items = stocked(twin, 3)
        twin.shop.stock.set(items[0], MAIN.location_id, 2)
        batch = [number(f"S-{n}", 8) for n in range(3)]
        after(twin, "SetQuantities", lambda: twin.faults.add(lost()))
        with pytest.raises(Ambiguous):
            shop.publish_stock(batch, "k1")
        assert shown(items) == [2, 8, 8]
        twin.shop.stock.sell(items[2], 3, MAIN.location_id)
        answers = shop.publish_stock(batch, "k1")
        found = [(a.outcome, a.shown) for a in answers]
        told_of_last = (SET, 8) if replays else (CHANGED, 5)
        assert found == [(CHANGED, 2), (SET, 8), told_of_last]
        assert shown(items) == [2, 8, 5]
        assert len(writes(twin)) == 2

    def test_a_key_with_other_content_writes_nothing(self, twin, shop):
        items = stocked(twin, 2)
        shop.publish_stock([number("S-0", 8)], "k1")
        answers = shop.publish_stock([number("S-0", 9, 8), number("S-1", 9)], "k1")
        assert [(a.outcome, a.shown) for a in answers] == [(CHANGED, 8), (CHANGED, 5)]
        assert shown(items) == [8, 5]
        assert "key" in answers[0].reason

    @pytest.mark.parametrize(
        ("code", "outcome"),
        [
            (None, REFUSED),
            ("NON_MUTABLE_INVENTORY_ITEM", REFUSED),
            ("INVALID_REASON", REFUSED),
            ("CHANGE_FROM_QUANTITY_STALE", CHANGED),
        ],
    )
    def test_a_refusal_that_names_nobody(self, twin, shop, code, outcome):
        items = stocked(twin, 2)
        answer_with(twin, {"field": ["input"], "message": "not today", "code": code})
        answers = shop.publish_stock([number("S-0", 8), number("S-1", 8)], "k1")
        assert [(a.outcome, a.reason) for a in answers] == [(outcome, "not today")] * 2
        assert shown(items) == [5, 5]

    def test_an_earlier_request_still_running(self, twin, shop):
        stocked(twin, 1)
        code = "IDEMPOTENCY_CONCURRENT_REQUEST"
        answer_with(twin, {"field": None, "message": "in progress", "code": code})
        with pytest.raises(Ambiguous):
            shop.publish_stock([number("S-0", 8)], "k1")

    def test_the_same_batch_by_two_at_once(self, twin, shop):
        items = stocked(twin, 20)
        batch = [number(f"S-{n}", 9) for n in range(20)]
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(shop.publish_stock(batch, "k1")))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [set(outcomes(some)) for some in answers] == [{SET}, {SET}]
        assert shown(items) == [9] * 20
        assert len(writes(twin)) == 20


class TestFailures:
    def test_throttled(self, twin, shop):
        (item,) = stocked(twin, 1)
        twin.faults.add(Fault(FaultKind.RATE_LIMITED, operations=("SetQuantities",), seconds=3))
        with pytest.raises(RateLimited) as caught:
            shop.publish_stock([number("S-0", 8)], "k1")
        assert caught.value.retry_after.total_seconds() == pytest.approx(3, abs=0.1)
        twin.faults.replace([])
        assert outcomes(shop.publish_stock([number("S-0", 8)], "k1")) == [SET]
        assert shown([item]) == [8]

    def test_throttled_after_a_refusal_it_waits(self, twin, shop):
        items = stocked(twin, 2)
        twin.shop.stock.set(items[0], MAIN.location_id, 2)
        limits = [
            Fault(FaultKind.RATE_LIMITED, operations=(name,), seconds=0.01, count=2)
            for name in ("ReadLevels", "SetQuantities")
        ]
        after(twin, "SetQuantities", lambda: twin.faults.replace(limits))
        answers = shop.publish_stock([number("S-0", 8), number("S-1", 8)], "k1")
        assert outcomes(answers) == [CHANGED, SET]
        assert twin.faults.struck["rate_limited"] == 4

    def test_not_reached(self, twin, shop):
        stocked(twin, 1)
        twin.faults.add(Fault(FaultKind.SERVER_ERROR, operations=("FindVariants",)))
        with pytest.raises(Unavailable):
            shop.publish_stock([number("S-0", 8)], "k1")
        assert writes(twin) == []

    def test_without_the_scope(self, twin, shop):
        stocked(twin, 1)
        twin.resolvers.scopes.remove("write_inventory")
        with pytest.raises(NotAuthorised):
            shop.publish_stock([number("S-0", 8)], "k1")

    def test_once_some_are_set_no_error_says_that_nothing_happened(self, twin, shop):
        items = stocked(twin, 2)
        twin.shop.stock.open(SECOND.location_id)
        twin.shop.stock.set(items[1], SECOND.location_id, 5)
        batch = [
            number("S-0", 8, location=str(MAIN.location_id)),
            number("S-1", 8, 4, location=str(SECOND.location_id)),
        ]
        twin.faults.add(Fault(FaultKind.SERVER_ERROR, operations=("ReadLevels",), count=1))
        with pytest.raises(Ambiguous):
            shop.publish_stock(batch, "k1")
        answers = shop.publish_stock(batch, "k1")
        assert [(a.outcome, a.shown) for a in answers] == [(SET, 8), (CHANGED, 5)]
        assert len(writes(twin)) == 1
