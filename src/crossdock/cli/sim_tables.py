"""How the simulator's answers look."""

from collections import Counter
from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from crossdock.cli.output import show, table
from crossdock.rehearsal.sim.certificate import Certificate
from crossdock.rehearsal.sim.run import Verdict
from crossdock.rehearsal.sim.shrink import Shrunk

SHOWN = 20


def show_verdict(verdict: Verdict) -> None:
    """One seed."""
    figures = f"{verdict.orders} orders, {verdict.steps:,} steps, {verdict.commits:,} commits"
    show(Text(f"seed {verdict.seed}, {verdict.climate}: {figures}, {verdict.calls:,} calls"))
    show(*_tables({k.value: n for k, n in verdict.struck.items()}, verdict.statuses, verdict.holds))
    if verdict.violation is None:
        show(Text("no invariant broke", style="green"))
    else:
        show(Text(f"BROKEN  {verdict.violation}", style="bold red"))
        show(Text(f"again: crossdock sim run --seed {verdict.seed} --shrink", style="dim"))


def show_script(script: Shrunk) -> None:
    """What a failure needs."""
    show(Text(f"{len(script.needed)} faults are needed ({script.tries} tries):"))
    for name in script.needed:
        show(Text(f"  {name}"))


def show_certificate(certificate: Certificate) -> None:
    """Many seeds."""
    head = (
        f"{certificate.done} of {certificate.seeds} seeds from {certificate.first_seed}, "
        f"commit {certificate.commit}: {certificate.orders:,} orders, {certificate.steps:,} steps, "
        f"{certificate.commits:,} commits, {certificate.calls:,} calls"
    )
    show(Text(head))
    show(*_tables(certificate.struck, certificate.statuses, certificate.holds))
    if certificate.attempts:
        show(Text(certificate.attempts.words()))
    for violation in certificate.violations[:SHOWN]:
        words = f"{violation['invariant']}: {violation['detail']}"
        show(Text(f"BROKEN  seed {violation['seed']}  {words}", style="bold red"))
    if certificate.holds_true:
        show(Text("no invariant broke", style="green"))


def _tables(*counted: Mapping[str, int] | Counter[str]) -> list[Table]:
    titles = ("fault", "order came to rest as", "question left with a person")
    return [_counts(title, rows) for title, rows in zip(titles, counted, strict=True) if rows]


def _counts(title: str, rows: Mapping[str, int]) -> Table:
    found = table(title, ("times", {"justify": "right"}))
    for name, number in sorted(rows.items(), key=lambda row: (-row[1], row[0])):
        found.add_row(name.replace("_", " "), f"{number:,}")
    return found
