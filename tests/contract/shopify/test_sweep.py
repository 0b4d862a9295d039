"""T4 and T21: nothing is missed, whatever clocks, equal instants and pages do."""

import json
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crossdock.connectors.shopify.connector import ShopifyConnector, connector
from crossdock.connectors.shopify.sweep import OrderCursor
from crossdock.connectors.shopify.twin import ShopTwin, changes
from crossdock.connectors.shopify.twin.rest_shape import order_body
from crossdock.engine.clock import ManualClock
from crossdock.ports.capabilities import Sweeps
from crossdock.ports.errors import RateLimited, Rejected
from crossdock.ports.message import Arrival
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import NOW, connection

ORDERS_PER_PAGE = 4


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("crossdock.connectors.shopify.sweep.ORDERS_PER_PAGE", ORDERS_PER_PAGE)


def swept(shop: Sweeps, cursor: str | None, now: datetime) -> tuple[list[int], list[str]]:
    """Order ids in the order they came, and the cursors of the pages."""
    pages = list(shop.sweep("orders", cursor, now))
    ids = [int(sighting.external_id) for page in pages for sighting in page.sightings]
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    return ids, [page.cursor for page in pages]


def place(twin: ShopTwin, clock: ManualClock, count: int, apart: timedelta) -> list[int]:
    ids = []
    for _ in range(count):
        with twin.lock:
            ids += [order.order_id for order in twin.shop.place(1, clock.now())]
        clock.advance(apart)
    return ids


class TestCursor:
    def test_all_orders_come_once_in_the_order_of_their_change(self, twin, shop, clock):
        ids = place(twin, clock, 3 * ORDERS_PER_PAGE + 1, timedelta(seconds=7))
        found, cursors = swept(shop, None, clock.now())
        assert found == ids
        assert len(cursors) == 4
        assert cursors == sorted(cursors)

    def test_equal_instants_on_a_page_border(self, twin, shop, clock):
        ids = place(twin, clock, 3 * ORDERS_PER_PAGE, timedelta(0))
        assert swept(shop, None, clock.now())[0] == sorted(ids)

    def test_a_first_sweep_starts_a_day_before_or_where_it_is_told(self, twin, shop, clock):
        with twin.lock:
            twin.shop.place(1, NOW - timedelta(days=2))
            (recent,) = twin.shop.place(1, NOW - timedelta(hours=23))
        assert swept(shop, None, clock.now())[0] == [recent.order_id]
        told = connector(connection(twin.url, start_from="2026-11-18T00:00:00+01:00"))
        assert len(swept(told, None, clock.now())[0]) == 2
        told.close()

    def test_the_overlap_is_read_again_and_the_cursor_stays(self, twin, shop, clock):
        ids = place(twin, clock, 3 * ORDERS_PER_PAGE, timedelta(minutes=1))
        _, cursors = swept(shop, None, clock.now())
        again, cursors_again = swept(shop, cursors[-1], clock.now())
        assert again == ids[-11:]
        assert len(cursors_again) == 3
        assert set(cursors_again) == {cursors[-1]}

    def test_a_late_commit_within_the_overlap_is_found(self, twin, shop, clock):
        place(twin, clock, 1, timedelta(minutes=5))
        with twin.lock:
            (slow,) = twin.shop.place(1, clock.now())
        place(twin, clock, 1, timedelta(0))
        with twin.lock:
            hidden = twin.shop.orders.pop(slow.order_id)
        _, cursors = swept(shop, None, clock.now())
        with twin.lock:
            twin.shop.orders[slow.order_id] = hidden
        assert slow.order_id in swept(shop, cursors[-1], clock.now())[0]

    def test_a_search_that_lags_is_waited_for(self, twin, shop, clock):
        twin.shop.search_lag = timedelta(minutes=3)
        ids = place(twin, clock, 6, timedelta(minutes=1))
        first, cursors = swept(shop, None, clock.now())
        clock.advance(timedelta(minutes=3))
        second, _ = swept(shop, cursors[-1], clock.now())
        assert len(first) < len(ids)
        assert set(first) | set(second) == set(ids)

    def test_nothing_new_leaves_the_cursor(self, twin, shop, clock):
        cursor = OrderCursor("2026-11-21T07:00:00.000000Z", 9).text
        assert swept(shop, cursor, clock.now()) == ([], [cursor])

    @pytest.mark.parametrize("skew", [timedelta(seconds=-90), timedelta(seconds=90)])
    def test_a_wrong_clock_of_ours_misses_nothing(self, twin, shop, clock, skew):
        ids = place(twin, clock, 4, timedelta(minutes=1))
        first, cursors = swept(shop, None, clock.now() + skew)
        more = place(twin, clock, 4, timedelta(minutes=1))
        second, cursors_after = swept(shop, cursors[-1], clock.now() + skew)
        assert set(first) | set(second) == set(ids + more)
        assert cursors[-1] <= cursors_after[0]

    def test_an_order_dated_in_the_future_hides_nothing(self, twin, shop, clock):
        with twin.lock:
            twin.shop.place(1, NOW + timedelta(days=365))
        _, cursors = swept(shop, None, clock.now())
        (later,) = place(twin, clock, 1, timedelta(minutes=1))
        assert later in swept(shop, cursors[-1], clock.now())[0]

    def test_the_cursor_is_shop_time_free(self, twin, shop, clock):
        place(twin, clock, 1, timedelta(0))
        _, cursors = swept(shop, None, clock.now())
        parsed = OrderCursor.parse(cursors[-1])
        assert datetime.fromisoformat(parsed.updated_at) == NOW.astimezone(UTC)
        assert parsed.text == cursors[-1]

    @pytest.mark.parametrize("cursor", ["nonsense", "2026-11-21T08:00:00Z", "|1", "x|00001", "|"])
    def test_a_foreign_cursor_is_refused(self, shop, clock, cursor):
        with pytest.raises(Rejected) as refused:
            list(shop.sweep("orders", cursor, clock.now()))
        assert refused.value.field == "cursor"

    def test_a_foreign_stream_is_refused(self, shop, clock):
        with pytest.raises(Rejected):
            shop.sweep("products", None, clock.now())


