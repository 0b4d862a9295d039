"""Promise P1 at the HTTP edge: what was acknowledged is there, whatever dies (R11, T3)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from psycopg import sql

from crossdock.api.settings import ApiSettings
from crossdock.engine.group_commit import GroupLimits
from crossdock.engine.store import Store
from tests.support.api_server import Api, ApiProcess, add_shop, api_in_thread, order_body, wait_for


@dataclass(slots=True)
class Senders:
    """Threads that send distinct orders until the server is gone or they are told to stop."""

    api: Api
    threads: int = 16
    acknowledged: set[int] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self, first: int) -> list[threading.Thread]:
        started = [
            threading.Thread(target=self._send, args=(first + n * 100_000,), daemon=True)
            for n in range(self.threads)
        ]
        for thread in started:
            thread.start()
        return started

    def _send(self, number: int) -> None:
        with httpx.Client(timeout=30) as client:
            while not self.stop.is_set():
                number += 1
                body = order_body(number)
                try:
                    reply = Api.post(_Through(client, self.api.port), body)  # type: ignore[arg-type]
                except httpx.TransportError:
                    return
                if reply.status_code == 200:
                    self.acknowledged.add(number)
                else:
                    self.refused.append(reply.status_code)


class _Through:
    """What `Api.post` needs, on a thread's own client."""

    def __init__(self, client: httpx.Client, port: int) -> None:
        client.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        self.client = client


def kept_orders(store: Store) -> set[int]:
    with store.transaction() as tx:
        found = tx.rows("SELECT work_key FROM message WHERE state = 'waiting'")
    return {int(row.work_key.rpartition(":")[2]) for row in found}


@pytest.mark.parametrize("after", [1, 3, 40, 170, 400])
def test_killed_after_any_answer_nothing_acknowledged_is_missing(
    database: str, store: Store, after: int
) -> None:
    add_shop(store)
    api = ApiProcess(database).wait()
    try:
        senders = Senders(api)
        threads = senders.start(1_000_000)
        wait_for(lambda: len(senders.acknowledged) >= after, 60)
    finally:
        api.kill()
    for thread in threads:
        thread.join(30)
    assert len(senders.acknowledged) >= after
    assert not senders.acknowledged - kept_orders(store)


def test_told_to_stop_every_request_in_hand_is_answered(database: str, store: Store) -> None:
    add_shop(store)
    api = ApiProcess(database).wait()
    senders = Senders(api)
    threads = senders.start(1_000_000)
    wait_for(lambda: len(senders.acknowledged) >= 20, 60)
    api.stop()
    for thread in threads:
        thread.join(30)
    assert api.process.returncode in (0, -15)
    assert not senders.acknowledged - kept_orders(store)


def test_fifty_equal_deliveries_on_four_instances_are_one_message(
    database: str, store: Store
) -> None:
    add_shop(store)
    instances = [ApiProcess(database) for _ in range(4)]
    try:
        for instance in instances:
            instance.wait()
        barrier = threading.Barrier(50)

        def deliver(n: int) -> int:
            barrier.wait(30)
            with httpx.Client(timeout=30) as client:
                through = _Through(client, instances[n % 4].port)
                return Api.post(through, order_body(7)).status_code  # type: ignore[arg-type]

        with ThreadPoolExecutor(50) as pool:
            assert list(pool.map(deliver, range(50))) == [200] * 50
    finally:
        for instance in instances:
            instance.stop()
    with store.transaction() as tx:
        (message,) = tx.rows("SELECT connection_id, message_key, delivery_id FROM message")
        arrivals = tx.rows(
            "SELECT delivery_id, duplicate FROM delivery WHERE message_key = %(key)s",
            key=message.message_key,
        )
    first = [a.delivery_id for a in arrivals if not a.duplicate]
    assert first == [message.delivery_id]
    assert len(arrivals) == 50


def close_database(url: str, *, closed: bool) -> None:
    """Let nobody in, and throw out who is there."""
    name = urlsplit(url).path[1:]
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(
                sql.Identifier(name), sql.SQL("false" if closed else "true")
            )
        )
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )


def test_without_its_database_it_says_503_and_comes_back_by_itself(
    database: str, store: Store
) -> None:
    add_shop(store)
    with api_in_thread(database) as api:
        senders = Senders(api, threads=6)
        threads = senders.start(1_000_000)
        wait_for(lambda: len(senders.acknowledged) >= 50)
        close_database(database, closed=True)
        try:
            wait_for(lambda: senders.refused)
            reply = api.post(order_body(1))
            assert reply.status_code == 503
            assert int(reply.headers["retry-after"]) > 0
            assert api.get("/health").status_code == 503
        finally:
            close_database(database, closed=False)
        before = len(senders.acknowledged)
        wait_for(lambda: len(senders.acknowledged) >= before + 50, 60)
        senders.stop.set()
        for thread in threads:
            thread.join(30)
    assert set(senders.refused) == {503}
    with Store(database, size=1) as fresh:
        assert not senders.acknowledged - kept_orders(fresh)


def test_concurrent_requests_share_commits(database: str, store: Store) -> None:
    add_shop(store)
    settings = ApiSettings(group=GroupLimits(count=64))
    with api_in_thread(database, settings) as api, store.transaction() as blocker:
        blocker.run("LOCK TABLE message IN SHARE ROW EXCLUSIVE MODE")
        with ThreadPoolExecutor(40) as pool:
            replies = [pool.submit(_post_alone, api.port, n) for n in range(40)]
            wait_for(lambda: api.waiting_for_commit() == 40)
            blocker.run("ROLLBACK")
            assert [r.result(30) for r in replies] == [200] * 40
    with store.transaction() as tx:
        groups = tx.rows("SELECT DISTINCT received_at FROM delivery")
    assert len(groups) <= 3  # a first one or two that came alone, then all the others


def _post_alone(port: int, number: int) -> int:
    with httpx.Client(timeout=30) as client:
        return Api.post(_Through(client, port), order_body(number)).status_code  # type: ignore[arg-type]
