"""The certificate: what was simulated, what struck, and what broke."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from crossdock.rehearsal.commit import commit_name
from crossdock.rehearsal.plain import fields_of
from crossdock.rehearsal.sim.attempts import Tally
from crossdock.rehearsal.sim.climates import CLIMATES
from crossdock.rehearsal.sim.faults import Kind
from crossdock.rehearsal.sim.run import Verdict


@dataclass(slots=True)
class Certificate:
    """Sums of many verdicts."""

    first_seed: int
    seeds: int
    commit: str
    made_at: str
    done: int = 0
    steps: int = 0
    calls: int = 0
    commits: int = 0
    orders: int = 0
    climates: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    holds: Counter[str] = field(default_factory=Counter)
    violations: list[dict[str, Any]] = field(default_factory=list)
    attempts: Tally | None = None
    """Of the campaign over single effects."""

    def add(self, verdict: Verdict) -> None:
        """Count one seed in."""
        self.done += 1
        self.steps += verdict.steps
        self.calls += verdict.calls
        self.commits += verdict.commits
        self.orders += verdict.orders
        self.climates[verdict.climate] += 1
        self.struck.update({kind.value: n for kind, n in verdict.struck.items()})
        self.statuses.update(verdict.statuses)
        self.holds.update(verdict.holds)
        if verdict.violation:
            self.violations.append({"seed": verdict.seed, **asdict(verdict.violation)})

    @property
    def holds_true(self) -> bool:
        """Every seed was run, no invariant broke and no machine doubled an effect."""
        doubled = self.attempts is not None and not self.attempts.holds_true
        return self.done == self.seeds and not self.violations and not doubled

    def as_json(self) -> dict[str, Any]:
        return {**fields_of(self), "holds_true": self.holds_true}

    def markdown(self) -> str:
        """The certificate as a page of the docs."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterable[str]:
        verdict = (
            "**No violation.**" if self.holds_true else f"**{len(self.violations)} violations.**"
        )
        yield "# Simulation certificate"
        yield ""
        yield "<!-- written by `crossdock sim certify`; do not edit -->"
        yield ""
        yield (
            f"{self.done} of {self.seeds} seeds (from {self.first_seed}), {self.orders} orders, "
            f"{self.steps:,} steps, {self.commits:,} commits, {self.calls:,} calls; "
            f"commit `{self.commit}`, {self.made_at}. {verdict}"
        )
        yield ""
        yield from _climates(self.climates)
        yield from _table("Fault", "Struck", {k.value: self.struck[k.value] for k in Kind})
        yield from _table("Order came to rest as", "Orders", self.statuses)
        yield from _table("Question left with a person", "Open", self.holds)
        if self.attempts:
            yield self.attempts.words()
            yield ""
        for violation in self.violations:
            yield f"- seed {violation['seed']}: {violation['invariant']}: {violation['detail']}"


def _climates(seeds: Counter[str]) -> Iterable[str]:
    yield "| Climate | What | Stands for | Seeds |"
    yield "|---|---|---|---:|"
    for climate in CLIMATES.values():
        yield (
            f"| {climate.name} | {climate.what} | {climate.stands_for} | {seeds[climate.name]} |"
        )
    yield ""


def _table(name: str, count: str, rows: dict[str, int] | Counter[str]) -> Iterable[str]:
    if not rows:
        return
    yield f"| {name} | {count} |"
    yield "|---|---:|"
    for key, number in sorted(rows.items(), key=lambda row: (-row[1], row[0])):
        yield f"| {key.replace('_', ' ')} | {number:,} |"
    yield ""


def new_certificate(first_seed: int, seeds: int, now: datetime) -> Certificate:
    """An empty one for the code as it stands."""
    return Certificate(first_seed, seeds, commit_name(), now.strftime("%Y-%m-%d"))
