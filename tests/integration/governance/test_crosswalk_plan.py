"""Lookups go by key from the first minute, before the database has statistics of its tables."""

from typing import Any

from crossdock.engine.projections import write_rows
from crossdock.engine.store import Store
from crossdock.governance.connections import add_connection
from crossdock.governance.crosswalk import SQL
from crossdock.ports.sweep import ProjectionRow
from tests.support.paper_connectors import ERP, SHOP

RECORDS, WANTED = 3000, 300


def connected(store: Store) -> None:
    now = store.clock().now()
    with store.transaction() as tx:
        shop = {"erp": "erp"}
        add_connection(tx, SHOP, company_id=1, name="shop", settings=shop, secrets={}, now=now)
        erp = add_connection(tx, ERP, company_id=1, name="erp", settings={}, secrets={}, now=now)
        rows = [
            ProjectionRow(str(n), {"name": f"Article {n}"}, (f"sku:A-{n}", f"gtin:{n}"))
            for n in range(RECORDS)
        ]
        write_rows(tx, connection_id=erp, company_id=1, kind="products", rows=rows, now=now)


def plan_nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in plan_nodes(part))]


def test_records_are_found_by_their_key_before_there_are_statistics(store: Store) -> None:
    connected(store)
    keys = [f"sku:A-{n}" for n in range(WANTED)]
    with store.transaction() as tx:
        (row,) = tx.rows(
            f"EXPLAIN (FORMAT JSON, ANALYZE, TIMING OFF) {SQL.find_mapped}",
            companies=[1] * WANTED,
            channels=["shop"] * WANTED,
            erps=["erp"] * WANTED,
            keys=keys,
            codes=[key.removeprefix("sku:") for key in keys],
            projection="products",
            map_kind="sku",
            scheme="sku:",
        )
    (top,) = row[0]
    nodes = plan_nodes(top["Plan"])
    discarded = sum(
        int(node.get(cause, 0) * node["Actual Loops"])
        for node in nodes
        for cause in ("Rows Removed by Filter", "Rows Removed by Join Filter")
    )
    assert int(top["Plan"]["Actual Rows"]) == WANTED
    assert discarded < RECORDS
