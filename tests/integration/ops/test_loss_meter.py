"""The silent-loss meter: what a close signs, its canaries, its death, the close made by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.stages import Stage, StagePlan, WorkerOptions
from crossdock.engine.store import Store, Transaction
from crossdock.ops.act import act
from crossdock.ops.close import CLOSES, close_day, scope_of
from crossdock.ops.close_account import Scope
from crossdock.ops.close_alarm import CODE, settle_alarms
from crossdock.ops.close_result import Close, Statement
from crossdock.ops.daily_close import CAUGHT_UP, DailyClose, due_closes
from crossdock.ops.loss import canary
from crossdock.ops.loss.evidence import cursor_instants
from crossdock.ops.loss.place import ORDER, PLACES, Place
from crossdock.ops.loss.vital_signs import CLOSE_AFTER_AT_MOST, GRACE, read_vital_signs
from crossdock.ops.reconciliation.compare_books import compare_books
from crossdock.ops.reconciliation.comparison import Comparison
from crossdock.ops.status import read_status
from crossdock.ops.word import Word
from crossdock.ports.listing import Listed
from tests.support.listing_house import ListingHouse
from tests.support.paper_house import PaperHouse

DAY = date(2026, 3, 2)
ONE = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def trade(store: Store, clock: ManualClock) -> ListingHouse:
    named = {"warehouses": "annex=C-*, wms", "total_tolerance": "0.05"}
    return ListingHouse(PaperHouse(store, clock, named, {"short_pick": "close_short"}))


def of(close: Close, connection: str) -> Statement:
    return next(s for s in close.statements if s.connection == connection)


def places(close: Close, number: int) -> set[str]:
    """Where the meter says that an order was lost."""
    key = f"shop:order:{number}"
    return {d.place for d in close.differences if d.work_key == key}


def as_owner(database: str, statement: str) -> None:
    with psycopg.connect(database, options="-csearch_path=crossdock") as owner:
        assert owner.execute(statement).rowcount > 0


def test_every_place_has_its_words_owner_and_remedy() -> None:
    assert set(PLACES) == set(Place) == set(ORDER)
    for place, explained in PLACES.items():
        assert explained.words, place
        assert explained.owner, place
        assert explained.remedy or place is Place.CHANGED_OUTSIDE


def test_a_day_is_signed_by_each_connection(trade: ListingHouse) -> None:
    for number in (1, 2, 3):
        trade.place(number)
    trade.place(4, ("NEW", "1"))
    trade.report("shipped", 1)
    close = trade.close().close
    assert close.clean
    shop = of(close, "shop")
    assert (shop.seen, shop.received, shop.ended, shop.open) == (5, 5, 4, 1)
    assert all(s.signed and s.meter_alive and not s.lost for s in close.statements)
    assert all(s.seen == s.received == s.ended + s.open for s in close.statements)


TAMPERED = [
    (Place.ARRIVAL_MISSING, "DELETE FROM delivery WHERE delivery_id = 1"),
    (Place.MESSAGE_MISSING, "DELETE FROM message WHERE message_id = 1"),
    (Place.MESSAGE_MISSING, "DELETE FROM message WHERE message_key = 'outcome:1'"),
    (Place.OUTCOME_MISSING, "WITH m AS (DELETE FROM message WHERE message_key = 'outcome:1') "
     "DELETE FROM delivery WHERE message_key = 'outcome:1'"),
    (Place.DOCUMENT_MISSING, "DELETE FROM document WHERE work_key = 'shop:order:1'"),
    (Place.EFFECT_MISSING, "DELETE FROM effect WHERE effect_id = 1"),
    (Place.EFFECT_UNMADE, "DELETE FROM attempt WHERE effect_id = 1"),
    (Place.EFFECT_MISSING, "WITH e AS (DELETE FROM effect WHERE operation = 'send_order_response' "
     "AND work_key = 'shop:order:1' RETURNING effect_id), m AS (DELETE FROM message m USING e "
     "WHERE m.message_key = 'outcome:' || e.effect_id) DELETE FROM delivery d USING e "
     "WHERE d.message_key = 'outcome:' || e.effect_id"),
    (Place.UNDECIDED, "WITH d AS (DELETE FROM document WHERE work_key = 'shop:order:1') "
     "DELETE FROM event WHERE work_key = 'shop:order:1'"),
    (Place.HOLD_GONE, "UPDATE hold SET closed_at = now() WHERE work_key = 'shop:order:2'"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "tamper"), TAMPERED)
def test_what_our_own_tables_lost_is_located(
    trade: ListingHouse, database: str, place: Place, tamper: str
) -> None:
    trade.place(1)
    trade.place(2, ("NEW", "1"))
    assert trade.close().close.clean
    as_owner(database, tamper)
    close = trade.close().close
    number = 2 if place is Place.HOLD_GONE else 1
    assert places(close, number) == {place.value}
    assert not all(s.signed for s in close.statements)
    assert places(close, 3 - number) == set()
    assert all(d.remedy and d.owner for d in close.differences)


def test_what_stood_outside_and_is_gone_is_located(trade: ListingHouse) -> None:
    trade.place(1)
    trade.place(2)
    for system in ("erp", "wms"):
        trade.systems[system].alteration = lambda documents: [
            d for d in documents if not _is_of(d, trade, 1)
        ]
        close = trade.close().close
        assert places(close, 1) == {Place.GONE_OUTSIDE.value}
        assert places(close, 2) == set()
        assert not of(close, system).signed
        assert of(close, "shop").signed
        trade.systems[system].alteration = list


def _is_of(document: Listed, trade: ListingHouse, number: int) -> bool:
    row = trade.house.rows(
        "SELECT document_id FROM document WHERE work_key = %(k)s", k=f"shop:order:{number}"
    )[0]
    return row.document_id in document.key


def test_a_meter_that_finds_nothing_is_dead(trade: ListingHouse, clock: ManualClock) -> None:
    """The comparing half drops what it does not know: the planted document goes with it."""
    trade.place(1)
    word = Word("anna", clock.now())

    def blind(tx: Transaction, lists: Mapping[str, Sequence[Listed]], scope: Scope) -> Comparison:
        found = compare_books(tx, lists, scope)
        return Comparison([pair for pair in found.pairs if pair.order is not None])

    scope = scope_of(trade.house.registry, 1, DAY, "", clock.now())
    close = close_day(trade.house.store, scope, word, blind).close
    assert {(d.kind, d.connection) for d in close.differences} == {
        ("meter_dead", name) for name in ("shop", "erp", "wms", "annex")
    }
    assert not any(s.signed or s.meter_alive for s in close.statements)
    assert trade.close().close.clean


def test_a_meter_that_overlooks_its_own_arrival_is_dead(
    trade: ListingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "read_unaccounted", lambda _tx, _scope: [])
    close = trade.close().close
    assert {d.kind for d in close.differences} == {"meter_dead"}
    assert not any(s.signed for s in close.statements)


def test_canaries_leave_nothing_behind(trade: ListingHouse) -> None:
    trade.place(1)
    before = trade.house.rows("SELECT count(*) AS n FROM delivery")[0].n
    close = trade.close().close
    assert trade.house.rows("SELECT count(*) AS n FROM delivery")[0].n == before
    assert "canary" not in str(close)
    assert all("canary" not in one.key for s in trade.systems.values() for one in s.sought)


def nights(trade: ListingHouse, count: int, chore: DailyClose | None = None) -> DailyClose:
    """So many nights; in each a worker looks whether a close is due until none is."""
    chore, house = chore or DailyClose(), trade.house
    for _ in range(count):
        midnight = datetime.combine(house.clock.now().date() + ONE, datetime.min.time(), UTC)
        trade.later(midnight + 2 * HOUR - house.clock.now())
        while chore.once(house.store, house.registry, house.clock, "w1"):
            pass
    return chore


def runs(trade: ListingHouse) -> list[tuple[date, str]]:
    rows = trade.house.rows("SELECT day, closed_by FROM close_run ORDER BY run_id")
    return [(r.day, r.closed_by) for r in rows]


def test_every_day_is_closed_by_itself_and_once_more(trade: ListingHouse) -> None:
    trade.place(1)
    chore = DailyClose()
    house = trade.house
    assert not chore.once(house.store, house.registry, house.clock, "w1"), "the day goes on"
    nights(trade, 1)
    assert runs(trade) == [(DAY, "crossdock")]
    nights(trade, 1)
    assert runs(trade) == [(DAY, "crossdock"), (DAY, "crossdock"), (DAY + ONE, "crossdock")]
    assert not trade.house.rows("SELECT 1 FROM lease")
    acts = trade.house.rows("SELECT detail FROM audit WHERE action = 'day.close'")
    assert acts[0].detail["signed"] == ["annex", "erp", "shop", "wms"]


def test_one_worker_closes_at_a_time(trade: ListingHouse, clock: ManualClock) -> None:
    clock.advance(ONE)
    house = trade.house
    house.rows(
        "INSERT INTO lease (company_id, work_key, fence, owner, until) "
        "VALUES (1, %(key)s, 1, 'w2', %(until)s) RETURNING 1",
        key=f"close:{DAY}", until=clock.now() + HOUR,
    )  # fmt: skip
    assert not DailyClose().once(house.store, house.registry, house.clock, "w1")
    assert runs(trade) == []
    house.rows("DELETE FROM lease RETURNING 1")
    assert DailyClose().once(house.store, house.registry, house.clock, "w1")


def test_days_without_a_worker_are_made_up_for(trade: ListingHouse, clock: ManualClock) -> None:
    attached = list(trade.house.registry.attached.values())
    dues = list(due_closes(attached, clock.now(), clock.now() + 30 * ONE, HOUR))
    assert len({day for day, _ in dues}) == CAUGHT_UP
    assert list(due_closes(attached, clock.now(), clock.now(), HOUR)) == []
    auckland = {**attached[0].connection.settings, "time_zone": "Pacific/Auckland"}
    early = replace(attached[0], connection=replace(attached[0].connection, settings=auckland))
    noon = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    assert [day for day, _ in due_closes([early], noon, noon, HOUR)] == []
    assert [d for d, _ in due_closes([early], clock.now(), noon, HOUR)] == [DAY]
    assert list(due_closes([early, attached[1]], clock.now(), noon, HOUR)) == []


def test_a_difference_becomes_a_question_and_ends_it(
    trade: ListingHouse, clock: ManualClock, database: str
) -> None:
    trade.place(1)
    nights(trade, 1)
    assert CODE not in trade.house.held()
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    nights(trade, 2)
    [hold] = trade.house.rows("SELECT * FROM hold WHERE code = %(c)s", c=CODE)
    assert (hold.work_key, hold.owner, hold.closed_at) == (f"close:{DAY}", "integration", None)
    assert "message_missing" in hold.reason
    assert f"crossdock close --date {DAY}" in hold.fix
    as_owner(
        database,
        "WITH d AS (DELETE FROM delivery WHERE delivery_id = 1 RETURNING *) SELECT * FROM d",
    )
    scope = scope_of(trade.house.registry, 1, DAY, "", clock.now())
    word = Word("anna", clock.now())
    run = close_day(trade.house.store, scope, word, compare_books)
    act(trade.house.store, lambda tx: settle_alarms(tx, scope, run, word))
    [hold] = trade.house.rows("SELECT * FROM hold WHERE code = %(c)s", c=CODE)
    assert hold.closed_by == "anna"


def test_the_death_of_the_meter_is_reported(trade: ListingHouse, clock: ManualClock) -> None:
    def deaths() -> list[str]:
        with trade.house.store.transaction() as tx:
            status = read_status(tx, clock.now())
        assert [s.connection for s in status.meter if s.dead] == [
            t.partition(":")[0] for t in status.troubles if "not signed" in t
        ]
        return [s.connection for s in status.meter if s.dead]

    assert deaths() == [], "a connection owes nothing before its first day has ended"
    chore = nights(trade, 2)
    clock.advance(GRACE)
    assert deaths() == []
    clock.advance(ONE - GRACE)
    assert deaths() == [], "one period, and the time of grace"
    clock.advance(GRACE)
    assert deaths() == ["annex", "erp", "shop", "wms"]
    nights(trade, 1, chore)
    assert deaths() == []


def test_a_close_that_is_not_signed_keeps_nobody_alive(
    trade: ListingHouse, database: str, clock: ManualClock
) -> None:
    trade.place(1)
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    nights(trade, 1)
    clock.advance(GRACE)
    with trade.house.store.transaction() as tx:
        signs = read_vital_signs(tx, clock.now())
    assert [(s.connection, s.signed) for s in signs if s.dead] == [("shop", None)]
    assert f"crossdock close --date {DAY}" in next(s.words for s in signs if s.dead)


def test_a_close_in_time_is_no_death() -> None:
    assert CLOSE_AFTER_AT_MOST < GRACE


def test_a_close_that_was_kept_before_there_were_statements_can_be_read(
    trade: ListingHouse, database: str
) -> None:
    trade.place(1)
    as_owner(database, "DELETE FROM message WHERE message_id = 1")
    plain = CLOSES.dump_python(trade.close().close, mode="json")
    del plain["statements"]
    for difference in plain["differences"]:
        del difference["place"], difference["work_key"]
    old = CLOSES.validate_python(plain)
    assert old.statements == ()
    assert {d.place for d in old.differences} == {""}


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        ("2026-03-02T08:19:23.000000Z|00000005600002000004", ["2026-03-02T08:19:23+00:00"]),
        ("2026-03-02 08:19:26|0000000021|000000000000|0001-01-01 00:00:00",
         ["2026-03-02T08:19:26+00:00", "0001-01-01T00:00:00+00:00"]),
        ("00000000000000000053|e53", []), ("", []), ("2026-99-99|1", []),
    ],
)  # fmt: skip
def test_a_cursor_names_its_instants(cursor: str, expected: list[Any]) -> None:
    assert [i.isoformat() for i in cursor_instants(cursor)] == expected


def test_a_worker_with_the_sweep_stage_does_the_chores(trade: ListingHouse) -> None:
    house = trade.house
    house.registry.chores.append(DailyClose())

    def steps(*stages: Stage) -> list[str]:
        options = WorkerOptions(stages=stages)
        plan = StagePlan(
            house.store, house.registry, house.clock, "w1", options, lambda _seconds: False
        )
        return [step.name for step in plan.steps()]

    assert "close" in steps(Stage.SWEEP)
    assert "close" not in steps(Stage.APPLY, Stage.DELIVER)
