"""A grown database: so many messages, all ended, and new orders go through it as before."""

from typing import Any

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.rehearsal.bench.load.history import grow
from crossdock.rehearsal.bench.result import BenchFailed
from tests.support.invariants import check_always, ownerless
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

OPEN = """
SELECT (SELECT count(*) FROM message WHERE ended_at IS NULL) AS messages,
       (SELECT count(*) FROM effect WHERE state <> 'done') AS effects,
       (SELECT count(*) FROM lease) AS leases
"""


@pytest.fixture
def house(store: Store) -> PaperHouse:
    return PaperHouse(store, ManualClock(store.clock().now()))


def count(house: PaperHouse, table: str) -> int:
    return int(house.rows("SELECT count(*) AS n FROM " + table)[0].n)


def test_it_has_the_shape_of_what_it_saw(house: PaperHouse, database: str) -> None:
    house.arrive(*[order_body(n) for n in range(1, 5)])
    house.settle()
    tables = ("message", "delivery", "document", "alias", "event", "effect", "attempt")
    before = {table: count(house, table) for table in tables}
    grow(database, 50 * before["message"])
    after = {table: count(house, table) for table in tables}
    assert after == {table: 50 * number for table, number in before.items()}
    (left,) = house.rows(OPEN)
    assert (left.messages, left.effects, left.leases) == (0, 0, 0)
    (oldest,) = house.rows("SELECT min(received_at) AS at FROM message")
    assert (house.clock.now() - oldest.at).days == 392
    check_always(house)
    assert ownerless(house) == []


def test_a_new_order_goes_through(house: PaperHouse, database: str) -> None:
    house.arrive(order_body(1))
    house.settle()
    grow(database, 200)
    house.arrive(order_body(2), order_body(1))
    house.settle()
    assert house.status(2) == "confirmed"
    assert len(house.erp.created) == 2


def test_nothing_grows_from_nothing(house: Any, database: str) -> None:
    with pytest.raises(BenchFailed, match="saw nothing"):
        grow(database, 100)
