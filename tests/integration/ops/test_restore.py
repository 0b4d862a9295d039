"""After a restore the ledger is older than the world: what stands is found, never repeated."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.governance.audit import verify_chain
from crossdock.ops.backup import back_up
from crossdock.ops.backup_file import BackupReader
from crossdock.ops.restore import Restored, restore
from crossdock.ops.status import read_status
from crossdock.ports.effect import Grade
from crossdock.ports.message import Source
from tests.support import paper_connectors
from tests.support.invariants import check_at_rest, ownerless
from tests.support.paper_connectors import ERP, PaperErp, order_body
from tests.support.paper_house import PaperHouse

CREATE = "create_sales_order"
NIGHT = timedelta(hours=2)
Disaster = Callable[[], Restored]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def house(store: Store, clock: ManualClock) -> PaperHouse:
    return PaperHouse(store, clock)


@pytest.fixture
def saved(house: PaperHouse, clock: ManualClock, tmp_path: Path, blank_database: str) -> Any:
    """Makes a backup now; what it returns loses the database and restores it from that."""
    opened: list[Store] = []

    def save() -> Disaster:
        back_up(house.store, tmp_path / "ledger.zip", clock.now())

        def lose() -> Restored:
            done = restore(blank_database, BackupReader(tmp_path / "ledger.zip"), "anna", clock.now)
            house.store = Store(blank_database, size=4, name="restored").open()
            opened.append(house.store)
            return done

        return lose

    yield save
    for made in opened:
        made.close()


def sweep(house: PaperHouse, clock: ManualClock) -> None:
    """Every stream is read to its end, as the restored ledger asks for."""
    with house.store.transaction() as tx:
        tx.run("UPDATE stream SET as_of = %(now)s", now=clock.now())


def graded(house: PaperHouse, grade: Grade, **more: Any) -> None:
    """The ERP makes drafts under another grade."""
    house.erp.operations = tuple(
        replace(o, grade=grade, **more) if o.name == CREATE else o for o in house.erp.operations
    )


def drafts(house: PaperHouse) -> list[tuple[str, str | None, bool]]:
    sql = "SELECT state, cause, must_probe FROM effect WHERE operation = %(o)s ORDER BY effect_id"
    return [tuple(r) for r in house.rows(sql, o=CREATE)]


def test_what_was_made_after_the_backup_is_adopted(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    """One order open at the backup, one that came later: both stand in the ERP, both answered."""
    house.arrive(order_body(1))
    house.applier().apply_once()
    lose = saved()
    clock.advance(NIGHT)
    sweep(house, clock)
    house.arrive(order_body(2))
    house.settle()
    assert [house.status(1), house.status(2)] == ["confirmed", "confirmed"]
    made, answered = list(house.erp.served), list(house.shop.answers)
    done = lose()
    assert done.in_doubt is not None
    assert done.in_doubt.effects == 1
    assert [house.status(1), house.status(2)] == ["accepted", "unknown"]
    sweep(house, clock)
    house.arrive(order_body(2), order_body(1))
    house.settle()
    assert [house.status(1), house.status(2)] == ["confirmed", "confirmed"]
    assert (house.erp.served, house.shop.answers) == (made, answered)
    assert {r.adopted for r in house.rows("SELECT adopted FROM effect")} == {True}
    check_at_rest(house)


def test_what_was_not_sent_after_all_is_sent_once(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    house.arrive(order_body(1))
    house.applier().apply_once()
    lose = saved()
    lose()
    sweep(house, clock)
    house.settle()
    assert (house.status(), len(house.erp.created)) == ("confirmed", 1)
    assert house.erp.probes[0] == (CREATE, 1)
    check_at_rest(house)


def test_nothing_is_decided_before_everything_was_read_again(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    saved()()
    house.arrive(order_body(1))
    house.settle()
    assert house.message_states() == ["waiting"]
    streams = house.rows("SELECT due_at, as_of, cursor FROM stream")
    assert {(s.due_at, s.as_of, s.cursor) for s in streams} == {(clock.now(), None, None)}
    sweep(house, clock)
    clock.advance(timedelta(seconds=10))
    house.settle()
    assert house.status() == "confirmed"


@pytest.mark.parametrize("sent_before", [True, False])
def test_what_cannot_be_looked_for_is_a_persons(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster], *, sent_before: bool
) -> None:
    """Grade D, whether it was open at the backup or is decided again after it."""
    graded(house, Grade.D)
    if sent_before:
        house.arrive(order_body(1))
        house.applier().apply_once()
    lose = saved()
    house.arrive(order_body(1))
    house.settle()
    assert len(house.erp.created) == 1
    lose()
    sweep(house, clock)
    house.arrive(order_body(1))
    house.settle()
    assert (house.held(), drafts(house)) == (["unknown"], [("held", "restored", True)])
    (hold,) = house.rows("SELECT reason FROM hold")
    assert "restored from a backup" in hold.reason
    assert len(house.erp.created) == 1
    assert ownerless(house) == []


@pytest.mark.parametrize(("life", "held"), [(timedelta(hours=1), True), (timedelta(days=1), False)])
def test_a_key_that_may_be_forgotten_is_a_persons(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster], life: timedelta, *,
    held: bool,
) -> None:  # fmt: skip
    graded(house, Grade.A, key_lifetime=life)
    house.arrive(order_body(1))
    house.applier().apply_once()
    lose = saved()
    clock.advance(NIGHT)
    lose()
    sweep(house, clock)
    house.settle()
    assert house.held() == (["unknown"] if held else [])
    assert (house.status() == "confirmed") is not held


def test_a_search_waits_until_a_lost_call_must_have_ended(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    graded(house, Grade.C, timeout=timedelta(seconds=90), settle=timedelta(seconds=5))
    house.arrive(order_body(1))
    house.applier().apply_once()
    saved()()
    sweep(house, clock)
    clock.advance(timedelta(seconds=94))
    house.settle()
    assert (house.erp.probes, house.erp.calls) == ([], [])
    clock.advance(timedelta(seconds=2))
    house.settle()
    assert house.erp.probes[0] == (CREATE, 1)
    assert house.status() == "confirmed"


def test_an_effect_in_doubt_is_not_withdrawn(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    """Its order is cancelled: the draft may stand, so it is looked for and cancelled there."""
    house.arrive(order_body(1))
    house.applier().apply_once()
    lose = saved()
    house.deliverer("erp").deliver_once()
    lose()
    sweep(house, clock)
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    assert house.status() == "cancelled"
    assert [order["state"] for order in house.erp.orders.values()] == ["cancel"]
    check_at_rest(house)


def test_a_worker_of_before_cannot_write(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    """It took an effect after the backup, and comes back from its call to the restored ledger."""
    house.arrive(order_body(1))
    house.applier().apply_once()
    lose = saved()
    old = house.deliverer("erp", "old")
    batch = old._take()
    assert batch is not None
    results = old._probe_or_send(batch)
    lose()
    sweep(house, clock)
    new = house.deliverer("erp", "new")
    taken = new._take()
    assert taken is not None
    assert taken.fence > batch.fence + 900_000_000
    old.store = house.store
    old._observe(batch, results, 0.1)
    assert drafts(house) == [("sending", "restored", True)]
    new._observe(taken, new._probe_or_send(taken), 0.1)
    house.settle()
    assert (house.status(), len(house.erp.created)) == ("confirmed", 1)
    numbers = house.rows("SELECT max(message_id) AS message, max(effect_id) AS effect FROM effect")
    assert numbers[0].effect > 1_000_000


def test_what_was_in_hand_at_the_backup_is_put_back(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    house.arrive(order_body(1), order_body(2))
    house.applier().apply_once()
    house.deliverer("erp", "w")._take()
    house.arrive(order_body(3))
    house.applier()._claim()
    done = saved()()
    assert done.in_doubt is not None
    assert (done.in_doubt.effects, done.in_doubt.messages) == (2, 1)
    assert ownerless(house) == []
    sweep(house, clock)
    house.settle()
    assert [house.status(n) for n in (1, 2, 3)] == ["confirmed"] * 3
    check_at_rest(house)


def test_the_doubt_ends_with_what_was_known_when_everything_was_read(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    house.arrive(order_body(1))
    house.settle()
    lose = saved()
    lose()
    house.arrive(order_body(2))
    house.watchdog().look()
    assert caught_up(house) is None
    sweep(house, clock)
    house.watchdog().look()
    assert caught_up(house) is None, "an order that is not known yet is on its way"
    clock.advance(timedelta(seconds=10))
    house.settle()
    house.watchdog().look()
    assert caught_up(house) == clock.now()
    house.erp.probes.clear()
    clock.advance(timedelta(seconds=10))
    house.arrive(order_body(3))
    house.settle()
    assert house.erp.probes == []
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    assert drafts(house)[-1] == ("done", None, False)
    check_at_rest(house)


def caught_up(house: PaperHouse) -> datetime | None:
    found: datetime | None = house.rows("SELECT caught_up_at FROM restoration")[0].caught_up_at
    return found


def test_each_restore_is_an_epoch_and_an_act(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    assert saved()().epoch == 1
    with house.store.transaction() as tx:
        assert verify_chain(tx, 1).broken == ""
        (row,) = tx.rows("SELECT epoch, backup_at, restored_by FROM restoration")
        (act,) = tx.rows("SELECT action, principal FROM audit WHERE company_id = 1")
    assert (row.epoch, row.backup_at, row.restored_by) == (1, clock.now(), "anna")
    assert (act.action, act.principal) == ("ledger.restore", "anna")


def test_an_order_first_heard_of_as_cancelled_may_have_been_taken(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    """It was, in the lost time: a person cancels what stands there, then its channel is told."""
    clock.advance(-timedelta(days=90))
    lose = saved()
    clock.advance(timedelta(days=90))
    sweep(house, clock)
    house.arrive(order_body(1))
    house.settle()
    lose()
    sweep(house, clock)
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    assert (house.held(), house.status()) == (["cancelled_in_lost_time"], "unknown")
    house.release()
    house.settle()
    assert (house.held(), house.status()) == ([], "cancelled")
    assert ownerless(house) == []


def stopped(house: PaperHouse, clock: ManualClock, stream: str, connection: str = "erp") -> None:
    """A stream that nobody has read since the restore, all others having been read."""
    sweep(house, clock)
    house.rows(
        "INSERT INTO stream (connection_id, company_id, stream, due_at, interval_seconds) "
        "VALUES (%(c)s, 1, %(s)s, %(now)s, 60) ON CONFLICT (connection_id, stream) "
        "DO UPDATE SET as_of = NULL RETURNING 1",
        c=house.registry.by_name(connection).connection.connection_id, s=stream, now=clock.now(),
    )  # fmt: skip


def missing(house: PaperHouse, clock: ManualClock) -> list[str]:
    with house.store.transaction() as tx:
        found = read_status(tx, clock.now()).restoration
    assert found is not None
    return list(found.missing)


@pytest.mark.parametrize("kept_as", ["dead", "internal"])
def test_what_came_before_all_was_read_stays_in_doubt_until_it_is_decided(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster], kept_as: str
) -> None:
    """A message that was a person's when everything had been read; one that was unreadable then,
    and comes in under its own name later. A machine cannot see whether its order was made.
    """
    graded(house, Grade.D)
    lose = saved()
    house.arrive(order_body(2))
    house.settle()
    clock.advance(NIGHT)
    lose()
    sweep(house, clock)
    if kept_as == "dead":
        house.arrive(order_body(2))
        house.rows("UPDATE message SET state = 'dead' RETURNING 1")
    clock.advance(timedelta(seconds=5))
    house.watchdog().look()
    assert caught_up(house) == clock.now()
    clock.advance(timedelta(minutes=5))
    if kept_as == "dead":
        back = "UPDATE message SET state = 'waiting', ready_at = %(now)s RETURNING 1"
        house.rows(back, now=clock.now())
    else:
        house.arrive(order_body(2), source=Source.INTERNAL)
    house.settle()
    assert (house.held(), drafts(house)) == (["unknown"], [("held", "restored", True)])
    assert len(house.erp.created) == 1


def test_what_a_sweep_had_only_seen_is_known_too(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    """Its reading was on its way when everything had been read; what it brings comes later."""
    graded(house, Grade.D)
    saved()()
    sweep(house, clock)
    house.rows(
        "INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, "
        "work_key, lane, state, request, created_at, ready_at) "
        "VALUES (1, %(c)s, 'read:1', 'read_order', 'read:1', 'shop:order:1', 1, 'held', '', "
        "%(now)s, %(now)s) RETURNING 1",
        c=house.shop.connection.connection_id, now=clock.now(),
    )  # fmt: skip
    clock.advance(timedelta(seconds=5))
    house.watchdog().look()
    clock.advance(timedelta(seconds=5))
    house.arrive(order_body(1))
    house.settle()
    assert drafts(house) == [("held", "restored", True)]


def test_one_stream_that_is_not_read_leaves_no_doubt_about_other_connections(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is missing is named. A stream that no manifest declares is not waited for."""
    sightings = replace(ERP.streams[0], name="sightings", projection=None)
    monkeypatch.setattr(paper_connectors, "ERP", replace(ERP, streams=(*ERP.streams, sightings)))
    graded(house, Grade.D)
    saved()()
    assert missing(house, clock)[:2] == ["annex", "erp partners"]
    stopped(house, clock, "abolished", "shop")
    stopped(house, clock, "sightings")
    house.rows("UPDATE stream SET as_of = NULL WHERE stream = 'abolished' RETURNING 1")
    house.arrive(order_body(1))
    house.watchdog().look()
    clock.advance(timedelta(seconds=10))
    house.arrive(order_body(2))
    house.settle()
    house.watchdog().look()
    assert caught_up(house) is None
    assert missing(house, clock) == ["erp sightings"]
    assert (house.status(1), house.status(2)) == ("accepted", "confirmed")
    house.rows("UPDATE connection SET paused = true WHERE name = 'erp' RETURNING 1")
    assert missing(house, clock) == ["erp sightings (paused)"]
    sweep(house, clock)
    house.watchdog().look()
    assert (caught_up(house), missing(house, clock)) == (clock.now(), [])


