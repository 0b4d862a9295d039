"""Plants losses in a simulated house: one order each, at a place and at a moment.

The meter is told nothing of this. What is to happen while a message or an effect is on its way is
armed, and done between two steps of the simulation as soon as it can be.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crossdock.connectors.shopify.identity import ORDERS_STREAM, version_text
from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.engine.receive import Refusal, Refused, count_refusals
from crossdock.engine.store import load_queries
from crossdock.ops.loss.place import NEVER_CAME, Place
from crossdock.ports.erp import (
    CONFIRM_SALES_ORDER,
    CREATE_SALES_ORDER,
    SEND_ORDER_RESPONSE,
    SEND_SHIPMENT,
)
from crossdock.ports.warehouse import SEND_FULFILMENT_ORDER
from crossdock.rehearsal.sim.house import SimHouse
from crossdock.rehearsal.trading_day import STRANGER_SKU
from crossdock.testing.webhook_sender import Delivery

SQL = load_queries(__package__, "losses.sql")
SILENCED = tuple(place for place in NEVER_CAME if place is not Place.SWEEP_BEHIND)
"""Before receipt. On one day and connection all have the same cause."""
ON_THE_WAY = (Place.UNDECIDED, Place.EFFECT_MISSING, Place.EFFECT_UNMADE)
AT_REST = (
    Place.MESSAGE_MISSING, Place.HOLD_GONE, Place.DOCUMENT_MISSING, Place.DOCUMENT_OLD,
    Place.GONE_OUTSIDE,
)  # fmt: skip
LONG_AFTER = (Place.HOLD_GONE, Place.DOCUMENT_MISSING, Place.DOCUMENT_OLD)
"""Of these, what is lost after the second look at its day has to be found as well."""
PLANTED = (*SILENCED, *ON_THE_WAY, *AT_REST)
"""The twelve places."""
OPERATIONS = (
    CREATE_SALES_ORDER, CONFIRM_SALES_ORDER, SEND_ORDER_RESPONSE, SEND_FULFILMENT_ORDER,
    SEND_SHIPMENT,
)  # fmt: skip
NO_SUCH_SKU = "NO-SUCH-GOODS"
UNSEEN = timedelta(days=3)
"""By so much an order that the sweep passes over seems older than its last change."""


@dataclass(slots=True)
class Planted:
    """One loss."""

    place: Place
    number: int
    """Among those of its place in this campaign: it chooses the variant."""
    order: OrderState | None = None
    work_key: str = ""
    at: datetime | None = None
    """When it took place; None: not yet."""
    young: Any = None
    """The document as it was, for one that is put back."""


@dataclass(slots=True)
class Planter:
    """Of one house and day."""

    house: SimHouse
    planted: list[Planted] = field(default_factory=list)
    armed: list[Callable[[], bool]] = field(default_factory=list)
    silenced: dict[int, Place] = field(default_factory=dict)
    """Orders of which no webhook comes."""

    def __post_init__(self) -> None:
        self.house.shop_twin.webhooks.queue = self._queue  # type: ignore[method-assign]

    def look(self) -> None:
        """Between two steps: do what can be done now."""
        self.armed = [deed for deed in self.armed if not deed()]

    def break_the_way_in(self, place: Place) -> None:
        """Before orders are placed that never come."""
        connection = {"connection": self.house.shop_name, "stream": ORDERS_STREAM}
        if place is Place.STREAM_MISSING:
            self.armed.append(partial(self._done, "lose_stream", **connection))
        if place is Place.CURSOR_AHEAD:
            days = 2 + self.house.faults.choose("cursor") * 300
            ahead = version_text(self.house.scheduler.clock.now() + timedelta(days=days))
            cursor = f"{ahead}|{0:020d}"
            self.armed.append(partial(self._done, "move_cursor_ahead", cursor=cursor, **connection))

    def place(self, loss: Planted) -> None:
        """A customer orders; what is to be lost on the way is armed."""
        shop, now = self.house.shop_twin.shop, self.house.scheduler.clock.now()
        order = self._known_goods(now)
        loss.order, loss.work_key = order, f"{self.house.shop_name}:order:{order.order_id}"
        if loss.place is Place.HOLD_GONE:
            order.lines[0].sku = NO_SUCH_SKU
        if loss.place in SILENCED:
            self.silenced[order.order_id] = loss.place
            loss.at = now
        if loss.place in (Place.PASSED_OVER, Place.REFUSED_AT_DOOR):
            order.updated_at = now - UNSEEN
        shop.orders[order.order_id] = order
        shop.on_event("ORDERS_CREATE", order)
        self.planted.append(loss)
        self._arm(loss)

    def _known_goods(self, now: datetime) -> OrderState:
        """An order about which nobody has to be asked."""
        factory = self.house.shop_twin.shop.factory
        while True:
            order = factory.order(now)
            if all(line.sku != STRANGER_SKU for line in order.lines):
                return order

    def strike_at_rest(self, loss: Planted) -> None:
        """What is lost when nothing is under way any more."""
        deeds: dict[Place, Callable[[], bool]] = {
            Place.MESSAGE_MISSING: partial(self._of, "lose_message", loss),
            Place.HOLD_GONE: partial(self._of, "close_question", loss, now=True),
            Place.DOCUMENT_MISSING: partial(self._of, "lose_document", loss),
            Place.DOCUMENT_OLD: partial(self._put_back, loss),
            Place.GONE_OUTSIDE: partial(self._take_away, loss),
        }
        if deeds[loss.place]():
            loss.at = self.house.scheduler.clock.now()

    def _arm(self, loss: Planted) -> None:
        operation = OPERATIONS[loss.number % len(OPERATIONS)]
        deeds: dict[Place, Callable[[], bool]] = {
            Place.UNDECIDED: partial(self._of, "end_undecided", loss, now=True),
            Place.EFFECT_MISSING: partial(self._of, "lose_effect", loss, operation=operation),
            Place.EFFECT_UNMADE: partial(
                self._of, "end_unmade", loss, now=True, operation=operation
            ),
            Place.DOCUMENT_OLD: partial(self._keep_young, loss),
        }
        if loss.place in deeds:
            self.armed.append(partial(self._armed, loss, deeds[loss.place]))

    def _armed(self, loss: Planted, deed: Callable[[], bool]) -> bool:
        """An effect that its process plans anew is taken away again: else nothing would be lost."""
        done = deed()
        if done and loss.place is not Place.DOCUMENT_OLD:
            loss.at = loss.at or self.house.scheduler.clock.now()
        return done and loss.place is not Place.EFFECT_MISSING

    def _of(self, name: str, loss: Planted, *, now: bool = False, **more: Any) -> bool:
        instant = {"now": self.house.scheduler.clock.now()} if now else {}
        return self._done(name, work_key=loss.work_key, **instant, **more)

    def _done(self, name: str, **parameters: Any) -> bool:
        return bool(self.house.store.stepped.rows(SQL[name], **parameters))

    def _keep_young(self, loss: Planted) -> bool:
        statuses = ["accepted", "drafted", "confirmed"][: 1 + loss.number % 3]
        rows = self.house.store.stepped.rows(
            SQL.young_document, work_key=loss.work_key, statuses=statuses[-1:]
        )
        loss.young = rows[0] if rows else None
        return bool(rows)

    def _put_back(self, loss: Planted) -> bool:
        if loss.young is None:
            return False
        return self._of("put_document_back", loss, **loss.young._asdict())

    def _take_away(self, loss: Planted) -> bool:
        """From the shop, from a warehouse that has shipped it, or from Odoo."""
        assert loss.order is not None
        if loss.number % 2:
            for twin in self.house.warehouse_twins.values():
                for key, job in list(twin.warehouse.jobs.items()):
                    if job.order_key == loss.work_key and any(job.shipped().values()):
                        del twin.warehouse.jobs[key]
                        return True
        changes.delete(self.house.shop_twin.shop, loss.order)
        return True

    def _queue(self, delivery: Delivery[Any]) -> None:
        place = self.silenced.get(json.loads(delivery.body).get("id"))
        if place is None:
            self.house.network.send(delivery)
        elif place is Place.REFUSED_AT_DOOR:
            attached = self.house.registry.by_name(self.house.shop_name)
            refused = Refused(attached.connection, Refusal.BAD_SIGNATURE, 1)
            with self.house.store.transaction() as tx:
                count_refusals(tx, [refused], self.house.scheduler.clock.now())
