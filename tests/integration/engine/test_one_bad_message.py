"""One bad message stops no other (T14, T24), and becomes a person's with a reason it can act on."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from crossdock.domain.model import CanonicalModel
from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.clock import ManualClock
from crossdock.engine.use_case import Decision, End, UseCase
from tests.support.paper_connectors import PaperErp, PaperShop, order_body
from tests.support.paper_house import PaperHouse

LEASE = timedelta(seconds=31)


def _poisons(original: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """The function, but it raises for what contains the word poison."""

    def poisoned(self: object, first: object, second: Any, *rest: Any) -> Any:
        if "poison" in str(second):
            raise error
        return original(self, first, second, *rest)

    return poisoned


@pytest.mark.parametrize(
    "error",
    [KeyError("lines"), RecursionError("deep"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")],
)
@pytest.mark.parametrize("place", [(PaperShop, "translate"), (PaperErp, "prepare")])
def test_a_fault_in_a_connectors_code_is_that_messages_alone(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch, place: tuple[type, str], error: Exception
) -> None:
    owner, name = place
    monkeypatch.setattr(owner, name, _poisons(getattr(owner, name), error))
    house.arrive(*[order_body(n, note="poison" if n == 2 else "") for n in (1, 2, 3)])
    house.settle()
    assert house.message_states() == ["done", "dead", "done"]
    (hold,) = house.rows("SELECT kind, reason, owner FROM hold WHERE closed_at IS NULL")
    assert (hold.kind, hold.owner) == ("dead", "integration")
    assert type(error).__name__ in hold.reason


@pytest.mark.parametrize("stored", [False, True])
def test_what_is_dead_says_what_it_is_worth_and_where_to_look(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    """By the order as it stands here, or as it was translated before the fault."""
    if stored:
        house.arrive(order_body(1))
        house.settle()
    owner, name = (PaperShop, "translate") if stored else (PaperErp, "prepare")
    monkeypatch.setattr(owner, name, _poisons(getattr(owner, name), KeyError("lines")))
    house.arrive(order_body(1, version=2, note="poison"))
    house.settle()
    (hold,) = house.rows("SELECT * FROM hold WHERE kind = 'dead'")
    assert (str(hold.value_amount), hold.value_currency) == ("20.00", "EUR")
    assert f"`crossdock messages show {hold.message_id}`" in hold.fix
    assert f"`crossdock replay {hold.message_id} --dry-run`" in hold.fix


def test_what_the_canonical_model_refuses_names_its_field(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C24: a mapping that lets a bad value through ends as unreadable, with the field's name."""
    translate = PaperShop.translate

    def careless(self: PaperShop, kind: str, arrival: Any) -> CanonicalModel:
        order = translate(self, kind, arrival)
        return SalesOrder.model_validate({**order.model_dump(), "currency": "euros"})

    monkeypatch.setattr(PaperShop, "translate", careless)
    house.arrive(order_body(1))
    house.settle()
    (hold,) = house.rows("SELECT code, field, fix FROM hold")
    assert (hold.code, hold.field) == ("unreadable", "currency")
    assert hold.fix


def test_a_use_case_that_cannot_say_what_it_needs_is_dead_alone(house: PaperHouse) -> None:
    def needs(order: SalesOrder, *_: object) -> list[Any]:
        if order.note:
            raise KeyError("erp")
        return []

    house.registry.routes[SalesOrder] = UseCase("SalesOrder", needs, lambda *_: Decision(code="ok"))
    house.arrive(order_body(1), order_body(2, note="x"))
    house.settle()
    assert house.message_states() == ["done", "dead"]


def test_nothing_is_held_without_a_reason(house: PaperHouse) -> None:
    decide = lambda *_: Decision(end=End.HELD, code="because")  # noqa: E731
    house.registry.routes[SalesOrder] = UseCase("SalesOrder", lambda *_: [], decide)
    house.arrive(order_body(1))
    house.settle()
    assert house.message_states() == ["dead"]
    assert house.rows("SELECT 1 FROM hold WHERE closed_at IS NULL")


def test_waiting_without_a_time_is_no_busy_loop(house: PaperHouse, clock: ManualClock) -> None:
    decide = lambda *_: Decision(end=End.WAIT, code="later")  # noqa: E731
    house.registry.routes[SalesOrder] = UseCase("SalesOrder", lambda *_: [], decide)
    house.arrive(order_body(1))
    assert house.applier().apply_once() == 1
    assert house.applier().apply_once() == 0


