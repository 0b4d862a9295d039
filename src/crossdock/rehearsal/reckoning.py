"""The reckoning: the shop's own list = our ledger = Odoo, and nothing without an owner.

Every number is read where it was made: the shop's orders from the shop, sale orders and effects
from Odoo's side, ours from the ledger.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crossdock.engine.store import Store, load_queries
from crossdock.engine.watchdog import SQL as WATCHDOG_SQL
from crossdock.rehearsal.house import House
from crossdock.rehearsal.plain import fields_of

SQL = load_queries(__package__, "rehearsal.sql")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two sides tell differently."""

    what: str
    key: str
    detail: str


@dataclass(slots=True)
class Reckoning:
    """What was compared and what differs."""

    shop_orders: int = 0
    ledger_orders: int = 0
    odoo_orders: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    duplicates: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    adopted: int = 0
    unowned: int = 0
    differences: list[Difference] = field(default_factory=list)
    value: Decimal = Decimal(0)
    cents: dict[str, Decimal] = field(default_factory=dict)
    """Recorded difference of each order whose total in Odoo differs within the tolerance."""

    def differ(self, what: str, key: object, detail: str) -> None:
        self.differences.append(Difference(what, str(key), detail))

    def as_json(self) -> dict[str, Any]:
        """All of it, JSON-able but for decimals."""
        return {**fields_of(self), "even": self.even}

    @property
    def even(self) -> bool:
        return not self.differences and not self.unowned


STANDS = ("confirmed", "released", "partly_shipped", "shipped", "invoiced")
ANSWER_OF = {
    **dict.fromkeys(STANDS, "accepted"), "cancelled": "cancelled", "rejected": "rejected",
}  # fmt: skip


def reckon(house: House, store: Store, *, nothing_held: bool = True) -> Reckoning:
    """Compare the three sides and count what nobody owns."""
    result = Reckoning()
    ledger = _ledger(store, result)
    shop = {str(o["id"]): o for o in house.shop.get("orders")["orders"]}
    odoo = _odoo_orders(house, [d["erp_name"] for d in ledger.values() if d["erp_name"]])
    result.shop_orders, result.ledger_orders = len(shop), len(ledger)
    for order_id, order in shop.items():
        _compare(result, order_id, order, ledger.get(order_id), odoo, nothing_held, house.ends)
    for order_id in ledger.keys() - shop.keys():
        result.differ("not at the shop", order_id, "the ledger has an order the shop does not list")
    _count_odoo(house, result, ledger)
    return result


def _ledger(store: Store, result: Reckoning) -> dict[str, Mapping[str, Any]]:
    now = store.clock().now()
    with store.transaction() as tx:
        documents = tx.rows(SQL.ledger)
        result.messages.update({r.state: r.n for r in tx.rows(SQL.message_states)})
        result.effects.update({r.state: r.n for r in tx.rows(SQL.effect_states)})
        totals = tx.rows(SQL.totals)[0]
        ownerless = tx.rows(WATCHDOG_SQL.ownerless, now=now)
    result.deliveries, result.duplicates = totals.deliveries, totals.duplicates
    result.adopted, result.unowned = totals.adopted, len(ownerless)
    for row in ownerless[:10]:
        result.differ("unowned", f"{row.what} {row.id}", f"{row.state} {row.work_key}")
    if totals.deliveries - totals.duplicates != totals.messages:
        kept = f"{totals.deliveries} arrivals - {totals.duplicates} duplicates"
        detail = f"{kept} ≠ {totals.messages} messages"
        result.differ("log", "delivery", detail)
    result.statuses.update(Counter(d.status for d in documents))
    return {d.work_key.rpartition(":")[2]: {"status": d.status, **d.data} for d in documents}


def _odoo_orders(house: House, names: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), 500):
        rows = house.odoo.find(
            "sale.order",
            [["name", "in", names[start : start + 500]]],
            ["name", "state", "amount_total", "origin"],
        )
        found.update({r["name"]: r for r in rows})
    return found


def _compare(
    result: Reckoning, order_id: str, order: Mapping[str, Any], ours: Mapping[str, Any] | None,
    odoo: Mapping[str, Mapping[str, Any]], nothing_held: bool, ends: tuple[str, ...],
) -> None:  # fmt: skip
    if ours is None:
        result.differ("not in the ledger", order_id, f"the shop lists {order['name']}")
        return
    status = ours["status"]
    result.value += Decimal(order["total"])
    if status not in ends:
        if nothing_held:
            result.differ("open", order["name"], f"{status}: {ours.get('reason', '')}")
        return
    if status in STANDS:
        _compare_confirmed(result, order, ours, odoo.get(ours["erp_name"]))
    if status == "taken_by_hand":
        return
    answer = order["answer"] or {}
    told = (
        {ANSWER_OF[status], "accepted"}
        if status == "cancelled" and ours["erp_id"]
        else {ANSWER_OF[status]}
    )
    if answer.get("status") not in told:
        result.differ(
            "answer", order["name"], f"{status} here, the shop was told {answer.get('status')!r}"
        )


def _compare_confirmed(
    result: Reckoning,
    order: Mapping[str, Any],
    ours: Mapping[str, Any],
    there: Mapping[str, Any] | None,
) -> None:
    if there is None:
        result.differ(
            "not in Odoo", order["name"], f"{ours['erp_name']} is confirmed in the ledger only"
        )
        return
    if there["state"] != "sale":
        result.differ("state", order["name"], f"{there['name']} is {there['state']} in Odoo")
    in_odoo, at_shop = Decimal(str(there["amount_total"])), Decimal(order["total"])
    if in_odoo != Decimal(ours["erp_total"]):
        result.differ("total", order["name"], f"Odoo {in_odoo}, ledger {ours['erp_total']}")
    if at_shop != Decimal(ours["order"]["total"]["amount"]):
        result.differ(
            "total", order["name"], f"shop {at_shop}, ledger {ours['order']['total']['amount']}"
        )
    if in_odoo != at_shop:
        result.cents[order["name"]] = in_odoo - at_shop
        if abs(in_odoo - at_shop) > Decimal(ours["total_tolerance"]):
            result.differ("total", order["name"], f"Odoo {in_odoo}, shop {at_shop}")


def _count_odoo(house: House, result: Reckoning, ledger: Mapping[str, Mapping[str, Any]]) -> None:
    """Doubles, from Odoo's side: every sale order there belongs to one of ours, once."""
    origins = [o["order"]["name"] for o in ledger.values()]
    rows: list[dict[str, Any]] = []
    for start in range(0, len(origins), 500):
        domain = [
            ["origin", "in", origins[start : start + 500]],
            ["id", ">", house.last_foreign_order],
        ]
        rows += house.odoo.find("sale.order", domain, ["name", "origin", "state"])
    result.odoo_orders = len(rows)
    for origin, count in Counter(r["origin"] for r in rows).items():
        if count > 1:
            result.differ("double", origin, f"{count} sale orders in Odoo")
    expected = sum(1 for o in ledger.values() if o["erp_name"])
    if expected != len(rows):
        result.differ("count", "sale.order", f"{len(rows)} in Odoo, {expected} in the ledger")
    if house.odoo_twin:
        effects = house.odoo_twin.get("effects")
        created = Counter(
            e["key"]
            for e in _listed(effects)
            if e["record"] == "sale.order" and e["kind"] == "created"
        )
        for key, count in created.items():
            if count > 1:
                result.differ("double", key, f"created {count} times, says the twin's own log")


def _listed(effects: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = effects["effects"] if isinstance(effects, dict) else effects
    return listed
