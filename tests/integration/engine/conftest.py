"""A deployment on paper, with a clock the test moves."""

from datetime import UTC, datetime

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from tests.support.listed_shop import ListedShop, list_orders
from tests.support.paper_house import PaperHouse


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def house(store: Store, clock: ManualClock) -> PaperHouse:
    return PaperHouse(store, clock)


@pytest.fixture
def listed(house: PaperHouse) -> ListedShop:
    """The house's shop, which lists its orders by change."""
    return list_orders(house)