def test_waiting_long_is_no_crash(house: PaperHouse, clock: ManualClock) -> None:
    """A projection stays old for ten minutes: the order does not die of being looked at."""
    clock.advance(timedelta(hours=2))
    house.arrive(order_body(1))
    for _ in range(100):
        clock.advance(timedelta(seconds=6))
        house.settle()
    assert house.message_states() == ["waiting"]
    with house.store.transaction() as tx:
        tx.run("UPDATE stream SET as_of = %(now)s", now=clock.now())
    clock.advance(timedelta(seconds=6))
    house.settle()
    assert house.status() == "confirmed"


def test_a_persons_release_outlives_a_wait(house: PaperHouse, clock: ManualClock) -> None:
    seen: list[bool] = []

    def decide(
        _order: object, _state: object, _granted: Mapping[Any, Any], context: Any
    ) -> Decision:
        seen.append(context.released)
        return Decision(end=End.WAIT, code="later") if len(seen) == 1 else Decision(code="ok")

    house.registry.routes[SalesOrder] = UseCase("SalesOrder", lambda *_: [], decide)
    house.arrive(order_body(1))
    with house.store.transaction() as tx:
        tx.run("UPDATE message SET released = true")
    house.settle()
    clock.advance(timedelta(seconds=2))
    house.settle()
    assert seen == [True, True]


def test_a_message_of_a_connection_this_worker_does_not_know_waits_for_one_that_does(
    house: PaperHouse,
) -> None:
    """A connection added while the worker ran: neither a crash nor a lease nor a lost message."""
    house.arrive(order_body(1))
    shop = house.registry.attached.pop(house.shop.connection.connection_id)
    assert house.applier().apply_once() == 0
    assert house.message_states() == ["waiting"]
    assert house.rows("SELECT 1 FROM lease") == []
    house.registry.attached[shop.connection.connection_id] = shop
    house.settle()
    assert house.status() == "confirmed"


def test_what_kills_its_workers_takes_no_other_message_along(
    house: PaperHouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty messages, one of which kills the process that reads it (kill -9, out of memory)."""

    class Killed(BaseException):
        """Nothing after it runs."""

    translate = PaperShop.translate

    def deadly(self: PaperShop, kind: str, arrival: Any) -> CanonicalModel:
        if b"deadly" in arrival.body:
            raise Killed
        return translate(self, kind, arrival)

    monkeypatch.setattr(PaperShop, "translate", deadly)
    house.arrive(*[order_body(n, note="deadly" if n == 7 else "") for n in range(1, 21)])
    deaths = 0
    for _ in range(200):
        try:
            if not house.applier().apply_once():
                break
        except Killed:
            deaths += 1
            clock.advance(LEASE)
            house.watchdog().look()
    states = house.message_states()
    assert deaths == 5
    assert (states.count("done"), states.count("dead"), states[6]) == (19, 1, "dead")


def test_a_delivery_that_is_gone_is_said_so(house: PaperHouse, store: Any) -> None:
    house.arrive(order_body(1))
    with store.transaction() as tx:
        tx.run("UPDATE message SET delivery_id = delivery_id + 1000")
    house.settle()
    (hold,) = house.rows("SELECT code, reason FROM hold")
    assert (hold.code, "not kept" in hold.reason) == ("unreadable", True)


def test_a_dead_message_can_be_replayed(house: PaperHouse, clock: ManualClock) -> None:
    """The count of attempts begins anew: it is not dead again before anybody tried."""
    house.arrive(order_body(1))
    for _ in range(5):
        house.applier("dying")._claim()
        clock.advance(LEASE)
        house.watchdog().look()
    house.settle()
    assert house.message_states() == ["dead"]
    with house.store.transaction() as tx:
        tx.run("UPDATE message SET state = 'waiting', released = true")
    house.settle()
    assert house.status() == "confirmed"
    assert house.rows("SELECT 1 FROM hold WHERE closed_at IS NULL") == []


def test_a_name_the_database_refuses_stops_no_batch(house: PaperHouse) -> None:
    house.arrive(order_body(1), {**order_body(2), "id": "a\0b"}, {**order_body(3), "id": "\ud800"})
    house.settle()
    assert house.message_states() == ["done", "held", "held"]
    assert {h.code for h in house.rows("SELECT code FROM hold")} == {"unreadable"}


def test_a_fault_in_identify_loses_no_arrival(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: PaperShop, arrival: Any) -> Any:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(PaperShop, "identify", broken)
    house.arrive(order_body(1))
    assert house.message_states() == ["held"]
