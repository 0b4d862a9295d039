"""The demo as a user runs it, and with workers killed −9 on the way."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PLACES = ("after_intent", "after_send", "before_observe")


def play(
    directory: Path, *options: str, database: str | None = None
) -> tuple[int, dict[str, Any], str]:
    """Run `demo --once`; returns exit code, reckoning and everything it printed."""
    environment = {k: v for k, v in os.environ.items() if k != "CROSSDOCK_DATABASE_URL"}
    if database:
        environment["CROSSDOCK_DATABASE_URL"] = database
    demo = [sys.executable, "-m", "crossdock.rehearsal.demo", "--once", "--json"]
    done = subprocess.run(
        [*demo, "--directory", str(directory), *options],
        capture_output=True,
        text=True,
        env=environment,
        timeout=900,
        check=False,
    )
    assert done.stdout, done.stderr[-3000:]
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_small_day_ends_even(tmp_path: Path, blank_database: str) -> None:
    code, result, printed = play(tmp_path, "--orders", "40", "--seed", "3", database=blank_database)
    assert (code, result["differences"], result["unowned"]) == (0, [], 0), printed[-3000:]
    assert result["shop_orders"] == result["ledger_orders"] == 40
    assert result["duplicates"] > 0, "the day doubles webhooks"


def test_500_orders_with_workers_killed_at_three_places(
    tmp_path: Path, blank_database: str
) -> None:
    """Each place struck at least five times, something adopted, and the result is unchanged."""
    code, result, printed = play(
        tmp_path, "--orders", "500", "--kill", "7", database=blank_database
    )
    assert (code, result["differences"], result["unowned"]) == (0, [], 0), printed[-3000:]
    assert all(result["deaths"][place] >= 5 for place in PLACES), result["deaths"]
    assert result["adopted"] >= 1
    assert result["shop_orders"] == 500
