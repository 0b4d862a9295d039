"""Cancellation against every state of an order, and moves the state machine refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.use_case import Decision, UseCase
from crossdock.ports.effect import EffectToSend, Failed, Observed
from crossdock.ports.errors import Rejected
from crossdock.processes.order_to_cash.capture_sales_order import CAPTURE_SALES_ORDER
from crossdock.processes.order_to_cash.order_status import OrderStatus, Trigger, move
from tests.support.invariants import check_at_rest, ownerless
from tests.support.paper_connectors import PaperErp, order_body
from tests.support.paper_house import PaperHouse


def cancel(house: PaperHouse) -> None:
    house.arrive(order_body(1, version=9, cancelled=True))


def refuse(monkeypatch: pytest.MonkeyPatch, operation: str) -> Callable[[], None]:
    """The ERP refuses one operation until the returned function is called."""
    perform = PaperErp._one
    refusing = [True]

    def picky(self: PaperErp, name: str, effect: EffectToSend) -> Observed | Failed:
        if refusing and name == operation:
            return Failed(effect.effect_key, Rejected(f"{name} is not possible", remedy="mend it"))
        return perform(self, name, effect)

    monkeypatch.setattr(PaperErp, "_one", picky)
    return refusing.clear


def release(house: PaperHouse) -> None:
    with house.store.transaction() as tx:
        tx.run(
            "UPDATE message SET state = 'waiting', released = true WHERE state IN ('held', 'dead')"
        )


def answers(house: PaperHouse) -> list[str]:
    return [a["status"] for a in house.shop.answers]


def steps(house: PaperHouse) -> list[Callable[[], Any]]:
    """One order from its arrival to its answer, a step at a time."""
    apply = lambda: house.applier().apply_once()  # noqa: E731
    deliver = lambda: house.deliverer("erp").deliver_once()  # noqa: E731
    return [apply, deliver, apply, deliver, apply]


@pytest.mark.parametrize("after", range(6))
def test_a_cancellation_at_any_step_leaves_one_end(house: PaperHouse, after: int) -> None:
    """Before the confirmation left: cancelled everywhere. After it: a person decides."""
    house.arrive(order_body(1))
    for step in steps(house)[:after]:
        step()
    cancel(house)
    house.settle()
    states = [o["state"] for o in house.erp.orders.values()]
    if after < 4:
        assert (house.status(), answers(house)) == ("cancelled", ["cancelled"])
        assert states in ([], ["cancel"])
    else:
        assert (house.status(), answers(house), states) == ("confirmed", ["accepted"], ["sale"])
        assert [h.code for h in house.rows("SELECT code FROM hold WHERE closed_at IS NULL")] == [
            "cancelled_after_confirmation"
        ]
    check_at_rest(house)


def test_a_draft_refused_while_the_order_is_being_cancelled_ends_it(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "create_sales_order")
    house.arrive(order_body(1))
    house.applier().apply_once()
    deliverer = house.deliverer()
    batch = deliverer._take()
    assert batch is not None
    cancel(house)
    house.applier().apply_once()
    assert house.status() == "cancelling"
    deliverer._observe(batch, deliverer._probe_or_send(batch), 0.1)
    house.settle()
    assert (house.status(), answers(house)) == ("cancelled", ["cancelled"])
    check_at_rest(house)


def test_a_confirmation_refused_while_cancelling_leaves_a_draft_to_cancel(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "confirm_sales_order")
    house.arrive(order_body(1))
    for step in steps(house)[:3]:
        step()
    deliverer = house.deliverer()
    batch = deliverer._take()
    assert batch is not None
    cancel(house)
    house.applier().apply_once()
    deliverer._observe(batch, deliverer._probe_or_send(batch), 0.1)
    house.settle()
    assert (house.status(), answers(house)) == ("cancelled", ["cancelled"])
    assert [o["state"] for o in house.erp.orders.values()] == ["cancel"]
    check_at_rest(house)


def test_a_refused_cancellation_is_tried_again_when_released(
    house: PaperHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend = refuse(monkeypatch, "cancel_sales_order")
    house.arrive(order_body(1))
    for step in steps(house)[:3]:
        step()
    cancel(house)
    house.settle()
    assert (house.status(), answers(house)) == ("cancelling", [])
    assert ownerless(house) == []
    mend()
    release(house)
    house.settle()
    assert (house.status(), answers(house)) == ("cancelled", ["cancelled"])
    check_at_rest(house)


def test_a_confirmation_seen_after_the_end_is_a_persons_and_moves_nothing(
    house: PaperHouse,
) -> None:
    """Our books say cancelled while the confirmation is on the way; then the ERP says sale."""
    house.arrive(order_body(1))
    for step in steps(house)[:3]:
        step()
    with house.store.transaction() as tx:
        tx.run(
            "UPDATE document SET status = 'cancelled', "
            "data = jsonb_set(data, '{status}', '\"cancelled\"')"
        )
    house.settle()
    assert house.status() == "cancelled"
    (hold,) = house.rows("SELECT code, reason FROM hold WHERE closed_at IS NULL")
    assert hold.code == "confirmed_after_end"
    assert "S00001" in hold.reason


def test_a_refused_move_changes_nothing_and_is_seen(house: PaperHouse) -> None:
    """C23: the order stays what it is, the refusal is an event and a person's question."""
    house.arrive(order_body(1))
    house.settle()
    (before,) = house.rows("SELECT status, data::text AS data, source_version FROM document")

    def decide(*_: object) -> Decision:
        move(OrderStatus.CONFIRMED, Trigger.ACCEPT, OrderStatus.ACCEPTED)
        raise AssertionError("not reached")

    house.registry.routes[SalesOrder] = UseCase("SalesOrder", lambda *_: [], decide)
    house.arrive(order_body(1, version=2))
    house.settle()
    (after,) = house.rows("SELECT status, data::text AS data, source_version FROM document")
    assert after == before
    assert house.message_states() == ["done", "held"]
    (hold,) = house.rows("SELECT kind, code, reason, fix FROM hold WHERE closed_at IS NULL")
    assert (hold.kind, hold.code) == ("held", "not_allowed")
    assert hold.reason == "an order that is confirmed cannot become accepted by accept"
    assert hold.fix
    assert house.rows("SELECT 1 FROM event WHERE type = 'transition.refused'")
    house.registry.routes[SalesOrder] = CAPTURE_SALES_ORDER
    release(house)
    house.settle()
    assert house.message_states() == ["done", "done"]
    assert ownerless(house) == []
