"""One simulator for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crossdock.rehearsal.sim.database import simulation_database
from crossdock.rehearsal.sim.run import Simulator


@pytest.fixture(scope="session")
def simulation_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("sim")
    with simulation_database(folder) as url:
        yield url


@pytest.fixture(scope="session")
def simulator(simulation_url: str) -> Iterator[Simulator]:
    with Simulator(simulation_url) as simulator:
        yield simulator
