"""The whole loop on a real Odoo 19: 200 shop orders, at least 20 connections reset on the way."""

import json
import os
import secrets
from dataclasses import asdict
from decimal import Decimal
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crossdock.bootstrap import open_deployment
from crossdock.connectors.shopify.twin.order_factory import TAX_RATES
from crossdock.engine.store import Store
from crossdock.ops.close import close_day, scope_of
from crossdock.ops.reconciliation.compare_books import compare_books
from crossdock.ops.word import Word
from crossdock.rehearsal import order_desk, trading_day
from crossdock.rehearsal.house import House, arm_webhooks, rehearsal_house
from crossdock.rehearsal.odoo_records import OdooRecords, make_partners, make_products
from crossdock.rehearsal.reckoning import reckon
from crossdock.rehearsal.trading_day import Day
from crossdock.testing.tcp_proxy import StrikePlan, TcpProxy

VARIABLES = ("URL", "DB", "LOGIN", "KEY")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not all(os.environ.get(f"CROSSDOCK_LIVE_ODOO_{v}") for v in VARIABLES),
        reason="no real Odoo is named by CROSSDOCK_LIVE_ODOO_URL, _DB, _LOGIN, _KEY",
    ),
]
ORDERS = 200
RESETS_EACH = 14
QUESTIONS = "SELECT work_key, code, reason FROM hold WHERE closed_at IS NULL"
WAREHOUSE = {"short_picks": 0.3, "two_shipments": 0.2, "split_parcels": 0.2}


def test_200_orders_with_resets_become_200_sale_orders(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = os.environ["CROSSDOCK_LIVE_ODOO_URL"]
    odoo = OdooRecords(
        url, os.environ["CROSSDOCK_LIVE_ODOO_DB"], os.environ["CROSSDOCK_LIVE_ODOO_KEY"]
    )
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", database)
    prefix = f"XD{secrets.token_hex(3).upper()}-"
    split = urlsplit(url)
    assert split.hostname is not None
    plan = StrikePlan(
        before=RESETS_EACH,
        after=RESETS_EACH,
        rate=0.35,
        paths=("*/sale.order/*", "*/res.partner/load", "*/stock.picking/*", "*/account.move/*"),
    )
    with (
        TcpProxy(split.hostname, split.port or 80, StrikePlan()) as proxy,
        rehearsal_house(
            tmp_path,
            seed=7,
            settings=_settings(prefix),
            live_odoo=odoo,
            odoo_url=proxy.url,
            shop_name=f"shop_{prefix[2:8].lower()}",
            warehouses={"hall": ["--behaviour", json.dumps(WAREHOUSE)]},
        ) as house,
        Store(database, size=4) as store,
    ):
        _reference_data(house, odoo, prefix)
        for number in range(2):
            house.start_worker(number)
        arm_webhooks(house)
        trading_day.first_sweep(house, store, 180)
        proxy.plan(plan)
        house.shop.put(
            "webhooks", {"lost": 0.05, "duplicated": 0.10, "late": 0.05, "late_seconds": 2.0}
        )
        trading_day.play(house, Day(ORDERS, 7, cancellations=False), lambda step, done: None)
        settle = partial(trading_day.settle, house, store, lambda step, done: None, 600)
        settle()
        with open_deployment(database, size=2) as deployment:
            order_desk.work_until_found(store, deployment.registry, house, settle)
        result = reckon(house, store)
        with store.transaction() as tx:
            asked = [tuple(r) for r in tx.rows(QUESTIONS)]
        assert [asdict(d) for d in result.differences] == [], asked
        assert (result.unowned, result.statuses["invoiced"], result.odoo_orders) == (
            0,
            ORDERS,
            ORDERS,
        )
        assert proxy.struck["before"] + proxy.struck["after"] >= 20
        assert proxy.struck["after"] >= 10
        assert result.adopted >= 1
        with open_deployment(database, size=4) as deployment:
            now = deployment.clock.now()
            scope = scope_of(deployment.registry, 1, None, "", now)
            closed = close_day(store, scope, Word("live test", now, "the end"), compare_books).close
        assert [asdict(d) for d in closed.differences] == []
        counts = {(c.connection, c.kind): (c.ours, c.theirs) for c in closed.compared}
        for kind in ("order", "shipment", "invoice"):
            assert counts["odoo", kind] == (ORDERS, ORDERS)
        assert all(ours == theirs for ours, theirs in counts.values()), counts
        assert {kind for connection, kind in counts if connection != "odoo"} == {
            "order", "shipment",
        }  # fmt: skip
        assert closed.in_flight == []
        with store.transaction() as tx:
            drafted = tx.rows("SELECT data FROM event WHERE type = 'sales_order.drafted'")
        unexplained = [
            e.data
            for e in drafted
            if not e.data["difference"].startswith("0.00") and not e.data["cause"]
        ]
        assert unexplained == [], "every total is right, or its cents have a cause"


def _settings(prefix: str) -> dict[str, str]:
    return {
        "unknown_customer": "create",
        "unknown_ship_to": "create",
        "total_tolerance": "0.03",
        "shipping_product": f"{prefix}SHIPPING",
        "discount_product": f"{prefix}DISCOUNT",
        "fee_product": f"{prefix}FEE",
        "warehouses": "hall",
    }


def _reference_data(house: House, odoo: OdooRecords, prefix: str) -> None:
    """Customers and products of this run's own, in the currency of the Odoo company."""
    catalogue = house.shop.get("catalogue")
    for item in catalogue["items"]:
        item["sku"] = prefix + item["sku"]
    for person in catalogue["people"]:
        person["email"] = f"{prefix}{person['email']}".lower()
    house.shop.put("catalogue", catalogue)
    trading_day.trade_in_the_currency_of_odoo(house, taxes_included=0.0, discount=0.0)
    house.shop.put("shop", {"tax_rates": dict.fromkeys(TAX_RATES, _sales_tax(odoo))})
    make_products(odoo, catalogue["items"], prefix)
    make_partners(odoo, catalogue["people"][:8])


def _sales_tax(odoo: OdooRecords) -> str:
    """The rate of a sales tax this Odoo has: an integration user may not make one."""
    domain = [
        ["type_tax_use", "=", "sale"],
        ["amount_type", "=", "percent"],
        ["amount", ">", 0],
        ["price_include", "=", False],
    ]
    taxes = odoo.find("account.tax", domain, ["amount"], limit=1)
    return str(Decimal(str(taxes[0]["amount"])) / 100)
