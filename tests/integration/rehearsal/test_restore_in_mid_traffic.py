"""R13: a backup in mid-traffic, more traffic, the database gone; restored, it catches up.

Real processes: API, workers, twins; the commands `backup` and `restore` as a person runs them.
Afterwards the shop, the ledger and Odoo say the same, and the twins' own logs show nothing twice.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crossdock.bootstrap import DATABASE_VARIABLE
from crossdock.engine.migrations.runner import recreate_database
from crossdock.engine.store import Store
from crossdock.ops.resync import NUMBERS_AHEAD
from crossdock.rehearsal import trading_day
from crossdock.rehearsal.reckoning import reckon
from tests.integration.ops.test_backup import found_in
from tests.integration.rehearsal.test_stop_any_service import check_the_twins
from tests.support.services import API, Services, services

EARLIER, AROUND, LATER, AFTERWARDS = 10, 12, 12, 4
"""Orders: done at the backup; on their way; lost with the database; placed while it was gone."""
SENT_UNSEEN = (
    "attempt JOIN effect e USING (effect_id) WHERE e.effect_id > %(n)s AND number = 1 "
    "AND purpose = 'send' AND NOT starts_with(e.operation, 'read_')"
)
"""Effects decided after the restore that nobody looked for first."""
LONG_ENDED = "10 minutes"
PATIENCE_SECONDS = 90


@pytest.fixture
def house(tmp_path: Path, blank_database: str) -> Iterator[Services]:
    with services(tmp_path, blank_database) as made:
        yield made


def test_a_ledger_older_than_the_world_catches_up(
    house: Services, tmp_path: Path, database_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    house.until_invoiced(house.place(EARLIER))
    slow_odoo(house)
    house.place(AROUND)
    house.until(lambda: house.count("effect WHERE state = 'waiting'") > AROUND // 2, "mid-traffic")
    file = tmp_path / "ledger.zip"
    saved = crossdock(house, "backup", file, "--json")
    assert [s for s in secrets(house) if found_in(file, s)] == []
    trading_day.strike(house.house, seed=3)
    house.until(lambda: in_odoo(house) == EARLIER + AROUND, "the orders of before in Odoo")
    house.place(LATER)
    house.until(lambda: in_odoo(house) > EARLIER + AROUND + LATER // 2, "later orders in Odoo")
    lose_the_database(house, database_server)
    house.place(AFTERWARDS)
    began = time.monotonic()
    restored = crossdock(house, "restore", file, "--yes", "--json")
    house.store = Store(house.house.url, size=2, name="test").open()
    assert saved["digest"] == restored["backup"]["digest"]
    assert restored["in_doubt"]["effects"] > AROUND // 4
    assert house.count("document") < EARLIER + AROUND + LATER
    pretend_that_it_took_long(house)
    for name in house.children:
        house.start(name)
    house.until_healthy()
    trading_day.calm(house.house)
    catch_up(house)
    minutes = {**restored["minutes"], "until level again": (time.monotonic() - began) / 60}
    with capsys.disabled():
        print(f"\nrestored {saved['rows']} rows, {restored['in_doubt']}, minutes: {minutes}")
    found = reckon(house.house, house.store)
    assert (found.differences, found.unowned) == ([], 0)
    assert found.shop_orders == found.ledger_orders == found.odoo_orders == house.placed
    assert found.statuses == {"invoiced": house.placed}
    assert found.adopted > LATER // 2, "what was made after the backup is found, not made again"
    assert house.count("effect WHERE effect_id > %(n)s", n=NUMBERS_AHEAD) > LATER
    assert house.count(SENT_UNSEEN, n=NUMBERS_AHEAD) == 0
    check_the_twins(house)
    house.store.close()


def crossdock(house: Services, *arguments: object) -> Any:
    """One command line, as a person runs it; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "crossdock.cli", *map(str, arguments)],
        env={**os.environ, **house.house.environment}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def secrets(house: Services) -> list[str]:
    """All that the deployment's processes are given, and the database's password."""
    given = dict(house.house.environment)
    password = urlsplit(given.pop(DATABASE_VARIABLE)).password
    return [*given.values(), *([password] if password else [])]


def slow_odoo(house: Services) -> None:
    """So slow that the backup finds much on its way."""
    assert house.house.odoo_twin is not None
    house.house.odoo_twin.put("faults", {"faults": [{"kind": "latency", "seconds": 2, "rate": 1}]})


def in_odoo(house: Services) -> int:
    """How many orders were made in Odoo, by its own log; without waiting for the sweep's turn."""
    trading_day.sweep_now(house.store)
    odoo = house.house.odoo_twin
    assert odoo is not None
    return int(odoo.get("effects")["counts"].get("sale.order created", 0))


def lose_the_database(house: Services, server: str) -> None:
    """Everything of ours is killed −9, and its database dropped; an empty one takes its place."""
    for name in house.children:
        house.kill(name)
    house.store.close()
    assert recreate_database(server, urlsplit(house.house.url).path[1:])
    assert API in house.children


def pretend_that_it_took_long(house: Services) -> None:
    """Nobody waits here for the minutes that a call of before may still be running there."""
    with house.store.transaction() as tx:
        tx.run(f"UPDATE restoration SET restored_at = restored_at - interval '{LONG_ENDED}'")
        tx.run(
            f"UPDATE effect SET last_sent_at = last_sent_at - interval '{LONG_ENDED}' "
            "WHERE cause = 'restored'"
        )


def catch_up(house: Services) -> None:
    """Until everything was read again and all orders are at their end."""

    def level() -> bool:
        trading_day.sweep_now(house.store)
        late = "document WHERE document_type = 'SalesOrder' AND status = 'invoiced'"
        return house.count(late) == house.placed and house.at_rest()

    deadline = time.monotonic() + PATIENCE_SECONDS
    while not level():
        assert time.monotonic() < deadline, standing(house)
        time.sleep(0.5)
    house.until(lambda: house.count("restoration WHERE caught_up_at IS NOT NULL"), "catching up")


def standing(house: Services) -> object:
    """What is open, for the message of a test that failed."""
    with house.store.transaction() as tx:
        return (
            tx.rows("SELECT code, reason, work_key FROM hold WHERE closed_at IS NULL"),
            tx.rows("SELECT status, count(*) FROM document GROUP BY 1"),
            tx.rows(
                "SELECT operation, state, ready_at, cause, error FROM effect "
                "WHERE state NOT IN ('done', 'withdrawn')"
            ),
        )
