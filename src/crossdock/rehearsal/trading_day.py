"""A seeded trading day: orders, cancellations and notes at the shop, faults on every wire."""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from crossdock.connectors.shopify.twin.order_factory import PLAIN, TAX_RATES
from crossdock.engine.store import Store, load_queries
from crossdock.ops.act import act
from crossdock.rehearsal.children import wait_until
from crossdock.rehearsal.house import House
from crossdock.rehearsal.odoo_records import make_partners, make_products, make_taxes

SQL = load_queries(__package__, "rehearsal.sql")
BATCH = 10
STRANGER_SKU = "DRILL-18V"
"""Sold by the shop, unknown to Odoo under that code: its orders wait for the order desk."""
OWN_CODE = "DRILL-18-VOLT"

WEBHOOK_FAULTS = {
    "lost": 0.10,
    "duplicated": 0.10,
    "late": 0.05,
    "late_seconds": 3.0,
    "reordered": 0.05,
}
ODOO_FAULTS = [
    {
        "kind": "reply_lost",
        "rate": 0.06,
        "operations": ["sale.order/load", "sale.order/action_confirm"],
    },
    {"kind": "reset_before", "rate": 0.04, "operations": ["sale.order/*"]},
    {"kind": "server_error", "rate": 0.02, "operations": ["sale.order/*"]},
]
SHOP_FAULTS = [
    {"kind": "reply_lost", "rate": 0.05},
    {"kind": "rate_limited", "rate": 0.03, "seconds": 1},
]

WAREHOUSE_WEBHOOKS = {
    "lost": 0.10, "duplicated": 0.10, "late": 0.05, "late_seconds": 3.0, "reordered": 0.15,
    "reordered_seconds": 0.3,
}  # fmt: skip
WAREHOUSE_FAULTS = [{"kind": "reply_lost", "rate": 0.06}, {"kind": "server_error", "rate": 0.03}]

Tell = Callable[[str, int], None]
"""Progress: name of the step, how many are done."""


@dataclass(slots=True)
class Day:
    """What was planned and what was done at the shop."""

    orders: int
    seed: int
    faults: bool = True
    cancellations: bool = True
    cancelled: list[int] = field(default_factory=list)
    noted: list[int] = field(default_factory=list)


def prepare(house: House, *, known_people: int = 8) -> None:
    """Reference data in Odoo: all goods (one under another code), most customers, all taxes."""
    catalogue = house.shop.get("catalogue")
    items = [
        dict(i, sku=OWN_CODE if i["sku"] == STRANGER_SKU else i["sku"]) for i in catalogue["items"]
    ]
    know_the_trade(house, items, catalogue["people"][:known_people])


def know_the_trade(house: House, items: Sequence[Any], people: Sequence[Any]) -> None:
    """Odoo has these goods and customers, every tax, and sells in its own currency."""
    make_products(house.odoo, items)
    make_partners(house.odoo, people)
    make_taxes(house.odoo, list(TAX_RATES.values()))
    trade_in_the_currency_of_odoo(house)


def trade_in_the_currency_of_odoo(house: House, **mixture: Any) -> None:
    """The shop sells what Odoo can book unasked, in its company's currency."""
    company = house.odoo.find("res.company", [], ["currency_id"], limit=1)[0]
    (currency,) = house.odoo.find("res.currency", [["id", "=", company["currency_id"]]], ["name"])
    house.shop.put(
        "shop", {"mixture": {**asdict(PLAIN), "currencies": [currency["name"]], **mixture}}
    )


def strike(house: House, seed: int) -> None:
    """Put the day's faults in force."""
    house.shop.put("webhooks", {**WEBHOOK_FAULTS, "seed": seed})
    house.shop.put("faults", {"faults": SHOP_FAULTS, "seed": seed})
    if house.odoo_twin:
        house.odoo_twin.put("faults", {"faults": ODOO_FAULTS, "seed": seed})
    for warehouse in house.warehouses.values():
        warehouse.put("webhooks", {**WAREHOUSE_WEBHOOKS, "seed": seed})
        warehouse.put("faults", {"faults": WAREHOUSE_FAULTS, "seed": seed})


def calm(house: House) -> None:
    """The faults end with the day: people and the reckoning use the same wires."""
    for twin in (house.shop, house.odoo_twin, *house.warehouses.values()):
        if twin is not None:
            twin.put("faults", {"faults": []})


def play(house: House, day: Day, tell: Tell) -> None:
    """Place the orders; some are cancelled or annotated while they are on their way."""
    chance = random.Random(day.seed)
    placed: list[dict[str, Any]] = []
    while len(placed) < day.orders:
        count = min(BATCH, day.orders - len(placed))
        placed += house.shop.post("orders", {"count": count})["orders"]
        tell("placed", len(placed))
        for order in placed[-count:]:
            fate = chance.random()
            if fate < 0.03 and day.cancellations:
                house.shop.post(f"orders/{order['id']}/cancel", {"reason": "customer"})
                day.cancelled.append(order["id"])
            elif fate < 0.08:
                house.shop.post(f"orders/{order['id']}/note", {"note": "please ring the bell"})
                day.noted.append(order["id"])


def sweep_now(store: Store) -> None:
    """Do not wait for the sweep's own turn; done again when it met a worker at its own streams."""
    now = store.clock().now()
    act(store, lambda tx: tx.run(SQL.all_streams_due, now=now))


def settle(house: House, store: Store, tell: Tell, seconds: float) -> None:
    """Wait until the shop has nothing to send, two sweeps have ended and nothing is due."""
    wait_until(
        lambda: not house.shop.get("webhooks")["pending"], seconds, "the shop's last webhook"
    )
    quiet = 0
    while quiet < 2:
        quiet = quiet + 1 if _warehouses_at_rest(house) else 0
        wait_until(
            partial(_warehouses_at_rest, house), seconds, "the end of work in the warehouses"
        )
        began = store.clock().now()
        sweep_now(store)
        wait_until(partial(_swept_since, house, store, began), seconds, "the sweep")
        wait_until(
            partial(_at_rest, house, store, tell), seconds, "the end of the backlog", every=0.2
        )


def _warehouses_at_rest(house: House) -> bool:
    """Nothing is being picked, and the last webhook has gone."""
    for warehouse in house.warehouses.values():
        if any(order["steps_left"] for order in warehouse.get("orders")["orders"]):
            return False
        if warehouse.get("webhooks").get("pending"):
            return False
    return True


def _swept_since(house: House, store: Store, mark: datetime) -> bool:
    with store.transaction() as tx:
        row = tx.rows(SQL.streams_behind, mark=mark)[0]
    return bool(row.behind == 0 and row.streams == house.streams)


def _at_rest(house: House, store: Store, tell: Tell) -> bool:
    with store.transaction() as tx:
        row = tx.rows(SQL.progress, ended=list(house.ends))[0]
    tell("taken", row.documents)
    tell("done", row.ended)
    return bool(row.messages == 0 and row.effects == 0)


def first_sweep(house: House, store: Store, seconds: float) -> None:
    """Wait until every stream was read once: nothing can be decided before."""
    ever = datetime.min.replace(tzinfo=UTC)
    wait_until(partial(_swept_since, house, store, ever), seconds, "the first sweep")
