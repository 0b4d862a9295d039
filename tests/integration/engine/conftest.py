"""A deployment on paper, with a clock the test moves."""

import random
from datetime import UTC, datetime

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.deliver import Deliverer
from crossdock.engine.pace import Pace
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


@pytest.fixture
def seeded(house: PaperHouse, monkeypatch: pytest.MonkeyPatch) -> PaperHouse:
    """A house whose deliverers draw their jitter from one seed, and send one effect a call."""
    chance = random.Random(3)

    def deliverer(self: PaperHouse, name: str = "erp", worker: str = "w1") -> Deliverer:
        slow = Pace(2, {("create_sales_order", True): 10.0})
        attached = self.registry.by_name(name)
        return Deliverer(self.store, self.clock, attached, worker, slow, chance=chance)

    monkeypatch.setattr(PaperHouse, "deliverer", deliverer)
    return house
