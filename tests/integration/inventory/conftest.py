import pytest

from crossdock.engine.store import Store
from tests.support.paper_house import PaperHouse


@pytest.fixture
def house(store: Store) -> PaperHouse:
    return PaperHouse(store, store.clock())
