"""How far the meter sees: many losses at once, of earlier days, at one of two warehouses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import cycle
from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.ops import close as close_module
from crossdock.ops import close_account
from crossdock.ops.close_result import Close
from crossdock.ops.loss import gaps
from crossdock.ops.loss.place import Place
from crossdock.ports.listing import Listed, ListedKind, Sought
from tests.support.closing_house import DAY, ONE, as_owner, nights, of, places
from tests.support.listing_house import ListingHouse


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each connection only two are named."""
    for module in (close_account, gaps, close_module):
        monkeypatch.setattr(module, "NAMED", 2)


def close_of(trade: ListingHouse, day: date = DAY) -> Close:
    return trade.close(day).close


def test_many_losses_of_one_connection_hide_none_of_another(
    trade: ListingHouse, database: str, narrow: None
) -> None:
    for number in range(1, 6):
        trade.place(number)
    trade.report("shipped", 1)
    as_owner(database, "DELETE FROM event WHERE work_key LIKE 'shop:%'")
    as_owner(database, "DELETE FROM attempt")
    as_owner(database, "DELETE FROM message WHERE source = 'webhook'")
    close = close_of(trade)
    assert {s.connection for s in close.statements if not s.signed} >= {"shop", "erp", "wms"}
    assert {d.connection for d in close.differences if d.kind == "cut_short"} >= {"shop", "erp"}
    assert all(s.meter_alive for s in close.statements), "the canary is asked for by its own key"


def test_what_nobody_has_at_one_connection_is_named_at_the_other(
    trade: ListingHouse, database: str, narrow: None
) -> None:
    for number in range(1, 5):
        trade.place(number, ("NEW", "1"))
    for number in range(5, 9):
        trade.place(number)
    trade.house.rows(
        "UPDATE effect SET state = 'sending', until = created_at, ended_at = NULL "
        "WHERE operation = 'send_fulfilment_order' RETURNING 1"
    )
    as_owner(database, "UPDATE hold SET closed_at = now()")
    close = close_of(trade)
    nobodys = {d.connection for d in close.differences if d.kind == "ownerless"}
    assert nobodys == {"shop", "wms"}


