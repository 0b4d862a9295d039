"""Promise P2: intent, attempt, observed; unknown outcomes are probed; nothing goes twice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.deliver import Deliverer
from crossdock.engine.store import SerializationConflict
from crossdock.ports.erp import OrderCommand
from crossdock.ports.errors import (
    Ambiguous,
    ConnectorError,
    NotAuthorised,
    NotYet,
    RateLimited,
    Unavailable,
)
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


def once(error: Exception, operation: str = "create_sales_order"):
    """A hook that raises the first time its operation comes by."""
    left = [error]

    def hook(name: str) -> None:
        if name == operation and left:
            raise left.pop()

    return hook


def effects(house: PaperHouse) -> list[tuple[str, str, int]]:
    rows = house.rows("SELECT operation, state, attempts FROM effect ORDER BY effect_id")
    return [(r.operation, r.state, r.attempts) for r in rows]


def test_a_reply_lost_after_commit_is_adopted(house: PaperHouse, clock: ManualClock) -> None:
    house.erp.after = once(Ambiguous("the reply was lost"))
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "confirmed"
    assert len(house.erp.orders) == 1
    assert house.erp.calls.count(("create_sales_order", 1)) == 1
    assert house.erp.probes == [("create_sales_order", 1)]
    (row,) = house.rows(
        "SELECT adopted, attempts FROM effect WHERE operation = 'create_sales_order'"
    )
    assert (row.adopted, row.attempts) == (True, 2)


def test_a_request_that_never_arrived_is_sent_again_after_a_probe(house: PaperHouse) -> None:
    house.erp.before = once(Ambiguous("reset"))
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "confirmed"
    purposes = house.rows("SELECT purpose, outcome FROM attempt JOIN effect USING (effect_id) "
                          "WHERE operation = 'create_sales_order' ORDER BY number")  # fmt: skip
    assert [(p.purpose, p.outcome) for p in purposes] == [
        ("send", "unknown"), ("probe", "observed"), ("send", "observed"),
    ]  # fmt: skip


@pytest.mark.parametrize("commit_first", [True, False])
def test_a_worker_killed_in_a_call_doubles_nothing(
    house: PaperHouse, clock: ManualClock, commit_first: bool
) -> None:
    class Killed(BaseException):
        """As good as kill -9: nothing after it runs."""

    hook = once(Killed())  # type: ignore[arg-type]
    house.erp.after, house.erp.before = (
        (hook, house.erp.before) if commit_first else (house.erp.after, hook)
    )
    house.arrive(order_body(1))
    house.applier().apply_once()
    with pytest.raises(Killed):
        house.deliverer().deliver_once()
    assert effects(house) == [("create_sales_order", "sending", 1)]
    house.settle()
    assert effects(house) == [("create_sales_order", "sending", 1)], "its lease is still alive"
    clock.advance(timedelta(seconds=31))
    assert house.watchdog().look().effects == 1
    house.settle()
    assert house.status() == "confirmed"
    assert len(house.erp.orders) == 1


def test_no_effect_overtakes_an_unresolved_one_for_its_target(
    house: PaperHouse, clock: ManualClock
) -> None:
    house.erp.before = once(Unavailable("down"))
    house.arrive(order_body(1))
    house.settle()
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    clock.advance(timedelta(minutes=5))
    house.settle()
    assert house.status() == "cancelled"
    assert [name for name, _ in house.erp.calls] == [
        "create_sales_order",
        "create_sales_order",
        "cancel_sales_order",
    ]


def test_an_order_cancelled_before_its_draft_was_sent_never_reaches_the_erp(
    house: PaperHouse,
) -> None:
    house.arrive(order_body(1))
    house.applier().apply_once()
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    assert house.status() == "cancelled"
    assert house.erp.calls == []
    assert [a["status"] for a in house.shop.answers] == ["cancelled"]


def test_an_order_first_heard_of_as_cancelled_stays_out(house: PaperHouse) -> None:
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    house.arrive(order_body(1, version=1))
    house.settle()
    assert (house.status(), house.erp.calls) == ("cancelled", [])


def test_a_refused_draft_is_held_and_a_release_tries_anew(house: PaperHouse) -> None:
    house.erp.refuse = {"A-1"}
    house.arrive(order_body(1), order_body(2, sku="B-2"))
    house.settle()
    assert (house.status(1), house.status(2)) == ("blocked", "confirmed")
    (hold,) = house.rows("SELECT reason, message_id FROM hold WHERE closed_at IS NULL")
    assert "archived" in hold.reason
    house.erp.refuse = set()
    with house.store.transaction() as tx:
        tx.run(
            "UPDATE message SET state = 'waiting', released = true WHERE message_id = %(m)s",
            m=hold.message_id,
        )
    house.settle()
    assert house.status(1) == "confirmed"
    assert house.rows("SELECT 1 FROM hold WHERE closed_at IS NULL") == []


def test_a_total_that_differs_is_held_in_words_and_confirmed_by_hand_there(
    house: PaperHouse,
) -> None:
    house.erp.surcharge = Decimal("0.02")
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "mismatched"
    (hold,) = house.rows("SELECT reason, owner, message_id FROM hold")
    assert "20.02" in hold.reason
    assert "20.00" in hold.reason
    (order,) = house.erp.orders.values()
    assert order["state"] == "draft"
    order["amount_total"] = "20.00"
    with house.store.transaction() as tx:
        tx.run(
            "UPDATE message SET state = 'waiting', released = true WHERE message_id = %(m)s",
            m=hold.message_id,
        )
    house.settle()
    assert house.status() == "confirmed"


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("down"),
        RateLimited("slow down", retry_after=timedelta(seconds=3)),
        NotAuthorised("key expired", remedy="make a new key"),
        RuntimeError("a bug in the connector"),
    ],
)
def test_whatever_a_call_raises_the_effect_keeps_an_owner(
    house: PaperHouse, clock: ManualClock, error: Exception
) -> None:
    house.erp.before = once(error)
    house.arrive(order_body(1))
    house.settle()
    for _ in range(30):
        clock.advance(timedelta(seconds=10))
        house.settle()
    assert house.status() == "confirmed"
    assert len(house.erp.orders) == 1
    if isinstance(error, NotAuthorised):
        (hold,) = house.rows("SELECT code, fix FROM hold")
        assert (hold.code, hold.fix) == ("not_authorised", "make a new key")


def test_attempts_are_finite(house: PaperHouse, clock: ManualClock) -> None:
    def not_yet(name: str) -> None:
        raise NotYet("the record is locked")

    house.erp.before = not_yet
    house.arrive(order_body(1))
    house.settle()
    for _ in range(120):
        clock.advance(timedelta(minutes=16))
        with house.store.transaction() as tx:
            tx.run("UPDATE stream SET as_of = %(now)s", now=clock.now())
        house.settle()
    assert effects(house) == [("create_sales_order", "dead", 100)]
    (hold,) = house.rows("SELECT kind, value_amount FROM hold")
    assert (hold.kind, str(hold.value_amount)) == ("dead", "20.00")


def test_a_backlog_goes_in_batches_and_an_idle_order_at_once(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    house.arrive(*[order_body(n) for n in range(2, 22)])
    house.settle()
    sizes = [n for name, n in house.erp.calls if name == "create_sales_order"]
    assert sizes[0] == 1
    assert max(sizes) >= 10


def test_an_unknown_customer_is_created_once_before_its_orders(
    house: PaperHouse, clock: ManualClock
) -> None:
    house.shop.connection.settings["unknown_customer"] = "create"  # type: ignore[index]
    house.arrive(order_body(1, email="new@example.com"), order_body(2, email="new@example.com"))
    house.settle()
    assert (house.status(1), house.status(2)) == ("confirmed", "confirmed")
    assert len(house.erp.parties) == 1
    assert house.erp.calls[0] == ("create_party", 1)


def test_an_error_says_what_to_do_next() -> None:
    error: ConnectorError = Unavailable("no route", remedy="check the address")
    assert (error.reason, error.remedy) == ("no route", "check the address")


@pytest.mark.parametrize("state", ["waiting", "sending", "held", "dead"])
@pytest.mark.parametrize("end", ["done", "rejected", "withdrawn"])
def test_nothing_is_sent_for_a_target_before_what_came_before_it(
    house: PaperHouse, clock: ManualClock, state: str, end: str
) -> None:
    """Promise P3 outward: an earlier effect bars its target until it is resolved, and no other."""
    later = clock.now() + timedelta(hours=1)
    with house.store.transaction() as tx:
        for number, target in enumerate(["order 1", "order 1", "order 2"], 1):
            house.erp.orders[f"o{number}"] = {"state": "draft"}
            tx.run(
                "INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, "
                "work_key, lane, state, request, created_at, ready_at, until) "
                "VALUES (1, %(c)s, %(k)s, 'confirm_sales_order', %(t)s, 'w', 1, %(s)s, %(r)s, "
                "%(now)s, %(at)s, %(at)s)",
                c=house.erp.connection.connection_id,
                k=f"e{number}",
                t=target,
                s=state if number == 1 else "waiting",
                r=house.erp.prepare("x", OrderCommand(external_id=f"o{number}"), {}),
                now=clock.now(),
                at=later if number == 1 else clock.now(),
            )
    house.settle()
    assert house.erp.served == ["e3"]
    with house.store.transaction() as tx:
        tx.run("UPDATE effect SET state = %(s)s WHERE effect_key = 'e1'", s=end)
    house.settle()
    assert house.erp.served == ["e3", "e2"]


def test_what_a_call_brought_is_not_lost_to_a_conflict(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadlock broken by the database costs another try at the record, not a probe."""
    conflicts = [SerializationConflict("deadlock detected") for _ in range(3)]
    free = Deliverer._free

    def freed(self: Deliverer, *arguments: Any) -> None:
        if conflicts:
            raise conflicts.pop()
        free(self, *arguments)

    house.arrive(order_body(1))
    house.applier().apply_once()
    monkeypatch.setattr(Deliverer, "_free", freed)
    assert house.deliverer().deliver_once() == 1
    assert conflicts == []
    assert effects(house)[0] == ("create_sales_order", "done", 1)
    assert house.erp.probes == []
