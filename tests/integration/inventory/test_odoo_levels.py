"""What Odoo's stock stream says arrives in the ledger, through the whole engine."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from crossdock.connectors.odoo.manifest import MANIFEST
from crossdock.connectors.odoo.twin import DATABASE, OdooTwin
from crossdock.engine import pace
from crossdock.engine.clock import ManualClock
from crossdock.engine.store import Store
from crossdock.engine.sweep import SQL as SWEEP_SQL
from crossdock.engine.sweep import Sweeper
from crossdock.governance.connections import add_connection
from crossdock.ports.capabilities import Connection
from crossdock.processes.inventory.ledger.positions import read_positions
from crossdock.testing.twin_server import TwinServer
from tests.contract.odoo.conftest import NOW, House, make_connector
from tests.contract.odoo.stock import STOCK, SUPPLIERS, Shelves
from tests.support.paper_house import PaperHouse


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def shelves(clock: ManualClock) -> Iterator[Shelves]:
    with TwinServer(OdooTwin(clock=clock)) as server:
        connector = make_connector(server.url, stock="on")
        yield Shelves(House(server), connector, clock)
        connector.close()


@pytest.fixture
def house(store: Store, clock: ManualClock, shelves: Shelves) -> PaperHouse:
    """A paper house with that Odoo beside its own ERP; only Odoo's stock is swept."""
    made = PaperHouse(store, clock)
    settings = {"url": shelves.house.server.url, "database": DATABASE, "stock": "on"}
    with store.transaction() as tx:
        number = add_connection(
            tx, MANIFEST, company_id=1, name="odoo", settings=settings,
            secrets={"key": ["env:ODOO_KEY"]}, now=clock.now(),
        )  # fmt: skip
        pace.ensure(tx, number, MANIFEST, 2, clock.now())
        tx.run("DELETE FROM stream")
        tx.run(
            SWEEP_SQL.ensure_stream, connection_id=number, company_id=1, stream="stock",
            projection=None, max_age=None, interval=60, now=clock.now(),
        )  # fmt: skip
    made.registry.attach(Connection(number, 1, "odoo", "odoo", settings), shelves.connector)
    return made


def swept(house: PaperHouse, clock: ManualClock) -> dict[str, str]:
    """What the ledger has of BOX after one more sweep, by measure."""
    clock.advance(timedelta(minutes=2))
    assert Sweeper(house.store, house.registry, clock, "w1").sweep_once()
    house.settle()
    with house.store.transaction() as tx:
        found = read_positions(tx, sku="BOX")
    return {p.measure: f"{p.amount:f} {p.unit}" for p in found}


def test_levels_are_read_kept_and_replaced(
    house: PaperHouse, shelves: Shelves, clock: ManualClock
) -> None:
    product = shelves.goods(stock="10")
    shelves.keyed_in(product, "3")
    shelves.move(product, "30", SUPPLIERS, STOCK)
    assert swept(house, clock) == {
        "available": "10 Units", "foreign_demand": "3 Units", "expected": "30 Units",
        "reserved_there": "3 Units",
    }  # fmt: skip
    [quant] = shelves.database.tables["stock.quant"].values()
    shelves.database.update("stock.quant", quant, {"quantity": 7})
    assert swept(house, clock)["available"] == "7 Units"
    states = house.rows("SELECT DISTINCT state FROM message WHERE kind = 'odoo.stock_level'")
    assert {row.state for row in states} <= {"done", "duplicate", "stale"}
    assert house.held() == []
