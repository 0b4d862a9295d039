"""A database that is gone for a while, does not answer any more, is elsewhere, or in use."""

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy.exc import OperationalError

from crossdock.bootstrap import DATABASE_VARIABLE, database_url
from crossdock.engine.migrations import runner
from crossdock.engine.migrations.runner import current, migrate
from crossdock.engine.migrations.standing import newest_known
from crossdock.engine.store import Store, StoreUnavailable
from crossdock.engine.store.owner import owner_transaction
from crossdock.rehearsal.crashes.cable import Cable
from crossdock.rehearsal.crashes.server import Server
from crossdock.rehearsal.house import free_port

OUTAGE_SECONDS = 8
"""Pauses that double had grown to eight seconds by then."""
SOON_SECONDS = 4
LISTENER = b"listen"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server") / "postgres")
    migrate(made.start())
    yield made
    made.remove()


def test_a_store_works_soon_after_a_long_outage(server: Server) -> None:
    with Store(server.cluster.url, size=4, name="test") as store:
        everybody_at_once(store)
        server.stop_at_once()
        everybody_at_once(store)
        asking = threading.Thread(target=ask, args=(store,))
        asking.start()
        threading.Event().wait(OUTAGE_SECONDS)
        server.start()
        back = time.monotonic()
        asking.join()
        assert time.monotonic() - back < SOON_SECONDS


def ask(store: Store) -> None:
    while not answers(store):
        pass


def answers(store: Store) -> bool:
    try:
        store.clock().now()
    except StoreUnavailable:
        return False
    return True


def everybody_at_once(store: Store) -> None:
    """Use every session of the pool."""
    together = threading.Barrier(4)

    def use() -> None:
        try:
            with store.transaction() as tx:
                together.wait(10)
                tx.rows("SELECT 1")
        except (StoreUnavailable, threading.BrokenBarrierError):
            together.abort()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_listener_finds_out_that_nobody_answers(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossdock.engine.store.listening.ANSWER_SECONDS", 1.0)
    with (
        Cable(server.socket) as cable,
        Store(cable.database_url(server.cluster.url), size=1, name="test") as store,
    ):
        heard = store.listen(["apply"], 0.2)
        assert next(heard) is None
        assert cable.cut_open(LISTENER) == 1
        found_out = threading.Event()

        def listen() -> None:
            with pytest.raises(StoreUnavailable):
                list(heard)
            found_out.set()

        threading.Thread(target=listen, daemon=True).start()
        assert found_out.wait(10)
        assert answers(store), "the other sessions go on"
        assert next(store.listen(["apply"], 0.2)) is None


@pytest.mark.parametrize("wakes_in", ["a statement", "its commit"])
def test_a_frozen_transaction_gives_back_what_it_locked(server: Server, wakes_in: str) -> None:
    url = server.cluster.url
    with (
        Store(url, size=1, name="frozen", abandoned_after=1) as frozen,
        Store(url, size=1, name="other") as other,
    ):
        with pytest.raises(StoreUnavailable):
            freeze(frozen, other, wakes_in)
        assert answers(frozen)


def freeze(frozen: Store, other: Store, wakes_in: str) -> None:
    with frozen.transaction() as tx:
        tx.run("SELECT pg_advisory_xact_lock(7)")
        with other.transaction() as waiting:
            waiting.run("SET LOCAL lock_timeout TO '10s'")
            waiting.run("SELECT pg_advisory_xact_lock(7)")
        if wakes_in == "a statement":
            tx.run("SELECT 1")


def test_a_database_has_several_hosts(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first refuses, as a primary does that is gone; migration and sessions find the second."""
    with Cable(server.socket) as gone, Cable(server.socket) as here:
        gone.port = free_port()
        monkeypatch.setenv(DATABASE_VARIABLE, gone.database_url(server.cluster.url, here))
        url = database_url()
        assert migrate(url) == current(url) == newest_known()
        with Store(url, size=1, name="test") as store:
            assert answers(store)


@pytest.mark.parametrize(
    ("error", "ends_well"),
    [(psycopg.errors.DeadlockDetected(), True), (psycopg.errors.AdminShutdown(), False)],
)
def test_a_migration_that_meets_somebody_is_begun_anew(
    server: Server, monkeypatch: pytest.MonkeyPatch, error: psycopg.Error, ends_well: bool
) -> None:
    upgrade, met = command.upgrade, list[psycopg.Error]()

    def meets_once(*arguments: Any) -> None:
        if not met:
            met.append(error)
            raise OperationalError("ALTER TABLE", {}, error)
        upgrade(*arguments)

    monkeypatch.setattr(runner, "LOCK_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(command, "upgrade", meets_once)
    with nullcontext() if ends_well else pytest.raises(StoreUnavailable, match="session broke"):
        assert migrate(server.cluster.url) == newest_known()
    assert met == [error]


def test_a_migration_keeps_nobody_waiting(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LOCK_SECONDS_MAX", 1)
    monkeypatch.setattr(runner, "LOCK_PAUSE_SECONDS", 0.1)
    url = server.cluster.url
    with owner_transaction(url, "backup") as tx:
        tx.run("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        monkeypatch.setattr(runner, "LOCK_TRIES", 1)
        with pytest.raises(StoreUnavailable, match="in use"):
            migrate(url)
        monkeypatch.setattr(runner, "LOCK_TRIES", 60)
        migration = threading.Thread(target=migrate, args=(url,))
        migration.start()
        migration.join(1.5)
        assert migration.is_alive()
    migration.join(10)
    assert not migration.is_alive()
