"""What makes a crash scenario fail, and how its certificate says so."""

import json

import pytest
from typer.testing import CliRunner

from crossdock.cli.main import app
from crossdock.rehearsal.crashes.certificate import CrashCertificate
from crossdock.rehearsal.crashes.ownership import OwnershipWatch
from crossdock.rehearsal.crashes.report import UNOWNED_SECONDS_MAX, CannotRun, Plan, Report, Verdict
from crossdock.rehearsal.crashes.scenarios import SCENARIOS, Scenario, run
from crossdock.rehearsal.crashes.twin_logs import ONCE, repeated


def test_a_report_without_trouble_passed() -> None:
    assert Report("kill", orders=3, acknowledged=5).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "broken",
    [
        Report("kill", lost=1),
        Report("kill", doubled=["sale.order created a (2 times)"]),
        Report("kill", differences=["double #1: 2 sale orders in Odoo"]),
        Report("kill", failures=["no blow met a call"]),
        Report("kill", unowned_seconds=UNOWNED_SECONDS_MAX + 1),
    ],
)
def test_each_kind_of_trouble_fails(broken: Report) -> None:
    assert broken.verdict is Verdict.FAILED
    assert len(broken.wrong()) == 1
    certificate = CrashCertificate("abc", "2026-01-01", [broken])
    assert not certificate.holds_true
    assert f"**wrong**: {broken.wrong()[0]}" in certificate.markdown()


def test_what_is_not_run_says_why_and_proves_nothing() -> None:
    def forbidden(plan: Plan, report: Report) -> None:
        raise CannotRun("network namespaces need root")

    report = run(Scenario("partition", "…", forbidden, 1), Plan(directory=__file__, rounds=1))  # type: ignore[arg-type]
    assert report.verdict is Verdict.NOT_RUN
    page = CrashCertificate("abc", "2026-01-01", [report]).markdown()
    assert "Not run: network namespaces need root" in page
    assert "**1 not run.**" in page


def test_what_a_scenario_meets_is_its_failure() -> None:
    def broken(plan: Plan, report: Report) -> None:
        raise RuntimeError("pg_ctl start failed")

    report = run(Scenario("kill", "…", broken, 1), Plan(directory=__file__, rounds=1))  # type: ignore[arg-type]
    assert report.wrong() == ["RuntimeError: pg_ctl start failed"]


def test_only_what_stays_unowned_adds_up() -> None:
    watch = OwnershipWatch(store=None)  # type: ignore[arg-type]
    for seconds, found in ((0.0, {"a"}), (2.0, {"a", "b"}), (3.0, {"b"}), (9.0, {"a"})):
        watch.note({("message", ord(name)) for name in found}, seconds)
    assert watch.longest == 3.0


def test_an_effect_twice_in_a_log_is_a_double() -> None:
    kind, record = min(ONCE)
    once = {"kind": kind, "record": record, "key": "A"}
    other = {**once, "key": "B"}
    harmless = {"kind": "read", "record": record, "key": "A"}
    assert repeated([once, other, harmless, harmless]) == []
    assert repeated([once, other, once]) == [f"{record} {kind} A (2 times)"]


def test_the_command_lists_its_scenarios() -> None:
    listed = CliRunner().invoke(app, ["sim", "crashes", "--list", "--json"])
    assert [s["name"] for s in json.loads(listed.output)] == list(SCENARIOS)
    unknown = CliRunner().invoke(app, ["sim", "crashes", "flood"])
    assert unknown.exit_code == 3
    assert "there are kill" in unknown.output