def test_a_message_of_before_that_nobody_decided_is_named(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    saved()()
    house.arrive(order_body(1))
    sweep(house, clock)
    house.watchdog().look()
    (one,) = house.rows("SELECT message_id FROM message")
    assert missing(house, clock) == [f"message {one.message_id} (not decided)"]


@pytest.mark.parametrize("fails", [True, False])
def test_what_the_lost_time_took_back_is_not_sent(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster], *, fails: bool
) -> None:
    """Its cancellation is read again before it was looked for; also where the first look fails."""
    house.arrive(order_body(1))
    house.applier().apply_once()
    lose = saved()
    house.arrive(order_body(1, version=2, cancelled=True))
    house.settle()
    assert (house.status(), house.erp.created) == ("cancelled", [])
    lose()
    sweep(house, clock)
    house.arrive(order_body(1, version=2, cancelled=True))
    house.applier().apply_once()
    assert house.status() == "cancelling"
    if fails:
        look_in_vain(house, clock)
    house.settle()
    assert (house.status(), house.erp.created) == ("cancelled", [])
    assert house.held() == []
    assert drafts(house) == [("rejected", None, False)]
    check_at_rest(house)


def look_in_vain(house: PaperHouse, clock: ManualClock) -> None:
    """A probe that is not answered: the next one is made later."""
    with patch.object(PaperErp, "probe", lambda *_: []):
        house.deliverer("erp").deliver_once()
    assert drafts(house) == [("waiting", "ambiguous", True)]
    clock.advance(timedelta(minutes=1))


