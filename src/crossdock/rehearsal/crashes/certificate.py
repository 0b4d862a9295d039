"""The certificate of real crashes, as a page of the docs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossdock.rehearsal.crashes.report import UNOWNED_SECONDS_MAX, Report, Verdict
from crossdock.rehearsal.crashes.scenarios import SCENARIOS

EXPLANATION = f"""\
Real processes, a real PostgreSQL, twins that keep logs of their own. Customers order all the time,
messages are lost, doubled and late, Odoo's replies get lost. *Unowned* is the longest time in which
anything open had neither a live lease nor a wake-up nor a person, counted from the end of its
lease; the limit is {UNOWNED_SECONDS_MAX:.0f} s. *Lost* are arrivals that were answered with 2xx and
are not in the log of arrivals. *Doubled* are effects that the twins' own logs have twice.
*Differences* are between the shop, the ledger and Odoo."""


@dataclass(slots=True)
class CrashCertificate:
    """Reports of scenarios, with the code and the day they stand for."""

    commit: str
    made_at: str
    reports: list[Report] = field(default_factory=list)

    @property
    def holds_true(self) -> bool:
        """Nothing failed. What was not run says so and proves nothing."""
        return all(report.verdict is not Verdict.FAILED for report in self.reports)

    def as_json(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "made_at": self.made_at,
            "holds_true": self.holds_true,
            "scenarios": [report.as_json() for report in self.reports],
        }

    def markdown(self) -> str:
        """The certificate as a page of the docs."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterable[str]:
        counts = {v: sum(r.verdict is v for r in self.reports) for v in Verdict}
        words = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
        yield "# Crash certificate"
        yield ""
        yield "<!-- written by `crossdock sim crashes`; do not edit -->"
        yield ""
        yield f"{len(self.reports)} scenarios, commit `{self.commit}`, {self.made_at}. **{words}.**"
        yield ""
        yield EXPLANATION
        yield ""
        yield from _table(self.reports)
        for report in self.reports:
            yield from _details(report)


def _table(reports: Sequence[Report]) -> Iterable[str]:
    yield (
        "| Scenario | Orders | Acknowledged | Lost | Unowned, s | Doubled | Differences | Verdict |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---|"
    for r in reports:
        figures = (
            f"{r.orders:,} | {r.acknowledged:,} | {r.lost} | {r.unowned_seconds:.1f} | "
            f"{len(r.doubled)} | {len(r.differences)}"
        )
        if r.verdict is Verdict.NOT_RUN:
            figures = " | ".join(["–"] * 6)
        yield f"| `{r.name}` | {figures} | {r.verdict} |"
    yield ""


def _details(report: Report) -> Iterable[str]:
    yield f"## {report.name}"
    yield ""
    yield f"{SCENARIOS[report.name].breaks[0].upper()}{SCENARIOS[report.name].breaks[1:]}."
    yield ""
    if report.not_run:
        yield f"Not run: {report.not_run}"
        yield ""
        return
    for what, count in report.done.items():
        yield f"- {what}: {count}"
    for what, seconds in report.notes.items():
        yield f"- seconds {what}: {seconds:.1f}"
    for wrong in report.wrong():
        yield f"- **wrong**: {wrong}"
    yield ""
