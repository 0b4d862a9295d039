"""A simulated trading day: what customers do, what befalls the machines, and when."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from crossdock.connectors.shopify.twin import changes
from crossdock.connectors.shopify.twin.order_state import OrderState
from crossdock.connectors.shopify.twin.webhooks import SHOP_DOMAIN
from crossdock.rehearsal.sim.faults import Kind
from crossdock.rehearsal.sim.house import WAREHOUSES, SimHouse
from crossdock.rehearsal.sim.wire import Weather

Move = Callable[[SimHouse, OrderState], None]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """How much happens, and for how long."""

    orders: int = 5
    seconds: float = 600.0
    """Customers act for so long; faults strike until what they began has come to rest."""
    changes: float = 0.5
    """Of the orders: changed, annotated or cancelled afterwards."""
    restarts: int = 1
    """Of the database."""
    storms: int = 2
    expired_tokens: int = 1
    clock_jumps: int = 2
    outages: int = 1
    """Of a warehouse, for a quarter of an hour."""


def _cancel(house: SimHouse, order: OrderState) -> None:
    now = house.scheduler.clock.now()
    with suppress(changes.NoSuchChange):
        changes.cancel(house.shop_twin.shop, order, now, "customer", restock=True)


def _note(house: SimHouse, order: OrderState) -> None:
    now = house.scheduler.clock.now()
    changes.write_note(house.shop_twin.shop, order, now, "please ring the bell")


def _raise(house: SimHouse, order: OrderState) -> None:
    with suppress(changes.NoSuchChange):
        changes.raise_quantity(house.shop_twin.shop, order, house.scheduler.clock.now())


MOVES: tuple[Move, ...] = (_cancel, _cancel, _note, _raise)
"""What customers do with an order they placed."""


def plan(house: SimHouse, day: DayPlan) -> None:
    """Put the whole day into the scheduler."""
    for number in range(day.orders):
        _at(house, f"order {number}", day.seconds * 0.7, partial(_place, house, day, number))
    for number in range(day.restarts):
        _fault(house, Kind.DATABASE_RESTARTED, number, day, partial(_restart_database, house))
    for number in range(day.storms):
        _fault(house, Kind.STORM, number, day, partial(_storm, house, number))
    for number in range(day.expired_tokens):
        _fault(house, Kind.TOKEN_EXPIRED, number, day, partial(_expire, house))
    for number in range(day.clock_jumps):
        _fault(house, Kind.CLOCK_JUMPED, number, day, partial(_jump, house, number))
    for number in range(day.outages):
        _at(house, f"outage {number}", day.seconds, partial(_outage, house, number))


def _at(house: SimHouse, what: str, within: float, happening: Callable[[], None]) -> None:
    house.scheduler.at(within * house.faults.choose(what), happening)


def _fault(
    house: SimHouse, kind: Kind, number: int, day: DayPlan, happening: Callable[[], None]
) -> None:
    def strike() -> None:
        if house.faults.on and house.faults.record(kind, f"{kind} {number}"):
            happening()

    _at(house, f"{kind} {number}", day.seconds, strike)


def _place(house: SimHouse, day: DayPlan, number: int) -> None:
    (order,) = house.shop_twin.shop.place(1, house.scheduler.clock.now())
    if house.faults.choose(f"change {number}") < day.changes:
        move = MOVES[int(house.faults.choose(f"move {number}") * len(MOVES))]
        _at(house, f"moment {number}", 300.0, partial(move, house, order))


def _restart_database(house: SimHouse) -> None:
    house.store.stepped.end_all()


def _storm(house: SimHouse, number: int) -> None:
    hosts = sorted(house.twins)
    host = hosts[int(house.faults.choose(f"storm host {number}") * len(hosts))]
    until = house.scheduler.clock.now() + timedelta(seconds=120)
    house.wire.weather.setdefault(host, Weather()).storm_until = until


def _expire(house: SimHouse) -> None:
    host = SHOP_DOMAIN if house.faults.choose("expired") < 0.5 else "odoo.sim"
    until = house.scheduler.clock.now() + timedelta(seconds=60)
    house.wire.weather.setdefault(host, Weather()).token_expired_until = until


def _jump(house: SimHouse, number: int) -> None:
    seconds = 90 if house.faults.choose(f"jump {number}") < 0.5 else -20
    house.scheduler.jump(seconds)


def _outage(house: SimHouse, number: int) -> None:
    name = WAREHOUSES[int(house.faults.choose(f"down {number}") * len(WAREHOUSES))]
    until = house.scheduler.clock.now() + timedelta(minutes=15)
    house.warehouse_twins[name].down_until = until
