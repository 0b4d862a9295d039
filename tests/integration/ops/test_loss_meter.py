"""The silent-loss meter: what a close signs, and where it says that something was lost."""

from datetime import timedelta
from typing import Any

import pytest

from crossdock.ops.close import CLOSES
from crossdock.ops.loss.evidence import cursor_instants
from crossdock.ops.loss.place import ORDER, PLACES, Place
from crossdock.ports.listing import Listed
from tests.support.closing_house import as_owner, of, places
from tests.support.listing_house import ListingHouse

SECOND = timedelta(seconds=1)


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
    assert (shop.seen, shop.received, shop.ended, shop.open) == (5, 5, 2, 3)
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


def test_a_clock_that_was_set_back_is_no_loss(trade: ListingHouse) -> None:
    """What an order says now is as new as its newest event, whatever the clock said in between."""
    trade.place(1)
    trade.house.clock.advance(-2 * SECOND)  # type: ignore[attr-defined]
    trade.change(1, cancelled=True)
    trade.settle()
    trade.later(3600 * SECOND)
    assert Place.DOCUMENT_OLD not in places(trade.close().close, 1)


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
