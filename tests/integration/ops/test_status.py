from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from crossdock.engine.heartbeat import Heartbeat
from crossdock.ops.recovery_point import SETTINGS, RecoveryPoint
from crossdock.ops.status import Status, find_stall, read_status
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

MINUTE = timedelta(minutes=1)
SAFE = RecoveryPoint(True, "", "", {})


def page(house: PaperHouse, later: timedelta = timedelta(0)) -> Status:
    with house.store.transaction() as tx:
        return read_status(tx, house.clock.now() + later)


def test_a_deployment_at_rest_is_healthy(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    found = page(house)
    assert not found.stall.stalled
    assert replace(found, recovery_point=SAFE).healthy
    assert (found.messages, found.effects, found.holds, found.ownerless) == (0, 0, 0, 0)
    assert [(s.stream, s.too_old) for s in found.streams] == [
        (name, False) for name in ("partners", "products", "taxes", "units")
    ]
    assert set(found.recovery_point.settings) == set(SETTINGS)


def test_backlog_and_holds_are_counted_with_their_value(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="X"), order_body(2, sku="X", price="5.00"))
    house.arrive(order_body(3, quantity="-1"))
    house.settle()
    house.arrive(order_body(4))
    found = page(house)
    assert (found.messages, found.holds) == (1, 3)
    assert [(h.code, h.count, h.value_amount) for h in found.held] == [
        ("unknown_sku", 2, Decimal("30.00")),
        ("unreadable", 1, None),
    ]
    by_name = {c.name: c for c in found.connections}
    assert (by_name["shop"].messages_waiting, by_name["shop"].open_holds) == (1, 3)
    house.applier().apply_once()
    assert {c.name: c.effects_waiting for c in page(house).connections} == {"erp": 1, "shop": 0}


def test_old_projections_show(house: PaperHouse) -> None:
    assert all(s.too_old for s in page(house, timedelta(hours=2)).streams)


def test_due_work_that_nobody_does_is_a_stall(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    assert not page(house).stall.stalled
    stalled = page(house, 2 * MINUTE)
    assert stalled.stall.stalled
    assert not replace(stalled, recovery_point=SAFE).healthy
    house.settle()
    assert not page(house, 2 * MINUTE).stall.stalled


def test_work_in_somebodys_hand_or_not_yet_due_is_no_stall(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.rows("INSERT INTO lease VALUES (1, 'x', 1, 'w', now() + interval '1 hour') RETURNING 1")
    assert not page(house, 2 * MINUTE).stall.stalled
    house.rows("DELETE FROM lease RETURNING 1")
    house.rows("UPDATE message SET ready_at = now() + interval '1 hour' RETURNING 1")
    assert not page(house, 2 * MINUTE).stall.stalled
    with house.store.transaction() as tx:
        assert find_stall(tx, house.clock.now() + 62 * MINUTE).stalled


def test_a_paused_connection_and_a_held_target_are_no_stall(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.applier().apply_once()
    assert page(house, 2 * MINUTE).stall.stalled
    house.rows("UPDATE connection SET paused = true WHERE name = 'erp' RETURNING 1")
    assert not page(house, 2 * MINUTE).stall.stalled


def test_what_nobody_owns_is_counted(house: PaperHouse) -> None:
    house.arrive(order_body(1, sku="X"))
    house.settle()
    assert page(house).ownerless == 0
    house.rows("UPDATE hold SET closed_at = now() RETURNING 1")
    found = page(house)
    assert found.ownerless == 1
    assert not replace(found, recovery_point=SAFE).healthy


def test_a_worker_that_is_not_seen_any_more_is_gone(house: PaperHouse) -> None:
    Heartbeat(house.store, house.clock, "w1", timedelta(seconds=30)).beat(["apply"])
    [worker] = page(house).workers
    assert (worker.worker_id, worker.stages, worker.here) == ("w1", "apply", True)
    [worker] = page(house, 2 * MINUTE).workers
    assert not worker.here
