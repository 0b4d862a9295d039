"""The comparison: warm clients that create and confirm orders without us, two calls each time."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.loader import CONTEXT
from crossdock.rehearsal.bench.result import BenchFailed
from crossdock.rehearsal.odoo_records import OdooRecords

WARM = 2


def one_by_one(odoo: OdooRecords, requests: Sequence[bytes], clients: int, mark: str) -> float:
    """Orders per second. `mark` makes them orders of their own beside those of the requests."""
    orders = [_marked(json.loads(r), mark) for r in requests]
    with _opened(odoo, clients) as opened, ThreadPoolExecutor(clients) as pool:
        warm, timed = orders[: WARM * clients], orders[WARM * clients :]
        _share(pool, opened, warm)
        began = time.monotonic()
        _share(pool, opened, timed)
        return len(timed) / (time.monotonic() - began)


def in_batches(odoo: OdooRecords, requests: Sequence[bytes], clients: int, mark: str) -> float:
    """Orders per second when each client writes all of these at once, in two calls."""
    orders = [json.loads(r) for r in requests]
    batches = [_together([_marked(o, f"{mark}_{n}") for o in orders]) for n in range(clients)]
    with _opened(odoo, clients) as opened, ThreadPoolExecutor(clients) as pool:
        _share(pool, opened, [_marked(orders[0], f"{mark}_w{n}") for n in range(clients)])
        began = time.monotonic()
        _share(pool, opened, batches)
        return len(orders) * clients / (time.monotonic() - began)


@contextmanager
def _opened(odoo: OdooRecords, clients: int) -> Iterator[list[OdooClient]]:
    opened = [OdooClient(odoo.url, odoo.database, odoo.key) for _ in range(clients)]
    try:
        yield opened
    finally:
        for client in opened:
            client.close()


def _together(orders: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Orders that name the same fields as the first of them, in one request."""
    fields = orders[0]["fields"]
    return {
        "fields": fields,
        "rows": [r for o in orders if o["fields"] == fields for r in o["rows"]],
    }


def _marked(request: dict[str, Any], mark: str) -> dict[str, Any]:
    """The same order under external ids of its own; units that are not named become Odoo's own."""
    fields = request["fields"]
    ids = [n for n, name in enumerate(fields) if name in ("id", "order_line/id")]
    unit = fields.index("order_line/product_uom_id/.id")
    rows = [list(row) for row in request["rows"]]
    for row in rows:
        for n in ids:
            row[n] = row[n] and f"{row[n]}_{mark}"
        row[unit] = row[unit] or rows[0][unit]
    return {"fields": fields, "rows": rows}


def _share(
    pool: ThreadPoolExecutor, clients: Sequence[OdooClient], orders: Sequence[dict[str, Any]]
) -> None:
    count = len(clients)
    parts = [pool.submit(_each, c, orders[n::count]) for n, c in enumerate(clients)]
    for part in parts:
        part.result()


def _each(client: OdooClient, orders: Sequence[dict[str, Any]]) -> None:
    for order in orders:
        reply = client.write(
            "sale.order", "load", fields=order["fields"], data=order["rows"], context=dict(CONTEXT)
        )
        if not reply["ids"]:
            raise BenchFailed(f"Odoo refused an order of the comparison: {reply['messages']}")
        client.write("sale.order", "action_confirm", ids=reply["ids"])
