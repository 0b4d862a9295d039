from datetime import UTC, datetime

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.ops.word import Word
from tests.support.closing_house import closing_house
from tests.support.listing_house import ListingHouse
from tests.support.paper_house import PaperHouse


@pytest.fixture
def house(store: Store) -> PaperHouse:
    return PaperHouse(store, store.clock())


@pytest.fixture
def word(house: PaperHouse) -> Word:
    return Word("anna", house.clock.now(), "because")


@pytest.fixture
def closed_at(store: Store) -> ManualClock:
    """The clock of the house whose days are closed."""
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def trade(store: Store, closed_at: ManualClock) -> ListingHouse:
    return closing_house(store, closed_at)
