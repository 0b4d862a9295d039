from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from random import Random

from rich.console import Console

from crossdock.api.metrics import backlog_gauges
from crossdock.cli.status import render
from crossdock.engine import pace
from crossdock.engine.breaker import FAILURES_TO_OPEN, failed
from crossdock.engine.clock import ManualClock
from crossdock.engine.heartbeat import Heartbeat
from crossdock.engine.stages import Stage
from crossdock.ops.recovery_point import SETTINGS, RecoveryPoint
from crossdock.ops.status import Status, find_stall, read_status
from crossdock.ports.manifest import RateBudget
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

MINUTE = timedelta(minutes=1)
SAFE = RecoveryPoint(True, "", "", {})


def at_work(house: PaperHouse, *stages: str, later: timedelta = timedelta(0)) -> None:
    """A worker is seen to run these stages; without any, all."""
    clock = ManualClock(house.clock.now() + later)
    name = f"w{len(stages)}"
    Heartbeat(house.store, clock, name, timedelta(seconds=30)).beat(stages or list(Stage))


def troubles(house: PaperHouse, later: timedelta = timedelta(0)) -> list[str]:
    return list(replace(page(house, later), recovery_point=SAFE).troubles)


def page(house: PaperHouse, later: timedelta = timedelta(0)) -> Status:
    with house.store.transaction() as tx:
        return read_status(tx, house.clock.now() + later)


def test_a_deployment_at_rest_is_healthy(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.settle()
    at_work(house)
    found = page(house)
    assert not found.stall.stalled
    assert replace(found, recovery_point=SAFE).troubles == []
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
    waiting = {c.name: c.effects_waiting for c in page(house).connections}
    assert (waiting["erp"], waiting["shop"]) == (1, 0)


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


def test_a_connection_that_is_down_is_said_and_is_no_stall(house: PaperHouse) -> None:
    now = house.clock.now()
    house.arrive(order_body(1))
    house.applier().apply_once()
    attached = house.registry.by_name("erp")
    with house.store.transaction() as tx:
        for _ in range(FAILURES_TO_OPEN):
            failed(tx, attached, "connection refused", now, Random(1), probing=False)
    found = {c.name: c for c in page(house, 2 * MINUTE).connections}
    assert (found["erp"].down_since, found["erp"].down_reason) == (now, "connection refused")
    assert found["shop"].down_since is None
    assert any("erp does not answer since" in words for words in troubles(house))
    assert not page(house, 2 * MINUTE).stall.stalled
    printed = Console(width=100, record=True, file=StringIO())
    for part in render(page(house, 2 * MINUTE)):
        printed.print(part)
    assert "erp down for 2 min, next try now: connection refused" in printed.export_text()
    samples = {
        (m.name, s.labels.get("connection")): s.value
        for m in backlog_gauges(page(house), 0)
        for s in m.samples
    }
    assert samples["crossdock_connection_down", "erp"] == 1
    assert samples["crossdock_connection_down", "shop"] == 0


def test_a_spent_quota_is_said_and_is_no_stall(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    house.applier().apply_once()
    house.erp.rate_budget = RateBudget(capacity=9, tokens_per_second=1, per_day=10)
    number, now = house.erp.connection.connection_id, house.clock.now()
    with house.store.transaction() as tx:
        pace.ensure(tx, number, house.erp.manifest, 2, now)
        assert pace.take_tokens(tx, number, house.erp.manifest, 9, now)
    found = {c.name: c for c in page(house, 2 * MINUTE).connections}
    assert found["erp"].quota_spent
    assert (found["erp"].quota_taken, found["erp"].quota_per_day) == (9, 10)
    assert not page(house, 2 * MINUTE).stall.stalled
    printed = Console(width=100, record=True, file=StringIO())
    for part in render(page(house, 2 * MINUTE)):
        printed.print(part)
    assert "erp quota spent: 9 of 10 calls of today (UTC)" in printed.export_text()
    tomorrow = {c.name: c for c in page(house, timedelta(days=1)).connections}
    assert not tomorrow["erp"].quota_spent


def test_a_stage_that_no_live_worker_runs_is_a_trouble(house: PaperHouse) -> None:
    assert troubles(house) == [
        "no live worker runs apply, deliver, sweep: start `crossdock worker`"
    ]
    at_work(house, "apply", "deliver")
    assert troubles(house) == ["no live worker runs sweep: start `crossdock worker`"]
    at_work(house)
    assert troubles(house) == []


def test_a_stall_beside_a_live_worker_names_the_stage_not_the_worker(house: PaperHouse) -> None:
    house.arrive(order_body(1))
    at_work(house, later=2 * MINUTE)
    [words] = troubles(house, 2 * MINUTE)[:1]
    assert words.startswith("apply stands still though a worker runs")
    house.applier().apply_once()
    [words] = troubles(house, 2 * MINUTE)[:1]
    assert words.startswith("deliver stands still")


def test_an_overdue_an_old_and_a_failing_stream_are_troubles(house: PaperHouse) -> None:
    house.rows("UPDATE stream SET due_at = now() + interval '1 day' RETURNING 1")
    at_work(house)
    assert troubles(house) == []
    house.rows(
        "UPDATE stream SET due_at = now() - interval '5 min' WHERE stream = 'units' RETURNING 1"
    )
    house.rows(
        "UPDATE stream SET failures = 7, error = 'no answer' WHERE stream = 'taxes' RETURNING 1"
    )
    house.rows(
        "UPDATE stream SET as_of = now() - interval '1 day' WHERE stream = 'products' RETURNING 1"
    )
    assert troubles(house) == [
        "erp products is older than its maximum age: decisions wait for it",
        "erp taxes failed 7 times: no answer",
        "erp units is overdue: nobody sweeps it",
    ]
    house.rows("UPDATE connection SET paused = true WHERE name = 'erp' RETURNING 1")
    assert troubles(house) == []
    printed = Console(width=100, record=True, file=StringIO())
    for part in render(page(house)):
        printed.print(part)
    assert printed.export_text().count("paused") == 5


def test_a_connection_that_was_left_out_is_a_trouble_and_no_stall(house: PaperHouse) -> None:
    house.rows("UPDATE stream SET due_at = now() + interval '1 day' RETURNING 1")
    house.arrive(order_body(1))
    house.rows("UPDATE connection SET left_out = 'no secret' WHERE name = 'shop' RETURNING 1")
    at_work(house, later=2 * MINUTE)
    assert troubles(house, 2 * MINUTE) == ["shop is left out: no secret"]
