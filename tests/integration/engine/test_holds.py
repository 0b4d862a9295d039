"""Holds are opened once, closed with what they are about, never by what answers nothing."""

from datetime import timedelta
from typing import Any

from crossdock.engine.clock import ManualClock
from crossdock.ports.errors import NotAuthorised, Rejected, Unavailable
from tests.support.invariants import ownerless
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse


def open_holds(house: PaperHouse) -> list[str]:
    return [
        r.code for r in house.rows("SELECT code FROM hold WHERE closed_at IS NULL ORDER BY hold_id")
    ]


def test_a_change_request_is_not_closed_by_the_draft_it_came_before(house: PaperHouse) -> None:
    """The channel changes the order while its draft is written: somebody still has to amend it."""
    house.arrive(order_body(1))
    house.applier().apply_once()
    house.arrive(order_body(1, version=2, quantity="5"))
    house.settle()
    assert house.status() == "confirmed"
    assert house.message_states() == ["done", "held"]
    assert open_holds(house) == ["changed_after_acceptance"]
    assert ownerless(house) == []


def test_an_answered_question_ends_its_message(house: PaperHouse, clock: ManualClock) -> None:
    """A refused draft, then the channel cancels: nobody is left with the refusal."""
    house.erp.refuse = {"A-1"}
    house.arrive(order_body(1))
    house.settle()
    assert house.status() == "blocked"
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    assert house.status() == "cancelled"
    assert open_holds(house) == []
    assert house.rows("SELECT 1 FROM message WHERE state = 'held'") == []
    assert ownerless(house) == []


def test_an_effects_hold_is_the_effects(house: PaperHouse, clock: ManualClock) -> None:
    """The draft could not be sent and is dead; cancelling the order does not hide that."""
    house.erp.before = _always(Unavailable("down"))
    house.arrive(order_body(1))
    house.settle()
    with house.store.transaction() as tx:
        tx.run("UPDATE effect SET strikes = 99")
    clock.advance(timedelta(minutes=20))
    house.settle()
    assert open_holds(house) == ["unavailable"]
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    assert house.status() == "cancelling"
    assert open_holds(house) == ["unavailable"]
    assert ownerless(house) == []


def test_a_hold_on_a_connection_is_one_and_closes_when_it_answers_again(
    house: PaperHouse, clock: ManualClock
) -> None:
    house.erp.before = _always(NotAuthorised("key expired"))
    house.arrive(*[order_body(n) for n in range(1, 40)])
    house.settle()
    assert open_holds(house) == ["not_authorised"]
    house.erp.before = lambda operation: None
    clock.advance(timedelta(seconds=61))
    house.settle()
    assert house.status(39) == "confirmed"
    assert open_holds(house) == []


def test_a_stale_version_in_hold_is_ended_by_the_one_that_replaces_it(house: PaperHouse) -> None:
    house.arrive(order_body(1, version=1, sku="ZZ"))
    house.settle()
    house.arrive(order_body(1, version=2, sku="YY"))
    house.settle()
    assert house.message_states() == ["stale", "held"]
    assert len(open_holds(house)) == 1


def test_a_waiting_version_is_never_superseded_unread(house: PaperHouse) -> None:
    """Two bodies of one version: the second is compared, not thrown away (promise P3)."""
    house.shop.orders[1] = order_body(1, version=3, quantity="2", note="the source's own")
    house.arrive(order_body(1, version=3, quantity="2"))
    house.arrive(order_body(1, version=3, quantity="4"))
    applier = house.applier()
    applier.batch = 1
    while applier.apply_once():
        pass
    codes = [r.end_code for r in house.rows("SELECT end_code FROM message ORDER BY message_id")]
    assert codes == ["accepted", "read_again"]


def test_a_refused_answer_is_sent_again_when_it_is_released(house: PaperHouse) -> None:
    """C17: the channel gets its one answer in the end."""
    refusing = [Rejected("the order is locked", remedy="unlock it")]
    connection = house.registry.attached[house.shop.connection.connection_id]
    house.registry.attached[house.shop.connection.connection_id] = type(connection)(
        connection.connection,
        _Picky(house.shop, refusing),
    )
    house.arrive(order_body(1))
    house.settle()
    (hold,) = house.rows("SELECT message_id, reason FROM hold WHERE closed_at IS NULL")
    assert "locked" in hold.reason
    with house.store.transaction() as tx:
        tx.run(
            "UPDATE message SET state = 'waiting', released = true WHERE message_id = %(m)s",
            m=hold.message_id,
        )
    house.settle()
    assert [a["status"] for a in house.shop.answers] == ["accepted"]
    assert open_holds(house) == []


class _Picky:
    """A shop that refuses answers as long as it has reasons to."""

    def __init__(self, shop: Any, refusing: list[Rejected]) -> None:
        self._shop, self._refusing = shop, refusing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shop, name)

    def deliver(self, batch: Any) -> Any:
        if self._refusing:
            raise self._refusing.pop()
        return self._shop.deliver(batch)

    def probe(self, batch: Any) -> Any:
        return self._shop.probe(batch)


def _always(error: Exception) -> Any:
    def hook(operation: str) -> None:
        raise error

    return hook