def test_what_is_kept_is_bounded_and_counted(
    trade: ListingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(close_module, "KEPT", 2)
    for number in range(1, 6):
        trade.place(number)
    trade.systems["shop"].alteration = lambda documents: [
        d for d in documents if d.kind is not ListedKind.ORDER
    ]
    run = trade.close()
    assert len(run.close.differences) == 2
    assert (run.close.difference, run.close.counted) == (5, {"shop": 5})
    [row] = trade.house.rows("SELECT differences FROM close_run")
    assert row.differences == 5


OLD: list[tuple[Place, str]] = [
    (Place.DOCUMENT_MISSING, "DELETE FROM document WHERE work_key = 'shop:order:1'"),
    (Place.UNDECIDED,
     "WITH d AS (UPDATE document SET source_version = '0' WHERE work_key = 'shop:order:2'), e AS "
     "(DELETE FROM event WHERE work_key = 'shop:order:2') UPDATE message SET state = 'done', "
     "end_code = 'accepted', ended_at = '2026-03-12 12:00+00' WHERE work_key = 'shop:order:2'"),
    (Place.HOLD_GONE,
     "WITH h AS (UPDATE hold SET closed_at = now() WHERE work_key = 'shop:order:2') "
     "UPDATE message SET state = 'done', end_code = 'noted', ended_at = '2026-03-03 12:00+00' "
     "WHERE work_key = 'shop:order:2'"),
    (Place.EFFECT_MISSING,
     "UPDATE document SET status = 'drafted' WHERE work_key = 'shop:order:1'"),
    (Place.EFFECT_UNMADE,
     "WITH e AS (UPDATE effect SET ended_at = '2026-03-12 12:00+00' WHERE effect_id = 1) "
     "DELETE FROM attempt WHERE effect_id = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "tamper"), OLD)
def test_a_loss_about_a_document_of_ten_days_ago_is_found(
    trade: ListingHouse, closed_at: ManualClock, database: str, place: Place, tamper: str
) -> None:
    trade.place(1)
    trade.place(2, ("NEW", "1"))
    trade.later(10 * ONE)
    day = DAY + 10 * ONE
    assert close_of(trade, day).clean
    as_owner(database, tamper)
    number = 2 if "order:2" in tamper else 1
    close = close_of(trade, day)
    assert place.value in places(close, number)
    assert not all(s.signed for s in close.statements)


def test_an_order_with_two_warehouses_is_lost_at_one_of_them(
    trade: ListingHouse, database: str
) -> None:
    trade.place(1, ("A-1", "2"), ("C-3", "1"))
    assert {w.connection.name for w, _ in trade.fulfilments(1)} == {"wms", "annex"}
    assert close_of(trade).clean
    trade.systems["wms"].alteration = lambda documents: []
    as_owner(
        database,
        "WITH e AS (DELETE FROM effect WHERE operation = 'send_fulfilment_order' AND "
        "connection_id = (SELECT connection_id FROM connection WHERE name = 'wms') "
        "RETURNING effect_id), m AS (DELETE FROM message m USING e "
        "WHERE m.message_key = 'outcome:' || e.effect_id) DELETE FROM delivery d USING e "
        "WHERE d.message_key = 'outcome:' || e.effect_id",
    )
    close = close_of(trade)
    assert {(d.connection, d.place) for d in close.differences} == {
        ("wms", Place.EFFECT_MISSING.value)
    }


def test_a_list_that_nothing_can_be_compared_with_is_no_dead_meter(trade: ListingHouse) -> None:
    trade.place(1)
    trade.systems["annex"].kinds = ()
    close = close_of(trade)
    assert close.clean
    assert of(close, "annex").seen is None
    number = trade.house.registry.by_name("annex").connection.connection_id
    attached = trade.house.registry.attached[number]
    trade.systems["annex"].kinds = (ListedKind.ORDER,)
    manifest = replace(attached.manifest, operations=())
    listing: Any = _Other(attached.connector, manifest)
    trade.house.registry.attached[number] = replace(attached, connector=listing)
    assert close_of(trade).clean


class _Other:
    """Another manifest before a connector."""

    def __init__(self, connector: Any, manifest: Any) -> None:
        self.connector, self.manifest = connector, manifest

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connector, name)

    def listed_kinds(self) -> tuple[ListedKind, ...]:
        return (ListedKind.ORDER,)

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        return iter(())

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        return iter(())


def test_a_fault_in_one_list_leaves_the_others_signed(trade: ListingHouse) -> None:
    trade.place(1)

    def broken(documents: list[Listed]) -> list[Listed]:
        raise KeyError("lines")

    trade.systems["annex"].alteration = broken
    nights(trade, 1)
    close = close_of(trade)
    [difference] = close.differences
    assert (difference.kind, difference.connection) == ("not_listed", "annex")
    assert "KeyError" in difference.theirs
    assert {s.connection for s in close.statements if s.signed} == {"shop", "erp", "wms"}


def test_an_order_that_nothing_moves_is_neither_ended_nor_open(
    trade: ListingHouse, closed_at: ManualClock
) -> None:
    trade.place(1)
    trade.house.rows(
        "UPDATE document SET data = jsonb_set(data, '{progress,fulfilments}', '[]') RETURNING 1"
    )
    trade.systems["wms"].alteration = lambda documents: []
    close = close_of(trade)
    shop = of(close, "shop")
    assert not shop.signed
    assert (shop.received, shop.ended, shop.open) == (1, 0, 0)
    assert places(close, 1) == {Place.EFFECT_MISSING.value}


def test_a_list_that_goes_in_circles_is_told_and_the_close_ends(trade: ListingHouse) -> None:
    trade.place(1)
    trade.settle()
    wms = trade.systems["wms"]
    documents = wms.documents()
    assert documents
    wms.list_documents = lambda *_asked: cycle(documents)  # type: ignore[method-assign]
    close = close_of(trade)
    (told,) = [d for d in close.differences if d.kind == "not_listed"]
    assert told.connection == "wms"
    assert "does not end" in told.theirs
    assert not of(close, "wms").signed
