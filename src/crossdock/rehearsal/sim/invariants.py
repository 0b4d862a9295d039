"""What must be true after every commit and every call, and what must be true at rest."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crossdock.connectors.shopify.twin.fulfilment import fulfilled
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.engine.store import load_queries
from crossdock.engine.watchdog import SQL as WATCHDOG_SQL
from crossdock.processes.order_to_cash.order_status import TRANSITIONS
from crossdock.rehearsal.reckoning import reckon
from crossdock.rehearsal.sim.house import SimHouse
from crossdock.rehearsal.sim.scheduler import BEGINNING

SQL = load_queries(__package__, "invariants.sql")
UNOWNED_AT_MOST = timedelta(seconds=150)
"""Lease, 30 s, and what a supervisor needs to start another worker, stalls included."""
STEPS = {(t.source.value, t.target.value) for t in TRANSITIONS}
CREATED_ONCE = {
    "odoo": ("sale.order", "account.move"),
    "warehouse": ("fulfilment_order", "shipment"),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant, with what shows it."""

    invariant: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.detail}"


@dataclass(slots=True)
class Watch:
    """Looks at one house; remembers what it saw to notice what went backwards."""

    house: SimHouse
    versions: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    unowned: dict[tuple[str, int], datetime] = field(default_factory=dict)
    leases: dict[tuple[str, str], Any] = field(default_factory=dict)
    latest: datetime = BEGINNING
    """The clock may be set back; a lease that ended before that has ended."""

    def after_commit(self) -> Iterator[Violation]:
        """Of the ledger."""
        pool, now = self.house.store.stepped, self.house.scheduler.clock.now()
        broken, kept, documents, owned, ownerless = pool.answers(
            (SQL.broken, {}), (SQL.kept, {}), (SQL.documents, {}), (SQL.owned, {}),
            (WATCHDOG_SQL.ownerless, {"now": now}),
        )  # fmt: skip
        for row in broken:
            yield Violation(row.invariant, row.detail)
        yield from self._answered_is_kept(kept)
        yield from self._forwards(documents)
        yield from self._respected(owned, now)
        yield from self._owned(ownerless, now)
        for crash in self.house.workers.crashes:
            yield Violation("no stage crashes", crash)

    def after_call(self) -> Iterator[Violation]:
        """Of the outside systems' own records."""
        house = self.house
        yield from _created_once("odoo", house.odoo_server.log.effects, CREATED_ONCE["odoo"])
        for name, twin in house.warehouse_twins.items():
            yield from _created_once(name, twin.log.effects, CREATED_ONCE["warehouse"])
        yield from self._no_more_than_ordered()

    def at_rest(self) -> Iterator[Violation]:
        """When nothing is due any more and no fault strikes."""
        house = self.house
        yield from self.after_commit()
        yield from self.after_call()
        for row in house.store.stepped.rows(SQL.adrift, ends=list(house.ends)):
            yield Violation("an open order has an owner", f"{row.work_key} is {row.status}")
        asked = self._asked()
        result = reckon(house, house.store, nothing_held=False)  # type: ignore[arg-type]
        for difference in result.differences:
            if difference.key in asked:
                continue
            text = f"{difference.what} {difference.key}: {difference.detail}"
            yield Violation("shop = ledger = Odoo", text)
        yield from self._told_what_left(asked)
        yield from self._booked_what_left(asked)
        yield from self._cancellations_are_answered(asked)

    def _answered_is_kept(self, rows: list[Any]) -> Iterator[Violation]:
        kept = {tuple(r) for r in rows}
        for connection, key in sorted(self.house.network.acknowledged - kept):
            yield Violation("answered means kept", f"{key} of connection {connection} is lost")

    def _forwards(self, rows: list[Any]) -> Iterator[Violation]:
        for gone in sorted(self.versions.keys() - {r.work_key for r in rows}):
            yield Violation("versions go forwards", f"{gone} is gone")
        for row in rows:
            before, version = self.versions.get(row.work_key, ""), row.version or ""
            if version < before:
                yield Violation("versions go forwards", f"{row.work_key}: {before} → {version}")
            self.versions[row.work_key] = version
            old = self.statuses.get(row.work_key, "new")
            if row.status != old and not _reachable(old, row.status):
                yield Violation(
                    "statuses follow the arrows", f"{row.work_key}: {old} → {row.status}"
                )
            self.statuses[row.work_key] = row.status

    def _respected(self, rows: list[Any], now: datetime) -> Iterator[Violation]:
        """What a lease covers is taken or set free by its owner only, until it ends."""
        self.latest = max(self.latest, now)
        before, acted = self.leases, self.house.scheduler.acted
        self.leases = {(r.what, r.id): r for r in rows}
        for key, lease in before.items():
            after = self.leases.get(key)
            same = after is not None and after.fence == lease.fence
            if not same and lease.until > self.latest and acted != lease.owner:
                detail = f"{key[0]} {key[1]} of {lease.owner} until {lease.until} by {acted}"
                yield Violation("a live lease is its owner's", detail)

    def _owned(self, rows: list[Any], now: datetime) -> Iterator[Violation]:
        now -= self.house.scheduler.jumped
        seen = {(r.what, r.id): r for r in rows}
        self.unowned = {key: self.unowned.get(key, now) for key in seen}
        for key, since in self.unowned.items():
            if now - since > UNOWNED_AT_MOST:
                row = seen[key]
                yield Violation(
                    "everything has an owner", f"{key[0]} {key[1]} {row.state} {row.work_key}"
                )

    def _no_more_than_ordered(self) -> Iterator[Violation]:
        for order in self.house.shop_twin.shop.orders.values():
            left = self._left(order)
            for item in order.lines:
                gone, shown = left[str(item.line_id)], self._told(order, item.line_id)
                if gone > item.quantity:
                    detail = f"{order.name}: {gone} of {item.quantity}"
                    yield Violation("no more leaves than was ordered", detail)
                if shown > gone:
                    detail = f"{order.name} line {item.line_id}: {gone} left, it shows {shown}"
                    yield Violation("the shop is not told of more than left", detail)

    def _asked(self) -> set[str]:
        """Names of the orders that a person is asked about, or was told of goods that left."""
        rows = self.house.store.stepped.rows(SQL.asked)
        keys = {r.work_key for r in rows}
        shop = self.house.shop_name
        orders = self.house.shop_twin.shop.orders.values()
        return {o.name for o in orders if f"{shop}:order:{o.order_id}" in keys}

    def _told_what_left(self, asked: set[str]) -> Iterator[Violation]:
        """The shop shows exactly what the warehouses shipped, unless a person has a question.

        Where it executed one call twice by itself, it may show that too: the close tells it.
        """
        for order in self._orders_without(asked):
            left = self._left(order)
            for item in order.lines:
                gone, shown = left[str(item.line_id)], fulfilled(order, item.line_id)
                if gone not in (shown, self._told(order, item.line_id)):
                    detail = f"{order.name} line {item.line_id}: {gone} left, it shows {shown}"
                    yield Violation("the shop is told what left", detail)

    def _booked_what_left(self, asked: set[str]) -> Iterator[Violation]:
        """Odoo delivered and invoiced as many pieces as left."""
        for order in self._orders_without(asked):
            left = sum(self._left(order).values())
            rows = self.house.odoo.find(
                "sale.order.line",
                [["order_id.origin", "=", order.name], ["qty_delivered_method", "=", "stock_move"]],
                ["qty_delivered", "qty_invoiced"],
            )
            booked = sum(Decimal(str(r["qty_delivered"])) for r in rows)
            billed = sum(Decimal(str(r["qty_invoiced"])) for r in rows)
            if booked != left:
                detail = f"{order.name}: {left} left, {booked} delivered in Odoo"
                yield Violation("Odoo books what left", detail)
            if billed != booked:
                detail = f"{order.name}: {booked} delivered, {billed} invoiced in Odoo"
                yield Violation("Odoo invoices what was delivered", detail)

    def _cancellations_are_answered(self, asked: set[str]) -> Iterator[Violation]:
        """Cancelled at the shop: cancelled everywhere, or the shop was told that it is too late."""
        for order in self._orders_without(asked):
            if order.cancelled_at is None:
                continue
            status = self.statuses.get(f"{self.house.shop_name}:order:{order.order_id}")
            refused = ("crossdock", "cancellation_response") in order.metafields
            if status not in ("cancelled", "rejected", "taken_by_hand") and not refused:
                detail = f"{order.name} is {status} here and the shop heard nothing"
                yield Violation("a cancellation is answered", detail)

    def _orders_without(self, asked: set[str]) -> Iterator[OrderState]:
        for order in self.house.shop_twin.shop.orders.values():
            if order.name not in asked:
                yield order

    def _told(self, order: OrderState, line_id: int) -> int:
        """Pieces that we told the shop of."""
        ours = [f for f in order.fulfilments if f.name not in self.house.wire.doubled]
        return sum(f.pieces.get(line_id, 0) for f in ours if f.status == "SUCCESS")

    def _left(self, order: OrderState) -> Counter[str]:
        """Pieces that left the warehouses, by order line."""
        key, left = f"{self.house.shop_name}:order:{order.order_id}", Counter[str]()
        for twin in self.house.warehouse_twins.values():
            for job in twin.warehouse.jobs.values():
                if job.order_key == key:
                    left.update({line: int(amount) for line, amount in job.shipped().items()})
        return left


def _reachable(source: str, target: str) -> bool:
    """One commit may take several arrows."""
    found, todo = {source}, [source]
    while todo:
        at = todo.pop()
        for a, b in STEPS:
            if a == at and b not in found:
                found.add(b)
                todo.append(b)
    return target in found


def _created_once(where: str, effects: Any, records: tuple[str, ...]) -> Iterator[Violation]:
    made = Counter(
        (e.record, e.key)
        for e in effects
        if e.kind in ("created", "posted") and e.record in records
    )
    for (record, key), count in made.items():
        if count > 1:
            yield Violation("every effect once", f"{where}: {record} {key} made {count} times")
