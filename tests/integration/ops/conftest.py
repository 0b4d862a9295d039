import pytest

from crossdock.engine.store import Store
from crossdock.ops.word import Word
from tests.support.paper_house import PaperHouse


@pytest.fixture
def house(store: Store) -> PaperHouse:
    return PaperHouse(store, store.clock())


@pytest.fixture
def word(house: PaperHouse) -> Word:
    return Word("anna", house.clock.now(), "because")
