"""A short `crossdock sim crashes`: real processes, a PostgreSQL of their own, real blows.

The other scenarios take minutes, since a call that was cut off is looked for when it can no longer
be running: they are run by the command.
"""

from pathlib import Path

from crossdock.rehearsal.crashes.report import Plan, Verdict
from crossdock.rehearsal.crashes.scenarios import SCENARIOS, run

BLOWS = 3


def test_workers_and_api_are_killed(tmp_path: Path) -> None:
    report = run(SCENARIOS["kill"], Plan(tmp_path, BLOWS, lease_seconds=4.0, pause_seconds=1.5))
    assert report.verdict is Verdict.PASSED, report.wrong()
    assert report.done["worker killed −9"] + report.done["API killed −9"] == BLOWS
    assert report.done["API killed −9"] == 1
    assert report.acknowledged > 0
    assert report.orders > 1
