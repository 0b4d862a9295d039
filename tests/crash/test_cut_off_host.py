"""A host vanishes with a transaction open: PostgreSQL gives back what it had locked (root only)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crossdock.bootstrap import DATABASE_VARIABLE
from crossdock.engine.migrations.runner import migrate
from crossdock.engine.store import Store
from crossdock.rehearsal.crashes.network import network
from crossdock.rehearsal.crashes.partition import by_network, listen_there
from crossdock.rehearsal.crashes.report import CannotRun
from crossdock.rehearsal.crashes.server import Server

LOCKS = """
import os, sys, time
from crossdock.engine.store import Store
with Store(os.environ["CROSSDOCK_DATABASE_URL"], size=1, name="host") as s, s.transaction() as tx:
    tx.run("SELECT pg_advisory_xact_lock(7)")
    print("locked", flush=True)
    time.sleep(600)
"""
GIVEN_BACK_SECONDS = 40
"""25 for the server to find out, and some for a slow machine; with its defaults two hours."""


def test_its_locks_are_given_back(tmp_path: Path) -> None:
    server = Server(tmp_path / "postgres")
    try:
        with network(1) as net:
            migrate(server.start())
            listen_there(server, net)
            (host,) = net.hosts
            there = [sys.executable, "-m", "crossdock.rehearsal.crashes.elsewhere", host.namespace]
            environment = {**os.environ, DATABASE_VARIABLE: by_network(server.start(), net.address)}
            with subprocess.Popen(
                [*there, "-c", LOCKS], env=environment, stdout=subprocess.PIPE, text=True
            ) as holder:
                try:
                    assert holder.stdout is not None
                    assert holder.stdout.readline() == "locked\n"
                    host.pull_cable()
                    lock_like_it(server.start())
                finally:
                    holder.kill()
    except CannotRun as error:
        pytest.skip(str(error))
    finally:
        server.remove()


def lock_like_it(url: str) -> None:
    with Store(url, size=1, name="other") as store, store.transaction() as tx:
        tx.run(f"SET LOCAL lock_timeout TO '{GIVEN_BACK_SECONDS}s'")
        tx.run("SELECT pg_advisory_xact_lock(7)")
