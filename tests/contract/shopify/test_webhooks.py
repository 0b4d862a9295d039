"""The twin's webhooks: signed, repeated, lost, late, reordered, given up (T3, T4, T5, T23)."""

import json
import urllib.error
import urllib.request
from collections import Counter

import pytest

from crossdock.connectors.shopify import connector
from crossdock.connectors.shopify.identity import TOPIC_HEADER
from crossdock.connectors.shopify.twin import ShopTwin, changes
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.domain.order_response import OrderResponseStatus
from crossdock.testing.twin_server import TwinServer
from crossdock.testing.webhook_sender import WebhookPlan
from tests.contract.shopify.conftest import NOW, connection
from tests.contract.shopify.test_order_responses import effect, response
from tests.support.webhook_receiver import Receiver

IDLE_SECONDS = 15


@pytest.fixture
def receiver():
    with Receiver(topic_header=TOPIC_HEADER) as made:
        yield made


@pytest.fixture
def live(clock, receiver):
    """A served twin whose webhooks are armed at the receiver."""
    twin = ShopTwin(clock=clock, webhook_url=receiver.url)
    twin.bucket.capacity = 1_000_000
    with TwinServer(twin) as server:
        twin.url = server.url  # type: ignore[attr-defined]
        yield twin


@pytest.fixture
def shop(live):
    made = connector(connection(live.url))
    yield made
    made.close()


def place(twin: ShopTwin, count: int) -> list[OrderState]:
    with twin.lock:
        return twin.shop.place(count, NOW)


