"""A warehouse (the twin) behind HTTP, and the connector that talks to it.

Everything the connector sends and gets is held against the OpenAPI document.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crossdock.connectors.wms.connector import WmsConnector, connector
from crossdock.connectors.wms.twin import WmsTwin
from crossdock.connectors.wms.twin.wms_twin import SECRET, TOKEN
from crossdock.engine.clock import ManualClock
from crossdock.ports.capabilities import Connection
from crossdock.testing.twin_server import TwinServer
from crossdock.transports.http import open_client
from tests.contract.wms.conformity import ConformingTransport
from tests.support.webhook_receiver import Receiver

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def connection(url: str, **secrets: tuple[str, ...]) -> Connection:
    given = {"token": (TOKEN,), "webhook_secret": (SECRET,), **secrets}
    return Connection(9, 1, "wms", "wms", {"url": url}, given)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def server(clock: ManualClock) -> Iterator[TwinServer[WmsTwin]]:
    with TwinServer(WmsTwin(clock=clock)) as running:
        yield running


@pytest.fixture
def twin(server: TwinServer[WmsTwin]) -> WmsTwin:
    return server.twin


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> ConformingTransport:
    transport = ConformingTransport()

    def conforming(**given):
        return open_client(**{**given, "transport": given.get("transport") or transport})

    monkeypatch.setattr("crossdock.connectors.wms.client.open_client", conforming)
    return transport


@pytest.fixture
def wms(server: TwinServer[WmsTwin], wire: ConformingTransport) -> Iterator[WmsConnector]:
    made = connector(connection(server.url))
    yield made
    made.close()


@pytest.fixture
def receiver(twin: WmsTwin) -> Iterator[Receiver]:
    """Subscribed to the twin's events."""
    with Receiver() as listening:
        with twin.lock:
            twin.warehouse.subscribe(listening.url)
        yield listening
