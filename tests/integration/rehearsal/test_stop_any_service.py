"""A13: each service is killed −9 under orders; the others go on, and its backlog drains after it.

One house for all, because starting one takes longer than what happens in it: the services are
killed in turn, and in the end the three books are even and the twins' own logs show no double.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossdock.engine.stages import Stage
from crossdock.rehearsal.reckoning import reckon
from tests.support.services import API, WAREHOUSE, Services, services

DRAFTS_IN_FLIGHT = "effect WHERE operation = 'create_sales_order' AND state = 'sending'"
DRAFTS_WAITING = "effect WHERE operation = 'create_sales_order' AND state = 'waiting'"
ORDERS_UNREAD = "message WHERE kind = 'shopify.order' AND state = 'waiting'"
ORDERS = "document WHERE document_type = 'SalesOrder'"
BY_WEBHOOK = "message WHERE kind = 'shopify.order' AND source = 'webhook'"
MANY = 10
ONCE = {
    ("created", "sale.order"), ("confirmed", "sale.order"), ("posted", "account.move"),
    ("validated", "stock.picking"), ("created", "fulfilment_order"), ("created", "fulfillment"),
}  # fmt: skip
"""Kinds and records of the twins' logs."""


@pytest.fixture
def house(tmp_path: Path, blank_database: str) -> Iterator[Services]:
    with services(tmp_path, blank_database) as made:
        yield made


def test_any_service_may_be_killed(house: Services) -> None:
    kill_apply(house)
    in_hand = kill_deliver(house)
    kill_sweep(house)
    kill_api(house)
    house.until_invoiced(in_hand)
    house.until(house.at_rest, "the end of the backlog")
    found = reckon(house.house, house.store)
    assert (found.differences, found.unowned) == ([], 0)
    assert found.shop_orders == found.ledger_orders == found.odoo_orders == house.placed
    assert found.statuses == {"invoiced": house.placed}
    assert found.adopted >= 1, "what was in flight when its worker was killed is found, not sent"
    check_the_twins(house)


def kill_apply(house: Services) -> None:
    """What is in flight ends without it, and what comes is kept."""
    in_hand = in_flight_at_odoo(house)
    known = house.count(ORDERS)
    house.kill(Stage.APPLY)
    coming = house.place(MANY)
    house.until(lambda: house.count(DRAFTS_IN_FLIGHT) == 0, "the end of what was in flight")
    house.until(lambda: house.count(ORDERS_UNREAD) == MANY, "ten orders, kept")
    house.until_swept()
    assert house.count(ORDERS) == known
    house.start(Stage.APPLY)
    house.until_invoiced(in_hand + coming)


def kill_deliver(house: Services) -> list[str]:
    """In the middle of a call, which Odoo finishes. Returns the order that was in it."""
    in_hand = in_flight_at_odoo(house)
    house.kill(Stage.DELIVER)
    attempts = house.count("attempt")
    coming = house.place(MANY)
    house.until(lambda: house.count(DRAFTS_WAITING) == MANY, "ten decided orders, not yet sent")
    house.until_swept()
    assert house.count("attempt") == attempts
    house.start(Stage.DELIVER)
    house.until_invoiced(coming)
    return in_hand


def kill_sweep(house: Services) -> None:
    """Webhooks are enough, but for those that are lost: they are its backlog."""
    house.kill(Stage.SWEEP)
    house.until_invoiced(house.place(MANY))
    house.house.shop.put("webhooks", {"lost": 1.0})
    lost = house.place(MANY)
    house.house.shop.put("webhooks", {})
    house.until_invoiced(house.place(1))
    assert house.count(ORDERS) == house.placed - MANY
    house.start(Stage.SWEEP)
    house.until_invoiced(lost, swept=True)


def kill_api(house: Services) -> None:
    """The sweep brings orders and parcels, and subscribes anew where the shop gave us up."""
    subscriptions = house.subscriptions()
    house.kill(API)
    by_webhook = house.count(BY_WEBHOOK)
    house.until_invoiced(house.place(MANY), swept=True)
    assert house.count(BY_WEBHOOK) == by_webhook
    assert house.house.shop.get("webhooks")["counts"]["ended"] >= 1
    house.start(API)
    house.until_healthy()
    house.until_subscribed(subscriptions)
    house.until_invoiced(house.place(MANY))
    assert house.count(BY_WEBHOOK) >= by_webhook + MANY


def in_flight_at_odoo(house: Services) -> list[str]:
    """One order whose draft Odoo is working on, and nothing else anywhere; returns it."""
    house.until(house.at_rest, "rest")
    odoo = house.house.odoo_twin
    assert odoo is not None
    slow = {"kind": "latency", "seconds": 2, "count": 1, "operations": ["sale.order/load"]}
    odoo.put("faults", {"faults": [slow]})
    placed = house.place(1)
    house.until(lambda: house.count(DRAFTS_IN_FLIGHT) == 1, "a draft in flight")
    return placed


def check_the_twins(house: Services) -> None:
    """Nothing was made twice, and every piece was sent once."""
    odoo, hall = house.house.odoo_twin, house.house.warehouses[WAREHOUSE]
    assert odoo is not None
    done = Counter(
        (effect["kind"], effect["record"], effect["key"])
        for twin in (house.house.shop, odoo, hall)
        for effect in twin.get("effects")["effects"]
        if (effect["kind"], effect["record"]) in ONCE
    )
    assert {key[:2] for key in done} == ONCE
    assert [key for key, count in done.items() if count > 1] == []
    counts = odoo.get("effects")["counts"]
    assert {counts[f"account.move {kind}"] for kind in ("drafted", "posted")} == {house.placed}
    for order in house.house.shop.get("orders")["orders"]:
        assert [line["fulfilled"] for line in order["lines"]] == [
            line["quantity"] for line in order["lines"]
        ]