@pytest.mark.parametrize("cancelled", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_nothing_is_sent_before_its_document_is_read_again(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster], *, cancelled: bool,
    fails: bool,
) -> None:  # fmt: skip
    """It is looked for at once, or when the first look fails, and sent if it is wanted still."""
    house.arrive(order_body(1))
    house.applier().apply_once()
    saved()()
    stopped(house, clock, "orders", "shop")
    if fails:
        look_in_vain(house, clock)
    house.settle()
    assert drafts(house) == [("waiting", "restored", False)]
    clock.advance(timedelta(minutes=1))
    house.settle()
    assert house.erp.created == []
    if cancelled:
        house.arrive(order_body(1, version=2, cancelled=True))
    sweep(house, clock)
    clock.advance(timedelta(minutes=1))
    house.settle()
    assert (house.status(), len(house.erp.created)) == (
        ("cancelled", 0) if cancelled else ("confirmed", 1)
    )
    check_at_rest(house)


def test_what_must_be_set_aside_is_not_taken_behind_another(
    house: PaperHouse, clock: ManualClock, saved: Callable[[], Disaster]
) -> None:
    """First in line is one whose call failed since; the other may be running there still."""
    graded(house, Grade.C, timeout=timedelta(seconds=90), settle=timedelta(seconds=5))
    house.arrive(order_body(1), order_body(2))
    house.applier().apply_once()
    saved()()
    sweep(house, clock)
    house.rows(
        "UPDATE effect SET cause = 'ambiguous' "
        "WHERE effect_id = (SELECT min(effect_id) FROM effect) RETURNING 1"
    )
    batch = house.deliverer("erp")._take()
    assert batch is not None
    assert [row.cause for row in batch.rows] == ["ambiguous"]
