"""Memory of a whole deployment at rest: API, one worker and PostgreSQL.

Proportional (PSS): what processes share is counted once. After some orders have come to their
invoices and the last one is done; connected are a shop, an Odoo and a warehouse. In the same run:
two Pythons that import nothing and an empty PostgreSQL cluster with the same settings.

Memory at rest hardly depends on what else the machine does. So one deployment is read once; more
readings of it would be one observation all the same, and the limit is a fixed one.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crossdock.engine.postgres import EmbeddedPostgres
from crossdock.rehearsal.bench.load.odoo_house import AT_ONCE, OdooHouse, odoo_house
from crossdock.rehearsal.bench.load.processes import memory_mb, server_pids
from crossdock.rehearsal.bench.result import Aim, Result

AIM = Aim(at_most=400)
RATIO_CEILING = 12.0
"""Ten when it was set, 244 MB beside 24; a worker more breaks it, or 50 MB of libraries."""
ORDERS, SHORT_ORDERS = 300, 20
REST_SECONDS, SHORT_REST_SECONDS = 20.0, 3.0
PATIENCE_SECONDS = 120
METRIC = "proportional memory at rest: API, 1 worker, PostgreSQL"
BASELINE = "2 bare Pythons and an empty PostgreSQL"
FIGURES = ((METRIC, BASELINE),)
COMPARED = ()
BARE = [sys.executable, "-S", "-c", "import sys; sys.stdin.read()"]


def run(short: bool) -> list[Result]:
    """Raises BenchFailed where the kernel does not tell a process's memory."""
    orders, rest_seconds = (SHORT_ORDERS, SHORT_REST_SECONDS) if short else (ORDERS, REST_SECONDS)
    with ExitStack() as running:
        house = running.enter_context(odoo_house(None, AT_ONCE, warehouses={"hall": []}))
        bare = running.enter_context(_bare())
        house.place(orders)
        house.wait_for(orders, PATIENCE_SECONDS, 0.1, "invoiced")
        time.sleep(rest_seconds)
        ours, least = memory_mb(_deployment(house)), memory_mb(bare)
    return [
        Result("footprint", METRIC, ours, "MB", BASELINE, least, AIM, ratio_ceiling=RATIO_CEILING)
    ]


def _deployment(house: OdooHouse) -> list[int]:
    children = [c for c in house.house.children if c.name == "api"] + house.house.workers
    return [*(c.process.pid for c in children if c.process), *server_pids(house.house.url)]


@contextmanager
def _bare() -> Iterator[Sequence[int]]:
    """What any such deployment needs at least; yields the processes."""
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-bare-") as folder, ExitStack() as all_:
        url = all_.enter_context(EmbeddedPostgres.throw_away(Path(folder) / "postgres")).url
        pythons = [
            subprocess.Popen(BARE, stdin=subprocess.PIPE)  # noqa: S603 - our own interpreter
            for _ in range(2)
        ]
        for python in pythons:
            all_.callback(python.wait)
            all_.callback(python.kill)
        yield [*(p.pid for p in pythons), *server_pids(url)]
