"""What came unreadable is identified anew from its kept bytes once the connector is mended."""

from datetime import timedelta
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.ops.replay import preview_replay
from crossdock.ops.replay_window import Window, replay_window
from crossdock.ops.word import Resolution, Word
from crossdock.ports.errors import Unreadable
from crossdock.ports.message import Arrival
from tests.support.invariants import check_at_rest
from tests.support.paper_connectors import PaperShop, order_body
from tests.support.paper_house import PaperHouse

MESSAGES = (
    "SELECT message_id, kind, state, work_key, version, end_code, duplicate_of FROM message "
    "WHERE source <> 'outcome' ORDER BY message_id"
)


def broken(_shop: PaperShop, _arrival: Arrival) -> Any:
    raise Unreadable("id", "is missing", "have the connector mended, then replay")


@pytest.fixture
def unreadable(house: PaperHouse, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An order that came twice while the connector could not name it; `undo` mends it."""
    monkeypatch.setattr(PaperShop, "identify", broken)
    house.arrive(order_body(1))
    house.arrive(order_body(1))
    house.settle()
    assert house.held() == ["unreadable"]
    return monkeypatch


def test_a_release_takes_it_for_what_it_is(
    house: PaperHouse, unreadable: pytest.MonkeyPatch
) -> None:
    unreadable.undo()
    house.release()
    house.settle()
    held, message = house.rows(MESSAGES)
    assert (held.state, held.end_code, held.duplicate_of) == (
        "duplicate", "identified", message.message_id,
    )  # fmt: skip
    assert (message.kind, message.work_key) == ("paper.order", "shop:order:1")
    assert (message.state, message.version, message.end_code) == ("done", "00000001", "accepted")
    assert (house.held(), house.status()) == ([], "confirmed")
    check_at_rest(house)
    house.arrive(order_body(1))
    house.settle()
    assert len(house.rows(MESSAGES)) == 2


@pytest.mark.usefixtures("unreadable")
def test_what_is_still_unreadable_is_held_as_before(house: PaperHouse) -> None:
    before = house.rows(MESSAGES)
    house.release()
    house.settle()
    assert house.rows(MESSAGES) == [before[0]._replace(end_code="unreadable")]
    (hold,) = house.rows("SELECT code, field, reason, fix FROM hold WHERE closed_at IS NULL")
    assert (hold.code, hold.field, hold.reason) == ("unreadable", "id", "is missing")
    check_at_rest(house)


def test_one_that_came_again_meanwhile_is_its_duplicate(
    house: PaperHouse, unreadable: pytest.MonkeyPatch
) -> None:
    unreadable.undo()
    house.arrive(order_body(1))
    house.settle()
    house.release()
    house.settle()
    held, again = house.rows(MESSAGES)
    assert (held.state, held.duplicate_of, again.state) == ("duplicate", again.message_id, "done")
    assert house.held() == []
    check_at_rest(house)


def test_a_dry_run_decides_it_as_what_it_is(
    house: PaperHouse, unreadable: pytest.MonkeyPatch
) -> None:
    (message,) = house.rows(MESSAGES)
    assert preview(house, message.message_id) == (message.work_key, "held", [])
    unreadable.undo()
    new = ["create_sales_order"]
    assert preview(house, message.message_id) == ("shop:order:1", "done", new)
    assert house.rows(MESSAGES) == [message]


def preview(house: PaperHouse, message_id: int) -> tuple[str, str, list[str]]:
    found = preview_replay(house.store, house.registry, house.clock, message_id)
    return found.work_key, found.message_after, [e.operation for e in found.effects]


@pytest.mark.usefixtures("unreadable")
def test_a_window_makes_nothing_dead_of_it(house: PaperHouse, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=1))
    now = clock.now()
    assert replay_window(house.store, Window(now, state="held"), Word("anna", now)) == 1
    house.settle()
    assert [row.state for row in house.rows(MESSAGES)] == ["held"]
    assert house.held() == ["unreadable"]


EVENT = {
    "event_id": "E1", "kind": "picked", "fulfilment_id": "F1", "order_key": "hall:stock:A",
    "occurred_at": "2026-03-02T09:00:00+00:00",
}  # fmt: skip


def test_an_event_that_names_another_document_is_held_with_one_line(house: PaperHouse) -> None:
    house.rows(
        "INSERT INTO document (company_id, work_key, document_type, connection_id, status, data, "
        "created_at, updated_at) VALUES (1, 'hall:stock:A', 'StockPosition', "
        "%(wms)s, 'known', '{}', %(now)s, %(now)s) RETURNING 1",
        wms=house.wms.connection.connection_id, now=house.clock.now(),
    )  # fmt: skip
    house.report(EVENT)
    house.settle()
    (hold,) = house.rows("SELECT kind, code, reason, owner FROM hold")
    assert (hold.kind, hold.code, hold.owner) == ("held", "other_document", "warehouse")
    assert hold.reason == "it is about a SalesOrder, but hall:stock:A is a StockPosition"
    house.release(as_=Resolution.DONE)
    check_at_rest(house)


def test_a_fault_is_told_in_one_bounded_line(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(*_: object) -> None:
        raise KeyError("line one\nline two " + "x" * 5000)

    monkeypatch.setattr(PaperShop, "translate", careless)
    house.arrive(order_body(1))
    house.settle()
    (hold,) = house.rows("SELECT reason FROM hold")
    assert "\n" not in hold.reason
    assert len(hold.reason) < 400
