"""Each import contract, broken on purpose in a copy of the tree."""

import itertools
from pathlib import Path

import pytest

from tests.architecture.planted import PlantedTree


@pytest.fixture
def tree(tmp_path: Path) -> PlantedTree:
    return PlantedTree.copy_to(tmp_path)


LAYERS = [
    "domain",
    "ports",
    "formats",
    "engine",
    "governance",
    "connectors",
    "ops",
    "bootstrap",
    "api",
    "rehearsal",
    "cli",
]
UPWARD = list(itertools.pairwise(LAYERS))
BESIDE = [
    ("formats", "transports"),
    ("transports", "formats"),
    ("governance", "testing"),
    ("testing", "governance"),
    ("processes", "connectors"),
    ("connectors", "processes"),
    ("console", "api"),
    ("api", "console"),
]


@pytest.mark.parametrize(("lower", "higher"), UPWARD + BESIDE)
def test_an_arrow_that_points_up_or_sideways(tree: PlantedTree, lower: str, higher: str) -> None:
    target = f"crossdock.{higher}"
    if higher != "bootstrap":
        tree.plant(f"{higher}/planted_target.py", "")
        target += ".planted_target"
    else:
        tree.plant("bootstrap.py", "")
    source = "bootstrap.py" if lower == "bootstrap" else f"{lower}/planted_source.py"
    tree.plant(source, f"import {target}")
    said = tree.broken_contracts("layers")
    planted = source.removesuffix(".py").replace("/", ".")
    assert f"crossdock.{planted} -> {target} (l." in said


@pytest.mark.parametrize("stray", ["utils/text.py", "stray.py"])
def test_a_package_without_a_layer(tree: PlantedTree, stray: str) -> None:
    tree.plant(stray, "")
    said = tree.broken_contracts("layers")
    assert f"crossdock.{stray.split('/', maxsplit=1)[0].removesuffix('.py')}" in said


def test_a_connector_that_imports_another(tree: PlantedTree) -> None:
    tree.plant("connectors/planted_shop/client.py", "import crossdock.connectors.planted_erp")
    tree.plant("connectors/planted_erp/client.py", "")
    said = tree.broken_contracts("connectors")
    assert "crossdock.connectors.planted_shop.client -> crossdock.connectors.planted_erp" in said


def test_a_process_that_imports_another(tree: PlantedTree) -> None:
    tree.plant("processes/planted_sale/sell.py", "import crossdock.processes.planted_return")
    tree.plant("processes/planted_return/take_back.py", "")
    said = tree.broken_contracts("processes")
    assert "crossdock.processes.planted_sale.sell -> crossdock.processes.planted_return" in said


@pytest.mark.parametrize("mapping", ["mapping.py", "mapping/orders.py"])
@pytest.mark.parametrize(
    "seen",
    [
        "crossdock.connectors.planted.client",
        "crossdock.engine.clock",
        "crossdock.transports.planted",
        "httpx",
        "time",
        "socket",
    ],
)
def test_a_mapping_that_sees_more_than_its_shapes(
    tree: PlantedTree, mapping: str, seen: str
) -> None:
    tree.plant("connectors/planted/client.py", "")
    tree.plant("transports/planted.py", "")
    tree.plant(f"connectors/planted/{mapping}", f"import {seen}")
    assert f" -> {seen} (l.2)" in tree.broken_contracts("mapping")


def test_a_mapping_that_reaches_the_network_through_another_module(tree: PlantedTree) -> None:
    tree.plant("connectors/planted/mapping.py", "import crossdock.connectors.planted.prices")
    tree.plant("connectors/planted/prices.py", "import httpx")
    assert "crossdock.connectors.planted.prices -> httpx" in tree.broken_contracts("mapping")


@pytest.mark.parametrize("seen", ["crossdock.domain.money", "crossdock.connectors.planted.mapping"])
def test_a_client_that_sees_the_canonical_model(tree: PlantedTree, seen: str) -> None:
    tree.plant("connectors/planted/mapping.py", "")
    tree.plant("connectors/planted/client.py", f"import {seen}")
    assert f"crossdock.connectors.planted.client -> {seen}" in tree.broken_contracts("client")


@pytest.mark.parametrize("driver", ["psycopg", "psycopg_pool", "sqlalchemy", "alembic"])
@pytest.mark.parametrize("where", ["engine/planted.py", "processes/planted/sell.py", "api/web.py"])
def test_a_driver_outside_the_store(tree: PlantedTree, where: str, driver: str) -> None:
    tree.plant(where, f"import {driver}")
    assert f" -> {driver} (l.2)" in tree.broken_contracts("driver")


@pytest.mark.parametrize("where", ["engine/migrations/planted.py"])
def test_the_store_and_its_migrations_may_use_the_driver(tree: PlantedTree, where: str) -> None:
    tree.plant(where, "import psycopg, sqlalchemy, alembic")
    assert "planted" not in tree.broken_contracts("driver")


def test_a_twin_may_use_the_shared_twin_tools(tree: PlantedTree) -> None:
    tree.plant("testing/planted_faults.py", "")
    tree.plant("connectors/planted/twin.py", "import crossdock.testing.planted_faults")
    assert "planted" not in tree.broken_contracts()


def test_the_tree_as_it_is_keeps_every_contract(tree: PlantedTree) -> None:
    assert not tree.broken_contracts()
