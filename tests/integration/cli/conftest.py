"""The command line in the test's own process, on a paper house."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from crossdock import bootstrap
from crossdock.cli import connections as connections_commands
from crossdock.cli.main import app
from crossdock.engine.store import Store
from tests.support.paper_connectors import ERP, SHOP, PaperErp, PaperShop
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import WMS, PaperWarehouse

Run = Callable[..., Result]
RunJson = Callable[..., Any]
MANIFESTS = {"paper_shop": SHOP, "paper_erp": ERP, "paper_wms": WMS}
FACTORIES = {"paper_shop": PaperShop, "paper_erp": PaperErp, "paper_wms": PaperWarehouse}


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs one command line; nobody sits at the terminal."""
    handlers, level = logging.root.handlers[:], logging.root.level
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", database)
    monkeypatch.setenv("CROSSDOCK_PRINCIPAL", "anna")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("CROSSDOCK_COMPANY", raising=False)
    monkeypatch.setattr(bootstrap, "connector_factories", lambda: FACTORIES)
    monkeypatch.setattr(bootstrap, "manifest_of", MANIFESTS.__getitem__)
    monkeypatch.setattr(connections_commands, "manifest_of", MANIFESTS.__getitem__)
    runner = CliRunner()
    yield lambda *arguments: runner.invoke(app, [str(a) for a in arguments])
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


@pytest.fixture
def run_json(run: Run) -> RunJson:
    """Runs a command with --json; it must succeed; returns what it printed."""

    def call(*arguments: object) -> Any:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return call


@pytest.fixture
def house(store: Store) -> PaperHouse:
    return PaperHouse(store, store.clock())
