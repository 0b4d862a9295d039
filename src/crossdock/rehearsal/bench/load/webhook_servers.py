"""Server processes and loads for benchmarks of the receiving path."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import httpx

from crossdock.bootstrap import DATABASE_VARIABLE, manifest_of
from crossdock.engine.store import Store
from crossdock.governance.connections import add_company, add_connection
from crossdock.rehearsal.bench.load.webhook_client import Answered, Load
from crossdock.rehearsal.bench.load.webhook_server import WAYS
from crossdock.rehearsal.bench.result import BenchFailed
from crossdock.rehearsal.children import Child, ChildFailed, stop_all, wait_until
from crossdock.rehearsal.house import free_port

CONNECTION = "bench_shop"
SECRET = "bench-secret"  # noqa: S105 - made up
SECRET_VARIABLE = "CROSSDOCK_BENCH_SECRET"  # noqa: S105 - a name


def prepare(url: str) -> None:
    """One company with one shop."""
    with Store(url, size=1) as store, store.transaction() as tx:
        add_company(tx, 1, "bench", "Bench Ltd")
    with Store(url, size=2) as store:
        now = store.clock().now()
        with store.transaction() as tx:
            add_connection(
                tx, manifest_of("shopify"), company_id=1, name=CONNECTION, now=now,
                settings={"shop_url": "https://bench.myshopify.com"},
                secrets={"api_secret": [f"env:{SECRET_VARIABLE}"],
                         "access_token": [f"env:{SECRET_VARIABLE}"]},
            )  # fmt: skip


@contextmanager
def webhook_servers(url: str, folder: Path) -> Iterator[Mapping[str, int]]:
    """One server process for each way to acknowledge; yields their ports."""
    ports = {way: free_port() for way in WAYS}
    environment = {DATABASE_VARIABLE: url, SECRET_VARIABLE: SECRET}
    module = "crossdock.rehearsal.bench.load.webhook_server"
    children = [
        Child(way, ["-m", module, way, "--port", str(port)], folder, environment).start()
        for way, port in ports.items()
    ]
    try:
        for child, port in zip(children, ports.values(), strict=True):
            _wait_for(child, port)
        yield ports
    except ChildFailed as error:
        raise BenchFailed(str(error)) from error
    finally:
        stop_all(children)


def send(load: Load) -> Answered:
    """Run one load in a process of its own. Raises BenchFailed unless every request got its 200."""
    command = [sys.executable, "-m", "crossdock.rehearsal.bench.load.webhook_client"]
    done = subprocess.run(  # noqa: S603 - our own module
        command, input=json.dumps(asdict(load)) + "\n", capture_output=True, text=True, check=False,
        env=dict(os.environ),
    )  # fmt: skip
    if done.returncode:
        raise BenchFailed(f"the load client failed: {done.stderr.strip()[-500:]}")
    answered = Answered(**json.loads(done.stdout))
    if answered.refused:
        raise BenchFailed(f"{answered.refused} of {load.count} webhooks were not acknowledged")
    return answered


def count_messages(url: str) -> int:
    """What the database holds."""
    with Store(url, size=1) as store, store.transaction() as tx:
        rows: Sequence[tuple[int]] = tx.rows("SELECT count(*) FROM message")
        return rows[0][0]


def _wait_for(child: Child, port: int) -> None:
    def healthy() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            if not child.alive:
                raise ChildFailed(f"{child.name} ended; see {child.log_path}") from None
            return False

    wait_until(healthy, 60, f"the server {child.name!r} answering")
