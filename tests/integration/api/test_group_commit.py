"""The committer alone: one bad ticket costs the others nothing."""

import threading
from collections.abc import Sequence

from crossdock.engine.commit_arrivals import DueStream, Fate, Ticket
from crossdock.engine.group_commit import GroupCommit, GroupLimits
from crossdock.engine.receive import KeptArrival
from crossdock.engine.store import Store
from crossdock.ports.message import Arrival, MessageIdentity, Source


def arrival(number: int, kind: str = "paper.order") -> KeptArrival:
    identity = MessageIdentity(kind, f"order:{number}", f"shop:order:{number}", "1")
    return KeptArrival(1, 1, Source.WEBHOOK, Arrival("orders", {}, b"%d" % number), identity)


def commit(store: Store, tickets: Sequence[Ticket]) -> list[int]:
    """Commit them and return the sizes of the groups, failed tries not counted."""
    settled = threading.Semaphore(0)
    sizes: list[int] = []

    def hear(group: Sequence[Ticket]) -> None:
        settled.release(len(group))

    group = GroupCommit(
        store, store.clock(), hear, GroupLimits(count=64), lambda c: sizes.append(c.size)
    )
    for ticket in tickets:
        group.submit(ticket)
    group.start()
    for _ in tickets:
        assert settled.acquire(timeout=30)
    group.stop()
    return sizes


def test_what_waits_is_one_transaction(store: Store) -> None:
    tickets = [Ticket(arrival(n)) for n in range(40)]
    assert commit(store, tickets) == [40]
    assert {t.fate for t in tickets} == {Fate.KEPT}


def test_a_group_is_bounded(store: Store) -> None:
    assert commit(store, [Ticket(arrival(n)) for n in range(100)]) == [64, 36]


def test_one_that_the_database_refuses_is_held_and_the_others_are_kept(store: Store) -> None:
    tickets = [Ticket(arrival(n, "bad\0kind" if n == 5 else "paper.order")) for n in range(10)]
    assert commit(store, tickets) == [1] * 10
    assert {t.fate for t in tickets} == {Fate.KEPT}
    with store.transaction() as tx:
        states = tx.rows("SELECT state, count(*) AS n FROM message GROUP BY state")
    assert {row.state: row.n for row in states} == {"waiting": 9, "held": 1}


def test_equal_ones_in_one_group_are_one_message(store: Store) -> None:
    commit(store, [Ticket(arrival(1)) for _ in range(10)])
    with store.transaction() as tx:
        (row,) = tx.rows(
            "SELECT count(*) AS all, count(*) FILTER (WHERE duplicate) AS d FROM delivery"
        )
        assert len(tx.rows("SELECT 1 FROM message")) == 1
    assert tuple(row) == (10, 9)


def test_a_closed_store_keeps_nothing_and_says_so(database: str) -> None:
    store = Store(database, size=1, wait=0.2).open()
    clock = store.clock()
    clock.now()
    store.close()
    tickets = [Ticket(arrival(1)), Ticket(DueStream(1, "orders"))]
    settled = threading.Event()
    group = GroupCommit(store, clock, lambda _: settled.set(), GroupLimits(), lambda _: None)
    for ticket in tickets:
        group.submit(ticket)
    group.start()
    assert settled.wait(30)
    group.stop()
    assert {t.fate for t in tickets} == {Fate.UNAVAILABLE}