class TestSightings:
    def test_a_sighting_carries_the_identity_of_its_webhook(self, twin, shop, clock):
        with twin.lock:
            (order,) = twin.shop.place(1, clock.now())
        (page,) = shop.sweep("orders", None, clock.now())
        (sighting,) = page.sightings
        webhook = Arrival("orders/create", {}, json.dumps(order_body(order), default=str).encode())
        identity = shop.identify(webhook)
        assert (sighting.work_key, sighting.version) == (identity.work_key, identity.version)
        assert Decimal(sighting.total) == Decimal(json.loads(webhook.body)["current_total_price"])

    def test_a_cancellation_in_the_second_of_another_change_shows(self, twin, shop, clock):
        with twin.lock:
            (order,) = twin.shop.place(1, clock.now())
        (before,) = shop.sweep("orders", None, clock.now())
        changes.cancel(twin.shop, order, clock.now(), "customer", restock=False)
        (after,) = shop.sweep("orders", None, clock.now())
        (placed,), (cancelled,) = before.sightings, after.sightings
        assert (placed.cancelled, cancelled.cancelled) == (False, True)
        assert (placed.version, placed.total) == (cancelled.version, cancelled.total)


class TestBudget:
    def test_a_used_up_bucket_is_waited_for(self, twin, shop, clock):
        place(twin, clock, 2 * ORDERS_PER_PAGE, timedelta(seconds=1))
        twin.faults.add(Fault(FaultKind.RATE_LIMITED, count=2, seconds=0.05))
        assert len(swept(shop, None, clock.now())[0]) == 2 * ORDERS_PER_PAGE
        assert twin.faults.struck["rate_limited"] == 2

    def test_closing_ends_the_wait(self, twin, clock):
        made: ShopifyConnector = connector(connection(twin.url))
        twin.faults.add(Fault(FaultKind.RATE_LIMITED, seconds=20))
        ended: list[BaseException] = []

        def sweep():
            try:
                list(made.sweep("orders", None, clock.now()))
            except RateLimited as error:
                ended.append(error)

        thread = threading.Thread(target=sweep)
        thread.start()
        while not twin.log.calls:
            thread.join(0.01)
        made.close()
        thread.join(timeout=10)
        assert not thread.is_alive()
        assert len(ended) == 1

    def test_pages_become_smaller_when_they_cost_too_much(self, twin, shop, clock, monkeypatch):
        place(twin, clock, 5, timedelta(seconds=1))
        monkeypatch.setattr("crossdock.connectors.shopify.twin.endpoint.QUERY_COST_MAX", 7)
        ids, cursors = swept(shop, None, clock.now())
        assert (len(ids), len(cursors)) == (5, 5)

    def test_the_connector_tells_the_bucket(self, twin, shop, clock):
        assert shop.budget() is None
        swept(shop, None, clock.now())
        reading = shop.budget()
        assert (reading.capacity, reading.tokens_per_second) == (1_000_000, 1_000)
        assert 0 < reading.available <= reading.capacity

    def test_a_kill_between_pages_goes_on_at_the_committed_cursor(self, twin, shop, clock):
        ids = place(twin, clock, 4 * ORDERS_PER_PAGE, timedelta(minutes=20))
        pages = shop.sweep("orders", None, clock.now())
        first, second = next(pages), next(pages)
        seen = [int(s.external_id) for page in (first, second) for s in page.sightings]
        rest, _ = swept(shop, second.cursor, clock.now())
        assert seen + rest[1:] == ids
