"""A shop (the twin) behind HTTP, and the connector that talks to it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crossdock.connectors.shopify.connector import ShopifyConnector, connector
from crossdock.connectors.shopify.twin import ShopTwin
from crossdock.connectors.shopify.twin.shop_twin import SECRET, TOKEN
from crossdock.engine.clock import ManualClock
from crossdock.ports.capabilities import Connection
from crossdock.testing.twin_server import TwinServer

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def connection(shop_url: str, **settings: str) -> Connection:
    secrets = {"api_secret": (SECRET,), "access_token": (TOKEN,)}
    return Connection(7, 1, "shop_eu", "shopify", {"shop_url": shop_url, **settings}, secrets)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def twin(clock: ManualClock) -> Iterator[ShopTwin]:
    """Served, with a bucket that no test empties by accident."""
    shop = ShopTwin(clock=clock)
    shop.bucket.capacity, shop.bucket.restore_rate = 1_000_000, 1_000
    with TwinServer(shop) as server:
        shop.url = server.url  # type: ignore[attr-defined]
        yield shop


@pytest.fixture
def shop(twin: ShopTwin) -> Iterator[ShopifyConnector]:
    made = connector(connection(twin.url))  # type: ignore[attr-defined]
    yield made
    made.close()
