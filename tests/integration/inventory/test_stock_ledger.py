"""What the sources say is kept place by place; one source counts at each location."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from crossdock.domain.fulfilment import StockAdjustment, StockCount
from crossdock.domain.quantity import Quantity
from crossdock.domain.stock import ExpectedReceipt, StockLevel
from crossdock.ops.stock_locations import disagreements, remove_location, set_location
from crossdock.ops.word import Word
from crossdock.processes.inventory.ledger.locations import (
    Authority,
    BadLocation,
    NoSuchLocation,
    StockLocation,
)
from crossdock.processes.inventory.ledger.positions import (
    AVAILABLE,
    PlacedPosition,
    read_positions,
    unknown_places,
)
from crossdock.processes.inventory.stock_position import StockPosition
from tests.support.paper_house import PaperHouse
from tests.support.paper_stock import counter, say

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pieces(amount: int | str) -> Quantity:
    return Quantity(amount=Decimal(amount), unit="EA")


def level(on_hand: int, *, minutes: int = 0, sku: str = "A", **more: Any) -> StockLevel:
    at = MORNING + timedelta(minutes=minutes)
    return StockLevel(location="WH", sku=sku, on_hand=pieces(on_hand), read_at=at, **more)


def count(amount: int, *, minutes: int = 0, sku: str = "A", state: str = AVAILABLE) -> StockCount:
    at = MORNING + timedelta(minutes=minutes)
    return StockCount(
        event_id=f"c{sku}{state}{minutes}", sku=sku, quantity=pieces(amount), state=state,
        counted_at=at,
    )  # fmt: skip


def change(amount: int, *, minutes: int) -> StockAdjustment:
    at = MORNING + timedelta(minutes=minutes)
    return StockAdjustment(event_id=f"a{minutes}", sku="A", change=pieces(amount), adjusted_at=at)


def known(house: PaperHouse, **wanted: Any) -> list[PlacedPosition]:
    with house.store.transaction() as tx:
        return read_positions(tx, **wanted)


def measures(house: PaperHouse, **wanted: Any) -> dict[str, Decimal]:
    return {p.measure: p.amount for p in known(house, **wanted)}


def counted(house: PaperHouse) -> dict[str, Decimal]:
    return {p.sku: p.amount for p in known(house, counting=True)}


def locate(house: PaperHouse, **more: Any) -> None:
    wanted = {"name": "main", "authority": Authority.ERP, "erp": "odoo", "erp_code": "WH"} | more
    word = Word("anna", house.clock.now(), "because")
    with house.store.transaction() as tx:
        set_location(tx, StockLocation(company_id=1, **wanted), word)


def test_a_level_takes_the_place_of_the_one_before(house: PaperHouse) -> None:
    odoo = counter(house, "odoo")
    receipt = ExpectedReceipt(
        reference="P1", line="1", quantity=pieces(30), expected_on=date(2026, 3, 9)
    )
    first = level(
        10, unsellable={"damaged": Decimal(2)}, foreign_demand=Decimal(3), reserved=Decimal(4),
        receipts=(receipt,),
    )  # fmt: skip
    say(house, odoo, first)
    assert measures(house) == {
        AVAILABLE: 10, "damaged": 2, "foreign_demand": 3, "reserved_there": 4, "expected": 30,
    }  # fmt: skip
    say(house, odoo, level(40, minutes=5))
    assert measures(house) == {AVAILABLE: 40}
    say(house, odoo, level(99, minutes=1))
    assert measures(house) == {AVAILABLE: 40}, "an older reading came late"


def test_an_unchanged_level_is_heard_and_leaves_no_event(house: PaperHouse) -> None:
    odoo = counter(house, "odoo")
    say(house, odoo, level(10))
    say(house, odoo, level(10, minutes=5))
    [position] = known(house)
    assert position.as_of == MORNING + timedelta(minutes=5)
    assert len(house.rows("SELECT 1 FROM event WHERE type = 'stock.level_read'")) == 1


@pytest.mark.parametrize("seed", range(6))
def test_positions_are_the_fold_of_the_documents_in_any_order(house: PaperHouse, seed: int) -> None:
    chance = Random(seed)
    facts = [
        count(20, minutes=0), change(-3, minutes=10), change(5, minutes=20), count(18, minutes=30),
        change(-1, minutes=40), count(4, minutes=15, state="damaged"),
    ]  # fmt: skip
    chance.shuffle(facts)
    wms = counter(house, "hall")
    for fact in facts:
        say(house, wms, fact)
    assert measures(house) == {AVAILABLE: 17, "damaged": 4}
    [row] = house.rows(
        "SELECT data::text AS data FROM document WHERE document_type = 'StockPosition'"
    )
    fold = StockPosition.model_validate_json(row.data)
    assert {p.measure: p.amount for p in fold.positions()} == measures(house)


def test_one_source_counts_and_switching_counts_nothing_twice(house: PaperHouse) -> None:
    odoo, hall = counter(house, "odoo"), counter(house, "hall")
    say(house, odoo, level(10), level(7, sku="B"))
    say(house, hall, count(8), count(7, sku="B"))
    locate(house, warehouse="hall")
    assert counted(house) == {"A": 10, "B": 7}
    with house.store.transaction() as tx:
        [differing] = disagreements(tx, "main")
    assert (differing.sku, f"{differing.erp}", f"{differing.warehouse}") == ("A", "10", "8")
    locate(house, warehouse="hall", authority=Authority.WAREHOUSE)
    assert counted(house) == {"A": 8, "B": 7}
    acts = house.rows("SELECT action, detail #>> '{before,authority}' AS was FROM audit")
    assert [(a.action, a.was) for a in acts] == [
        ("stock_location.set", None), ("stock_location.set", "erp"),
    ]  # fmt: skip


def test_a_place_belongs_to_one_location(house: PaperHouse) -> None:
    counter(house, "odoo")
    locate(house)
    with pytest.raises(BadLocation, match="counted twice"):
        locate(house, name="other")
    with pytest.raises(BadLocation, match="no connection 'nobody'"):
        locate(house, name="other", erp_code="X", warehouse="nobody")
    with pytest.raises(BadLocation, match="has no warehouse"):
        locate(house, authority=Authority.WAREHOUSE)


def test_what_no_location_names_is_told_and_counts_nowhere(house: PaperHouse) -> None:
    odoo = counter(house, "odoo")
    say(house, odoo, level(10))
    assert known(house, counting=True) == []
    with house.store.transaction() as tx:
        [place] = unknown_places(tx)
    assert (place.connection, place.place, place.skus) == ("odoo", "WH", 1)
    locate(house)
    with house.store.transaction() as tx:
        assert unknown_places(tx) == []
    word = Word("anna", house.clock.now(), "because")
    with house.store.transaction() as tx:
        remove_location(tx, 1, "main", word)
    assert known(house, counting=True) == []
    assert measures(house) == {AVAILABLE: 10}
    with house.store.transaction() as tx, pytest.raises(NoSuchLocation, match="there are: none"):
        remove_location(tx, 1, "main", word)


def test_less_than_nothing_is_asked_about_once_until_it_is_right(house: PaperHouse) -> None:
    odoo = counter(house, "odoo")
    say(house, odoo, level(-4))
    say(house, odoo, level(-5, minutes=5))
    assert house.held() == ["stock_below_zero"]
    assert measures(house) == {AVAILABLE: -5}
    say(house, odoo, level(3, minutes=10))
    assert house.held() == []
