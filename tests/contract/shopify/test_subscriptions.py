"""Webhooks are re-armed, and `connections check` says what is wrong."""

from datetime import timedelta

import pytest

from crossdock.connectors.shopify import connector
from crossdock.connectors.shopify.subscriptions import TOPICS
from crossdock.connectors.shopify.twin.fulfilment_records import MAIN, SECOND
from crossdock.ports.check import Verdict
from crossdock.ports.errors import Unavailable
from crossdock.testing.faults import Fault, FaultKind
from tests.contract.shopify.conftest import connection

URL = "https://crossdock.example/in/shop_eu"


def armed(twin) -> dict[str, str]:
    return {s.topic: s.uri for s in twin.shop.subscriptions}


class TestRearming:
    def test_missing_ones_are_created(self, twin, shop, clock):
        results = shop.maintain(clock.now(), URL)
        assert armed(twin) == dict.fromkeys(TOPICS, URL)
        assert [result.verdict for result in results] == [Verdict.WARNING] * 3
        assert all("was missing" in result.finding for result in results)

    def test_armed_ones_are_left_alone(self, twin, shop, clock):
        shop.maintain(clock.now(), URL)
        changes = len(twin.log.effects)
        results = shop.maintain(clock.now(), URL)
        assert [result.verdict for result in results] == [Verdict.OK] * 3
        assert len(twin.log.effects) == changes

    def test_a_wrong_url_is_updated(self, twin, shop, clock):
        with twin.lock:
            twin.shop.subscribe("ORDERS_CREATE", "https://old.example/")
        results = shop.maintain(clock.now(), URL)
        assert armed(twin) == dict.fromkeys(TOPICS, URL)
        assert "https://old.example/" in results[0].finding

    @pytest.mark.parametrize(
        "spoil",
        [{"include_fields": ["id"]}, {"filter": "total_price:>10"}, {"format": "XML"}],
        ids=str,
    )
    def test_one_that_leaves_something_out_is_mended(self, twin, shop, clock, spoil):
        shop.maintain(clock.now(), URL)
        with twin.lock:
            for name, value in spoil.items():
                setattr(twin.shop.subscriptions[1], name, value)
        results = shop.maintain(clock.now(), URL)
        assert sorted(r.verdict for r in results) == [Verdict.OK, Verdict.OK, Verdict.WARNING]
        mended = twin.shop.subscriptions[1]
        assert (mended.format, mended.filter, mended.include_fields) == ("JSON", None, [])

    def test_a_refusal_is_reported(self, twin, shop, clock):
        results = shop.maintain(clock.now(), "http://crossdock.example/plain")
        assert [result.verdict for result in results] == [Verdict.FAILED] * 3
        assert "protocol" in results[0].finding
        assert results[0].remedy

    def test_an_outage_is_raised(self, twin, shop, clock):
        twin.faults.add(Fault(FaultKind.SERVER_ERROR))
        with pytest.raises(Unavailable):
            shop.maintain(clock.now(), URL)


def verdicts(results) -> dict[str, Verdict]:
    return {result.name: result.verdict for result in results}


class TestCheck:
    def test_all_is_well(self, twin, shop, clock):
        shop.maintain(clock.now(), URL)
        found = shop.check(clock.now())
        assert set(verdicts(found).values()) == {Verdict.OK}, found
        assert {"access", "scopes", "API version", "clock"} <= set(verdicts(found))

    def test_a_wrong_token(self, twin, clock):
        twin.token = "another"
        made = connector(connection(twin.url))
        (result,) = made.check(clock.now())
        assert (result.name, result.verdict) == ("access", Verdict.FAILED)
        assert "access_token" in result.remedy

    def test_missing_scopes_are_named(self, twin, shop, clock):
        twin.resolvers.scopes = ["write_orders", "read_products"]
        result = next(r for r in shop.check(clock.now()) if r.name == "scopes")
        missing = "missing: read_customers, write_merchant_managed_fulfillment_orders"
        assert (result.verdict, result.finding) == (Verdict.FAILED, missing)

    @pytest.mark.parametrize(
        ("days", "verdict"), [(0, Verdict.OK), (140, Verdict.WARNING), (400, Verdict.WARNING)]
    )
    def test_the_removal_of_the_api_version_is_foreseen(self, shop, clock, days, verdict):
        clock.advance(timedelta(days=days))
        assert verdicts(shop.check(clock.now()))["API version"] is verdict

    def test_an_unsupported_version_fails(self, twin, shop, clock):
        twin.resolvers.versions["2026-07"] = False
        assert verdicts(shop.check(clock.now()))["API version"] is Verdict.FAILED

    def test_a_clock_that_differs(self, shop, clock):
        skewed = clock.now() + timedelta(minutes=3)
        result = next(r for r in shop.check(skewed) if r.name == "clock")
        assert (result.verdict, result.finding) == (Verdict.WARNING, "differs by 180 s")

    def test_stock_is_published_to_a_location(self, twin, shop, clock):
        result = next(r for r in shop.check(clock.now()) if r.name == "stock")
        assert (result.verdict, str(MAIN.location_id) in result.finding) == (Verdict.OK, True)
        twin.shop.stock.open(SECOND.location_id)
        result = next(r for r in shop.check(clock.now()) if r.name == "stock")
        assert result.verdict is Verdict.WARNING
        assert SECOND.name in result.finding
        assert "stock_location" in result.remedy

    @pytest.mark.parametrize(
        ("granted", "missing"),
        [
            (["write_products", "read_inventory", "read_locations"], "write_inventory"),
            (["write_inventory"], "read_products, read_locations"),
        ],
    )
    def test_scopes_of_stock_are_named(self, twin, shop, clock, granted, missing):
        twin.resolvers.scopes = granted
        result = next(r for r in shop.check(clock.now()) if r.name == "stock")
        assert result.verdict is Verdict.WARNING
        assert result.finding == f"stock cannot be published, missing scopes: {missing}"

    def test_missing_webhooks(self, shop, clock):
        found = verdicts(shop.check(clock.now()))
        assert found["webhook ORDERS_CREATE"] is Verdict.WARNING

    def test_old_orders_need_another_scope(self, twin, clock):
        made = connector(connection(twin.url, start_from="2026-01-01T00:00:00Z"))
        result = next(r for r in made.check(clock.now()) if r.name == "order history")
        assert result.verdict is Verdict.WARNING
        twin.resolvers.scopes.append("read_all_orders")
        assert "order history" not in verdicts(made.check(clock.now()))
