"""Promises P3 and P4 of the apply stage: order per key, identity, leases and fences."""

import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest

from crossdock.engine.apply import Applier
from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store, Transaction
from crossdock.engine.work import Claimed, Work
from crossdock.ports.message import Source
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


def test_an_order_is_taken_confirmed_and_answered_once(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "confirmed"
    assert [o["state"] for o in house.erp.orders.values()] == ["sale"]
    assert [a["status"] for a in house.shop.answers] == ["accepted"]
    assert house.shop.answers[0]["seller_order_name"] == "S00001"


def test_a_second_arrival_is_logged_and_points_at_the_first(house: PaperHouse) -> None:
    for _ in range(3):
        house.arrive(order_body(1))
    rows = house.rows("SELECT duplicate, message_key FROM delivery ORDER BY delivery_id")
    assert [r.duplicate for r in rows] == [False, True, True]
    assert len({r.message_key for r in rows}) == 1
    assert house.message_states() == ["waiting"]


@pytest.mark.parametrize("arrival", list(itertools.permutations([1, 2, 3])))
def test_versions_in_any_order_end_the_same(house: PaperHouse, arrival: tuple[int, ...]) -> None:
    """The newest wins; the others are kept as stale or were in force before it."""
    for version in arrival:
        house.arrive(order_body(1, version=version, note=f"v{version}"))
        house.settle()
    (row,) = house.rows("SELECT source_version, data->'order'->>'note' AS note FROM document")
    assert (row.source_version, row.note) == ("00000003", "v3")
    assert len(house.erp.orders) == 1
    stale = house.rows("SELECT end_detail FROM message WHERE state = 'stale'")
    newest_before = [max(arrival[:i], default=0) for i in range(3)]
    assert len(stale) == sum(v < seen for v, seen in zip(arrival, newest_before, strict=True))
    assert all("stale, version" in r.end_detail for r in stale)


def test_only_the_newest_of_waiting_versions_reaches_the_erp(house: PaperHouse) -> None:
    house.arrive(order_body(1, version=2, quantity="5"))
    house.arrive(order_body(1, version=1, quantity="2"))
    house.settle()
    assert house.message_states() == ["done", "stale"]
    (order,) = house.erp.orders.values()
    assert order["amount_total"] == "50.00"


def test_same_version_with_other_content_is_read_again(house: PaperHouse) -> None:
    """T5's cousin in the samples: two bodies with one id and version and different totals."""
    house.shop.orders[1] = order_body(1, version=3, quantity="2")
    house.arrive(order_body(1, version=3, quantity="9", sku="ZZ"))
    house.settle()
    assert house.status() == "held"
    house.arrive(order_body(1, version=3, quantity="2", note="another body"))
    house.settle()
    assert house.status() == "confirmed"
    (order,) = house.erp.orders.values()
    assert order["amount_total"] == "20.00"


def test_webhook_and_sweep_of_one_state_are_one_message(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    house.arrive({**order_body(1), "extra": "a field only the sweep shows"}, source=Source.SWEEP)
    house.settle()
    first, second = house.rows(
        "SELECT message_id, state, duplicate_of FROM message "
        "WHERE source <> 'outcome' ORDER BY message_id"
    )
    assert (second.state, second.duplicate_of) == ("duplicate", first.message_id)
    assert house.erp.calls == [("create_sales_order", 1), ("confirm_sales_order", 1)]


def test_an_unknown_sku_is_held_with_candidates_and_value(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="A-11"))
    house.settle()
    (hold,) = house.rows("SELECT code, need, fix, candidates, value_amount, owner FROM hold")
    assert (hold.code, hold.need, hold.owner) == ("unknown_sku", "sku:shop:A-11", "order_desk")
    assert str(hold.value_amount) == "20.00"
    assert hold.candidates[0]["key"] == "sku:A-1"
    assert "crossdock map sku shop A-11" in hold.fix


def test_a_newer_version_takes_the_place_of_a_held_one(house: PaperHouse) -> None:
    house.arrive(order_body(1, version=1, sku="ZZ"))
    house.settle()
    house.arrive(order_body(1, version=2, sku="A-1"))
    house.settle()
    assert house.status() == "confirmed"
    assert house.message_states() == ["stale", "done"]
    assert house.rows("SELECT 1 FROM hold WHERE closed_at IS NULL") == []


def test_the_same_purchase_order_twice_is_one_order(house: PaperHouse, clock: ManualClock) -> None:
    house.arrive(order_body(1, po="PO-7"), order_body(2, po="PO-7"))
    house.settle()
    clock.advance(timedelta(seconds=2))
    house.settle()
    assert len(house.erp.orders) == 1
    first, second = house.rows(
        "SELECT message_id, state, duplicate_of FROM message "
        "WHERE source <> 'outcome' ORDER BY state = 'duplicate'"
    )
    assert (first.state, second.state) == ("done", "duplicate")
    assert second.duplicate_of == first.message_id


def test_one_number_with_other_content_is_a_persons(house: PaperHouse) -> None:
    house.arrive(order_body(1, po="PO-7"))
    house.settle()
    house.arrive(order_body(2, po="PO-7", quantity="3"))
    house.settle()
    assert len(house.erp.orders) == 1
    (hold,) = house.rows("SELECT code, reason FROM hold WHERE closed_at IS NULL")
    assert hold.code == "same_number_other_content"
    assert "PO-7" in hold.reason


def test_a_decision_waits_for_a_projection_that_is_too_old(
    house: PaperHouse, clock: ManualClock
) -> None:
    clock.advance(timedelta(hours=2))
    house.arrive(order_body(1))
    house.settle()
    assert house.message_states() == ["waiting"]
    with house.store.transaction() as tx:
        tx.run("UPDATE stream SET as_of = %(now)s", now=clock.now())
    clock.advance(timedelta(seconds=6))
    house.settle()
    assert house.status() == "confirmed"


def test_a_projection_that_stays_old_becomes_a_persons(
    house: PaperHouse, clock: ManualClock
) -> None:
    clock.advance(timedelta(hours=2))
    house.arrive(order_body(1))
    house.settle()
    clock.advance(timedelta(minutes=16))
    house.settle()
    (hold,) = house.rows("SELECT code, owner FROM hold")
    assert (hold.code, hold.owner) == ("projection_too_old", "integration")


def test_a_worker_that_lost_its_lease_writes_nothing(
    house: PaperHouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow worker wakes after its key went to another: the fence keeps it out."""
    house.arrive(order_body(1))
    slow, quick = house.applier("slow", lease=timedelta(seconds=10)), house.applier("quick")
    read = Applier._read

    def dawdle(self: Applier, claimed: Sequence[Claimed]) -> list[Work]:
        if self is slow:
            clock.advance(timedelta(seconds=11))
            assert house.watchdog().look().messages == 1
            assert quick.apply_once() == 1
        return read(self, claimed)

    monkeypatch.setattr(Applier, "_read", dawdle)
    assert slow.apply_once() == 1
    assert [r.type for r in house.rows("SELECT type FROM event")] == ["sales_order.accepted"]
    assert house.rows("SELECT count(*) AS n FROM effect")[0].n == 1


def test_a_dead_workers_keys_are_given_back(house: PaperHouse, clock: ManualClock) -> None:
    house.arrive(order_body(1))
    house.applier("dying")._claim()
    assert house.message_states() == ["working"]
    house.settle()
    assert house.message_states() == ["working"], "a live lease keeps others away"
    clock.advance(timedelta(seconds=31))
    rearmed = house.watchdog().look()
    assert (rearmed.leases, rearmed.messages) == (1, 1)
    house.settle()
    assert house.status() == "confirmed"


def test_a_message_that_kills_its_workers_is_dead_after_a_few(
    house: PaperHouse, clock: ManualClock
) -> None:
    house.arrive(order_body(1))
    for _ in range(5):
        house.applier("dying")._claim()
        clock.advance(timedelta(seconds=31))
        house.watchdog().look()
    house.settle()
    assert house.message_states() == ["dead"]
    (hold,) = house.rows("SELECT kind, reason FROM hold")
    assert hold.kind == "dead"
    assert "never finished" in hold.reason


def test_one_bad_message_stops_no_other(house: PaperHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: number 3 of a batch cannot be written; the others are, and it is kept with a reason."""
    house.arrive(*[order_body(n, note="poison" if n == 3 else "") for n in range(1, 6)])
    run = Transaction.run

    def poisoned(self: Transaction, statement: str, /, **parameters: object) -> int:
        if "INTO document" in statement and any(b"poison" in d for d in parameters["datas"]):  # type: ignore[attr-defined]
            return run(self, "SELECT 1 / 0")
        return run(self, statement, **parameters)

    monkeypatch.setattr(Transaction, "run", poisoned)
    house.settle()
    assert house.message_states() == ["done", "done", "waiting", "done", "done"]


def test_events_cannot_be_rewritten(house: PaperHouse, store: Store) -> None:
    house.arrive(order_body(1))
    house.settle()
    for statement in (
        "UPDATE event SET type = 'x'",
        "DELETE FROM event",
        "UPDATE delivery SET topic = 'x'",
    ):
        with pytest.raises(Exception, match="permission denied"), store.transaction() as tx:
            tx.run(statement)
