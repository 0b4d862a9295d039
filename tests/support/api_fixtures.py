"""Fixtures of every folder whose tests call the API: a database with a shop, and the API on it."""

from collections.abc import Iterator

import pytest

from crossdock.api.settings import ApiSettings
from crossdock.engine.store import Store
from tests.support.api_server import ENVIRONMENT, Api, add_shop, api_in_thread

NARROW = ApiSettings(
    head_bytes_max=8_000, headers_max=60, head_seconds_max=0.7, body_seconds_max=0.7,
    body_bytes_max=50_000, request_bytes_max=5_000,
)  # fmt: skip
"""Limits that a test reaches quickly."""


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def shop_id(store: Store) -> int:
    return add_shop(store)


@pytest.fixture
def api(database: str, shop_id: int) -> Iterator[Api]:
    with api_in_thread(database) as running:
        yield running


@pytest.fixture
def narrow_api(database: str, shop_id: int) -> Iterator[Api]:
    with api_in_thread(database, NARROW) as running:
        yield running
