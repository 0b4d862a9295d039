"""Thirty bugs that somebody could write, each switched on by its name.

They prove the checker: a simulation that does not notice them proves nothing. Ten are what caused
public failures of comparable products (`T…`, the scenarios); the others break one promise each.
"""

from tests.sim.planted.bug import PlantedBug
from tests.sim.planted.calls import CALLS
from tests.sim.planted.fulfilment import FULFILMENT
from tests.sim.planted.ledger import LEDGER
from tests.sim.planted.receiving import RECEIVING

BUGS: dict[str, PlantedBug] = {bug.name: bug for bug in (*RECEIVING, *LEDGER, *CALLS, *FULFILMENT)}
