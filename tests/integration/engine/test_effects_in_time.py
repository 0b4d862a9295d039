"""Effects with a time of their own: neither early nor overtaken, and taken back until begun."""

from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.registry import Ask
from crossdock.engine.resolve import resolve_withdrawal
from crossdock.engine.stages import Stage, WorkerOptions
from crossdock.engine.store import Store, load_queries
from crossdock.engine.use_case import Need
from crossdock.engine.worker import Worker
from crossdock.ports.errors import Unavailable
from tests.support.paper_connectors import PaperShop
from tests.support.paper_house import PaperHouse

APPLY_SQL = load_queries("crossdock.engine", "apply.sql")
WAVE = timedelta(hours=2)


def put(house: PaperHouse, key: str, target: str, not_before: datetime | None) -> None:
    """An answer to the shop, as `write_effects` writes it."""
    with house.store.transaction() as tx:
        tx.run(
            APPLY_SQL.write_effects, now=house.clock.now(), companies=[1],
            connections=[house.shop.connection.connection_id], effect_keys=[key],
            operations=["send_order_response"], targets=[target], afters=[None], work_keys=[key],
            messages=[None], lanes=[1], requests=[b"{}"], not_befores=[not_before],
        )  # fmt: skip


def states(house: PaperHouse) -> dict[str, str]:
    return {r.effect_key: r.state for r in house.rows("SELECT effect_key, state FROM effect")}


def withdraw(house: PaperHouse, key: str) -> Any:
    ask = Ask(1, key, Need("withdraw", "shop", key))
    with house.store.transaction() as tx:
        return resolve_withdrawal(tx, [ask], house.clock.now())[ask]


def test_it_waits_for_its_time_and_not_longer(house: PaperHouse, clock: ManualClock) -> None:
    put(house, "a", "order:1", clock.now() + WAVE)
    clock.advance(WAVE - timedelta(milliseconds=1))
    assert house.deliverer("shop").deliver_once() == 0
    clock.advance(timedelta(milliseconds=1))
    assert house.deliverer("shop").deliver_once() == 1


def test_nothing_later_for_the_same_target_overtakes_it(
    house: PaperHouse, clock: ManualClock
) -> None:
    put(house, "wave", "order:1", clock.now() + WAVE)
    put(house, "cancel", "order:1", None)
    put(house, "other", "order:2", None)
    house.settle()
    assert states(house) == {"wave": "waiting", "cancel": "waiting", "other": "done"}
    assert withdraw(house, "wave") is True
    house.settle()
    assert states(house) == {"wave": "withdrawn", "cancel": "done", "other": "done"}


def test_it_is_taken_back_until_it_is_begun(house: PaperHouse, clock: ManualClock) -> None:
    put(house, "wave", "order:1", clock.now() + WAVE)
    clock.advance(WAVE)
    assert house.deliverer("shop")._take() is not None
    assert withdraw(house, "wave") is False


def test_a_time_that_has_passed_is_now(house: PaperHouse, clock: ManualClock) -> None:
    put(house, "late", "order:1", clock.now() - WAVE)
    (row,) = house.rows("SELECT ready_at FROM effect")
    assert row.ready_at == clock.now()


def test_a_person_who_has_everything_tried_again_starts_no_wave(
    house: PaperHouse, clock: ManualClock
) -> None:
    put(house, "wave", "order:1", clock.now() + WAVE)
    put(house, "failed", "order:2", None)
    house.rows("UPDATE effect SET ready_at = ready_at + interval '10 min' "
               "WHERE effect_key = 'failed' RETURNING 1")  # fmt: skip
    exceptions = load_queries("crossdock.ops", "exceptions.sql")
    with house.store.transaction() as tx:
        tx.run(exceptions.effects_due_now, connection_id=house.shop.connection.connection_id,
               now=clock.now())  # fmt: skip
    house.settle()
    assert states(house) == {"wave": "waiting", "failed": "done"}


def test_a_failure_does_not_forget_the_time(
    house: PaperHouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is begun at its time, fails, and is sent again: later, never earlier."""

    def fail(_shop: object, _batch: object) -> NoReturn:
        raise Unavailable("down")

    put(house, "wave", "order:1", clock.now() + WAVE)
    clock.advance(WAVE)
    with monkeypatch.context() as patched:
        patched.setattr(PaperShop, "deliver", fail)
        house.settle()
    assert (house.shop.answers, states(house)) == ([], {"wave": "waiting"})
    assert withdraw(house, "wave") is False, "it was begun"
    clock.advance(timedelta(seconds=1))
    house.settle()
    assert states(house) == {"wave": "done"}


@pytest.mark.parametrize("seconds", [1.5])
def test_a_worker_wakes_for_it_within_a_second(database: str, seconds: float) -> None:
    with Store(database, size=16, name="live") as store:
        house = PaperHouse(store, store.clock())
        at = house.clock.now() + timedelta(seconds=seconds)
        put(house, "wave", "order:1", at)
        options = WorkerOptions(stages=[Stage.DELIVER])
        worker = Worker(store, house.registry, house.clock, options)
        worker.start()
        try:
            while not house.shop.answered:
                assert house.clock.now() < at + timedelta(seconds=10)
                worker.stop.wait(0.02)
        finally:
            worker.join(timeout=20)
        (row,) = house.rows("SELECT first_sent_at FROM effect")
        assert timedelta(0) <= row.first_sent_at - at <= timedelta(seconds=1)


def test_settings_of_another_connection_of_the_company_are_a_need(house: PaperHouse) -> None:
    def ask(company_id: int, name: str) -> Ask:
        return Ask(company_id, "w", Need("settings", name, ""))

    asks = [ask(1, "shop"), ask(1, "erp"), ask(2, "shop"), ask(1, "nobody")]
    with house.store.transaction() as tx:
        found = house.registry.resolvers["settings"](tx, asks, house.clock.now())
    assert found[asks[0]] == house.registry.by_name("shop").connection.settings
    assert found[asks[0]]["unknown_customer"] == "hold"
    assert set(found) == {asks[0], asks[1]}