def control(twin, method: str, path: str, value: object = None):
    request = urllib.request.Request(
        f"{twin.url}/_twin/{path}", method=method,
        data=None if value is None else json.dumps(value).encode(),
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.loads(reply.read())


class TestDelivery:
    def test_an_order_comes_signed_and_readable(self, live, shop, receiver):
        (order,) = place(live, 1)
        receiver.wait_for(1)
        (arrival,) = receiver.arrivals
        shop.authenticate(arrival)
        assert shop.identify(arrival).work_key == f"shop_eu:order:{order.order_id}"
        assert shop.translate("shopify.order", arrival).name == order.name
        for name in ("topic", "hmac-sha256", "webhook-id", "event-id", "triggered-at",
                     "api-version", "shop-domain"):  # fmt: skip
            assert arrival.headers[f"x-shopify-{name}"], name

    def test_topics_follow_the_change(self, live, receiver):
        (order,) = place(live, 1)
        with live.lock:
            changes.add_line(live.shop, order, NOW)
            changes.cancel(live.shop, order, NOW, "customer")
        receiver.wait_for(4)
        topics = Counter(arrival.topic for arrival in receiver.arrivals)
        assert topics == {"orders/create": 1, "orders/updated": 2, "orders/cancelled": 1}

    def test_rates_are_drawn_from_the_seed_and_counted(self, live, receiver):
        plan = WebhookPlan(lost=0.1, duplicated=0.1, late=0.05, late_seconds=0.3, reordered=0.3)
        counts = []
        for _ in range(2):
            live.webhooks.clear()
            live.webhooks.use(plan)
            place(live, 100)
            assert live.webhooks.wait_idle(IDLE_SECONDS)
            counts.append(dict(live.webhooks.counts))
        assert counts[0] == counts[1]
        assert counts[0]["lost"] > 2
        assert counts[0]["duplicated"] > 2
        assert counts[0]["sent"] == 100 - counts[0]["lost"] + counts[0]["duplicated"]

    def test_what_was_lost_is_found_by_the_sweep(self, live, shop, receiver, clock):
        live.webhooks.use(WebhookPlan(lost=0.5))
        placed = {order.order_id for order in place(live, 20)}
        assert live.webhooks.wait_idle(IDLE_SECONDS)
        by_webhook = {json.loads(a.body)["id"] for a in receiver.arrivals}
        by_sweep = {
            int(sighting.external_id)
            for page in shop.sweep("orders", None, clock.now())
            for sighting in page.sightings
        }
        assert by_webhook < placed
        assert by_sweep == placed

    def test_duplicates_are_one_message(self, live, shop, receiver):
        live.webhooks.use(WebhookPlan(duplicated=1.0))
        place(live, 1)
        receiver.wait_for(2)
        assert len({shop.identify(a).message_key for a in receiver.arrivals}) == 1


class TestFailures:
    def test_a_failed_delivery_is_repeated_with_the_first_payload(self, clock):
        with Receiver(
            lambda number: 500 if number < 3 else 200, topic_header=TOPIC_HEADER
        ) as receiver:
            twin = ShopTwin(clock=clock, webhook_url=receiver.url)
            twin.webhooks.use(WebhookPlan(backoff_seconds=(0.01,) * 8))
            with TwinServer(twin):
                place(twin, 1)
                receiver.wait_for(3)
                assert twin.webhooks.wait_idle(IDLE_SECONDS)
            assert len({a.body for a in receiver.arrivals}) == 1
            assert len({a.headers["x-shopify-webhook-id"] for a in receiver.arrivals}) == 1
            assert twin.webhooks.counts["accepted"] == 1

    def test_after_eight_failures_the_subscription_is_gone_and_is_rearmed(self, clock):
        with Receiver(
            lambda number: 500 if number <= 8 else 200, topic_header=TOPIC_HEADER
        ) as receiver:
            twin = ShopTwin(clock=clock, webhook_url=receiver.url)
            twin.webhooks.use(WebhookPlan(backoff_seconds=(0.01,) * 8))
            with TwinServer(twin) as server:
                place(twin, 1)
                assert twin.webhooks.wait_idle(IDLE_SECONDS)
                assert twin.webhooks.counts["ended"] == 1
                assert not twin.shop.subscribed("ORDERS_CREATE")
                shop = connector(connection(server.url))
                shop.maintain(NOW, receiver.url)
                place(twin, 1)
                receiver.wait_for(9)
                shop.close()

    def test_nobody_listens(self, clock):
        twin = ShopTwin(clock=clock, webhook_url="http://127.0.0.1:9/")
        twin.webhooks.use(WebhookPlan(backoff_seconds=(0.001,) * 8))
        with TwinServer(twin):
            place(twin, 2)
            assert twin.webhooks.wait_idle(IDLE_SECONDS)
        assert twin.webhooks.counts["accepted"] == 0
        assert twin.webhooks.counts["given_up"] == 2


class TestEcho:
    def test_our_answer_echoes_an_update_that_changes_no_content(self, live, shop, receiver, clock):
        (order,) = place(live, 1)
        receiver.wait_for(1)
        before = shop.translate("shopify.order", receiver.arrivals[0])
        shop.deliver([effect(shop, response(order.order_id, OrderResponseStatus.REJECTED))])
        receiver.wait_for(3)
        echoes = receiver.arrivals[1:]
        assert {a.topic for a in echoes} == {"orders/updated"}
        for echo in echoes:
            assert shop.translate("shopify.order", echo).content() == before.content()


class TestControl:
    def test_orders_are_placed_changed_and_listed_over_http(self, live):
        placed = control(live, "POST", "orders", {"count": 3, "lines": 2})["orders"]
        assert len(placed) == 3
        number = placed[0]["id"]
        for change, value in (
            ("remove_units", {"line": 0, "units": 1}), ("add_line", {}), ("note", {"note": "n"}),
            ("raise_quantity", {}), ("refund_shipping", {"amount": "0"}), ("remove_shipping", {}),
            ("cancel", {"reason": "fraud", "restock": False}), ("resend", {}),
        ):  # fmt: skip
            control(live, "POST", f"orders/{number}/{change}", value)
        truth = {order["id"]: order for order in control(live, "GET", "orders")["orders"]}
        assert truth[number]["cancelled_at"]
        assert truth[number]["answer"] is None
        control(live, "DELETE", f"orders/{placed[1]['id']}")
        assert len(control(live, "GET", "orders")["orders"]) == 2

    def test_settings_over_http(self, live):
        assert control(live, "PUT", "webhooks", {"lost": 0.25})["plan"]["lost"] == 0.25
        bucket = {"capacity": 10, "restore_rate": 1}
        mixture = {"lines_max": 1}
        changed = {"bucket": bucket, "search_lag_seconds": 3, "mixture": mixture}
        control(live, "PUT", "shop", changed)
        assert live.bucket.capacity == 10
        goods = control(live, "GET", "catalogue")
        goods["items"] = [{"sku": "A-1", "price": "2.50", "title": "A"}]
        control(live, "PUT", "catalogue", goods)
        (order,) = place(live, 1)
        assert order.lines[0].sku == "A-1"
        assert len([line for line in order.lines if line.sku]) == 1

    @pytest.mark.parametrize(
        ("method", "path", "value"),
        [("POST", "orders", {"count": "x"}), ("POST", "orders/1/cancel", {}),
         ("PUT", "webhooks", {"nonsense": 1}), ("PUT", "catalogue", {}),
         ("POST", "orders/x/cancel", {})],
    )  # fmt: skip
    def test_nonsense_is_refused(self, live, method, path, value):
        with pytest.raises(urllib.error.HTTPError) as refused:
            control(live, method, path, value)
        assert refused.value.code == 400


class TestResend:
    @pytest.mark.parametrize("topic", ["orders/create", "ORDERS_CREATE"])
    def test_either_spelling_of_a_topic_is_sent_again(self, live, receiver, topic):
        (order,) = place(live, 1)
        receiver.wait_for(1)
        control(live, "POST", f"orders/{order.order_id}/resend", {"topic": topic})
        receiver.wait_for(2)
        assert [a.topic for a in receiver.arrivals] == ["orders/create", "orders/create"]

    def test_an_unknown_topic_is_refused_with_those_there_are(self, live, receiver):
        (order,) = place(live, 1)
        with pytest.raises(urllib.error.HTTPError) as refused:
            control(live, "POST", f"orders/{order.order_id}/resend", {"topic": "orders/nonsense"})
        assert "orders/cancelled" in refused.value.read().decode()
