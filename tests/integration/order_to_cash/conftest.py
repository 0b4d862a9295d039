"""A shop, an ERP and a warehouse on paper, with a clock the test moves."""

from datetime import UTC, datetime

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from tests.support.paper_house import PaperHouse


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def policies() -> dict[str, str]:
    """Settings of the shop; a test that wants others parametrizes it."""
    return {}


@pytest.fixture
def warehouse() -> dict[str, str]:
    """Settings of the warehouse connection."""
    return {}


@pytest.fixture
def house(
    store: Store, clock: ManualClock, policies: dict[str, str], warehouse: dict[str, str]
) -> PaperHouse:
    return PaperHouse(store, clock, {"warehouses": "wms", **policies}, warehouse)
