"""A trading house whose days are closed night by night, and what its closes say."""

from datetime import UTC, date, datetime, timedelta

import psycopg

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.ops.close_result import Close, Statement
from crossdock.ops.daily_close import DailyClose
from tests.support.listing_house import ListingHouse
from tests.support.paper_house import PaperHouse

DAY = date(2026, 3, 2)
ONE = timedelta(days=1)
HOUR = timedelta(hours=1)


def closing_house(store: Store, clock: ManualClock) -> ListingHouse:
    """One that ships from two warehouses."""
    named = {"warehouses": "annex=C-*, wms", "total_tolerance": "0.05"}
    return ListingHouse(PaperHouse(store, clock, named, {"short_pick": "close_short"}))


def of(close: Close, connection: str) -> Statement:
    """What is signed of one connection."""
    return next(s for s in close.statements if s.connection == connection)


def places(close: Close, number: int) -> set[str]:
    """Where the meter says that an order was lost."""
    key = f"shop:order:{number}"
    return {d.place for d in close.differences if d.work_key == key}


def as_owner(database: str, statement: str) -> None:
    """What somebody with a database client does."""
    with psycopg.connect(database, options="-csearch_path=crossdock") as owner:
        assert owner.execute(statement).rowcount > 0


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
    """Closes that were kept: the day, and by whom."""
    rows = trade.house.rows("SELECT day, closed_by FROM close_run ORDER BY run_id")
    return [(r.day, r.closed_by) for r in rows]
