"""A worker that died on this host keeps slots from nobody, and its effects until its lease ends."""

import os
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from crossdock.engine.clock import ManualClock
from crossdock.engine.dead_workers import DeadWorkers
from crossdock.engine.this_host import this_host
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse

HERE = this_host()
TAKE_ALL = (
    "UPDATE connection_slot s SET owner = %(owner)s, until = %(until)s FROM connection c "
    "WHERE c.connection_id = s.connection_id AND c.name = 'erp' RETURNING 1"
)
ADD_WORKER = (
    "INSERT INTO worker VALUES (%(id)s, %(host)s, %(pid)s, 'deliver', %(began)s, %(began)s) "
    "RETURNING 1"
)


@pytest.fixture
def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def add_worker(house: PaperHouse, pid: int, began: datetime, host: str = HERE) -> None:
    """A worker in mid-call in every slot of the ERP."""
    house.rows(ADD_WORKER, id="another", host=host, pid=pid, began=began)
    until = house.clock.now() + timedelta(seconds=30)
    assert len(house.rows(TAKE_ALL, owner="another", until=until)) == 2


def freed(house: PaperHouse) -> int:
    return DeadWorkers(house.store, house.clock, "w1").free_their_slots()


def test_its_slots_are_free_at_once_and_the_backlog_moves(
    house: PaperHouse, clock: ManualClock, ended_pid: int
) -> None:
    add_worker(house, ended_pid, clock.now())
    house.arrive(order_body(1))
    house.applier().apply_once()
    assert house.deliverer().deliver_once() == 0
    assert freed(house) == 2
    assert house.deliverer().deliver_once() == 1
    assert freed(house) == 0, "what another took since is not the dead one's"


def test_what_it_had_in_hand_stays_its_own_until_the_lease_ends(
    house: PaperHouse, clock: ManualClock, ended_pid: int
) -> None:
    house.arrive(order_body(1))
    house.applier().apply_once()
    add_worker(house, ended_pid, clock.now())
    house.rows(
        "UPDATE effect SET state = 'sending', owner = 'another', attempts = 1, "
        "first_sent_at = %(now)s, last_sent_at = %(now)s, until = %(until)s RETURNING 1",
        now=clock.now(), until=clock.now() + timedelta(seconds=30),
    )  # fmt: skip
    assert freed(house) == 2
    house.watchdog().look()
    assert house.deliverer().deliver_once() == 0
    assert house.erp.calls == []


@pytest.mark.parametrize("host", [HERE, "elsewhere"])
def test_one_that_lives_or_whose_life_nobody_here_knows_keeps_them(
    house: PaperHouse, clock: ManualClock, ended_pid: int, host: str
) -> None:
    add_worker(house, os.getppid() if host == HERE else ended_pid, clock.now(), host)
    assert freed(house) == 0


def test_of_its_own_number_one_lives_if_it_began_later_than_the_process(
    house: PaperHouse, clock: ManualClock
) -> None:
    add_worker(house, os.getpid(), clock.now())
    assert freed(house) == 0
    house.rows("UPDATE worker SET started_at = started_at - interval '30 days' RETURNING 1")
    assert freed(house) == 2, "a container's first process, in its former life"
