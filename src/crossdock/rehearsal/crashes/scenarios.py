"""All scenarios, by name, and how one is played."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from crossdock.engine.postgres import PostgresUnavailable
from crossdock.engine.store import StatementFailed, StoreUnavailable
from crossdock.rehearsal.children import ChildFailed
from crossdock.rehearsal.crashes import (
    elastic,
    freeze,
    kill,
    listen_cut,
    migration,
    partition,
    postgres_restart,
    standby,
)
from crossdock.rehearsal.crashes.report import CannotRun, Plan, Report


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which a real deployment breaks."""

    name: str
    breaks: str
    play: Callable[[Plan, Report], None]
    rounds: int
    """Blows, when nobody says how many."""


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("kill", "workers and API killed −9 at random instants", kill.play, 12),
        Scenario(
            "postgres-restart", "PostgreSQL stopped at once or killed −9, and started again",
            postgres_restart.play, 5,
        ),
        Scenario(
            "listen-cut", "the sessions that hear notifications cut without FIN or RST",
            listen_cut.play, 3,
        ),
        Scenario(
            "freeze", "workers frozen in mid-work, longer than their leases, and thawed",
            freeze.play, 2,
        ),
        Scenario(
            "partition", "a host cut off from the database in the middle of its work",
            partition.play, 4,
        ),
        Scenario(
            "migration", "the schema moves on under traffic; two releases work side by side",
            migration.play, 1,
        ),
        Scenario("elastic", "1 → 4 → 1 workers under bursts of orders", elastic.play, 3),
        Scenario(
            "standby", "the primary cut off, its synchronous standby promoted", standby.play, 1
        ),
    )
}  # fmt: skip


def run(scenario: Scenario, plan: Plan) -> Report:
    """Play it; what it met instead of an end is a failure of its report."""
    report = Report(scenario.name)
    began = time.monotonic()
    try:
        scenario.play(plan, report)
    except CannotRun as error:
        report.not_run = str(error)
    except (
        ChildFailed, PostgresUnavailable, StatementFailed, StoreUnavailable, RuntimeError, OSError,
    ) as error:  # fmt: skip
        report.failures.append(f"{type(error).__name__}: {error}")
    report.seconds = time.monotonic() - began
    return report
